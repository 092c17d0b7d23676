// Lots, winners and returns: Z01 to N02.
import { h32, hex, u64, unhex } from './group.mjs';

const RECOUNTED = ['plurality', 'approval', 'k-of-n', 'score'];

function seedsOf(election, archive, notes) {
  const commitments = election.setup.tie_commitments;
  const shown = new Map();
  for (const { at, body } of archive.of('seed-reveal')) {
    const made = hex(h32('tie-commit', election.id, u64(body.index), unhex(body.seed)));
    notes.note('Z01', !shown.has(body.index) && commitments[body.index - 1] === made, `entry ${at}`);
    shown.set(body.index, unhex(body.seed));
  }
  const all = commitments.map((_, at) => shown.get(at + 1));
  return shown.size === commitments.length && all.every(Boolean) ? all : undefined;
}

function votesOf(result, contest) {
  const cells = result.groups.flatMap(({ contests }) => contests.filter((one) => one.contest === contest.id));
  return new Map(contest.options.map((option, at) => [option, cells.reduce((sum, one) => sum + one.cells[at], 0)]));
}

function haveWon(elected, votes, lots) {
  const winners = new Set(elected);
  if (winners.size !== elected.length || !elected.every((option) => votes.has(option))) return false;
  const losers = [...votes.keys()].filter((option) => !winners.has(option));
  return elected.every((winner) =>
    losers.every((loser) => {
      if (votes.get(winner) !== votes.get(loser)) return votes.get(winner) > votes.get(loser);
      return !lots || lots.get(winner) < lots.get(loser);
    }),
  );
}

function examineCounts(election, archive, notes) {
  const seeds = seedsOf(election, archive, notes);
  const seed = seeds && h32('tie-seed', election.id, ...seeds);
  const frozen = new Map((election.setup.rules ?? []).map((rule) => [rule.contest, rule.rule_set]));
  for (const { at, body } of archive.of('count')) {
    const contest = election.contests.get(body.contest);
    if ((frozen.get(body.contest) ?? body.rule_set) !== body.rule_set) {
      notes.note('Z02', false, `entry ${at}`);
      continue;
    }
    if (contest.kind === 'grid' || !RECOUNTED.includes(body.rule_set)) continue;
    const lot = (option) => [option, hex(h32('tie', seed, contest.id, option))];
    const lots = seed && new Map(contest.options.map(lot));
    notes.note('Z02', haveWon(body.elected, votesOf(archive.one('result'), contest), lots), `entry ${at}`);
  }
}

function addsUp(contest, { ballots, blank, lines }) {
  const marked = ballots - blank;
  if (marked < 0 || new Set(lines.map(({ option }) => option)).size !== lines.length) return false;
  if (contest.kind !== 'choose') return true;
  const votes = lines.reduce((sum, line) => sum + line.votes, 0);
  return contest.min * marked <= votes && votes <= contest.max * marked;
}

export function examineOutcome(election, archive, notes) {
  examineCounts(election, archive, notes);
  const latest = new Map();
  for (const { at, body } of archive.of('return')) {
    const key = `${body.precinct}\n${body.contest}`;
    const contest = election.contests.get(body.contest);
    const follows = body.version === (latest.get(key)?.version ?? 0) + 1;
    notes.note('N01', Boolean(follows && contest && addsUp(contest, body)), `entry ${at}`);
    latest.set(key, body);
  }
  const turnouts = new Map();
  for (const { precinct, ballots, spoiled } of latest.values()) {
    turnouts.set(precinct, (turnouts.get(precinct) ?? new Set()).add(ballots + spoiled));
  }
  for (const [precinct, turnout] of turnouts) notes.note('N02', turnout.size === 1, precinct);
}
