// Set-up, trustees and roll: S01 to L02.
import { isSigned } from './election.mjs';
import { h32, hex, hs, ORDER, point, Refused, solidPoint, sum, times, u64, utf8 } from './group.mjs';
import { fits, write } from './messages.mjs';

const areOnce = (names) => new Set(names).size === names.length;
const isRising = (numbers) => numbers.every((number, at) => !at || numbers[at - 1] < number);

export function holds(test) {
  try {
    return test();
  } catch (error) {
    if (error instanceof Refused) return false;
    throw error;
  }
}

const isKey = (text) => holds(() => Boolean(solidPoint(text)));

function isPossibleGrid({ rows, columns, row_sums: across, column_sums: down }) {
  if (![rows, columns].every(areOnce) || ![across, down].every(isRising)) return false;
  const [high, wide] = [rows.length, columns.length];
  const inRow = across.length ? across : [0, wide];
  const inColumn = down.length ? down : [0, high];
  return (
    inRow.at(-1) <= wide &&
    inColumn.at(-1) <= high &&
    high * inRow[0] <= wide * inColumn.at(-1) &&
    wide * inColumn[0] <= high * inRow.at(-1)
  );
}

function isPossible(contest) {
  if (contest.kind === 'grid') return isPossibleGrid(contest);
  if (!areOnce(contest.options)) return false;
  return contest.kind === 'score' || (contest.min <= contest.max && contest.max <= contest.options.length);
}

export function examineSetup(setup, notes) {
  if (!notes.note('S01', fits('setup', setup), 'setup')) {
    notes.leaveOut('S02', 'S03', 'S04', 'S05');
    return;
  }
  const { contests, styles, groups, trustees, rules = [] } = setup;
  const ids = contests.map(({ id }) => id);
  const ruled = rules.map(({ contest }) => contest);
  notes.note('S01', areOnce(ids) && areOnce(ruled), 'contests');
  for (const contest of contests) notes.note('S01', isPossible(contest), contest.id);
  notes.note('S01', areOnce(styles.map(({ id }) => id)), 'styles');
  for (const style of styles) {
    notes.note('S01', areOnce(style.contests) && style.contests.every((id) => ids.includes(id)), style.id);
  }
  notes.note('S01', ruled.every((id) => ids.includes(id)), 'rules');
  notes.note('S01', areOnce(groups.map(({ id }) => id)) && areOnce(groups.flatMap(({ members }) => members)), 'groups');
  notes.note('S01', setup.opens_at < setup.closes_at, 'times');
  const many = trustees.keys.length;
  notes.note('S01', trustees.mode === 'all' ? trustees.threshold === many : trustees.threshold <= many, 'trustees');
  trustees.keys.forEach((key, at) => {
    notes.note('S03', isKey(key) && !trustees.keys.slice(0, at).includes(key), `trustee ${at + 1}`);
  });
  for (const name of ['public_key', 'authority_key']) notes.note('S03', isKey(setup[name]), name);
  if (!notes.good) notes.leaveOut('S02', 'S04', 'S05');
}

function isCommitted(election, { index, coefficients, commitment, pop }) {
  const shown = coefficients.map(solidPoint);
  const fields = [election, u64(index), u64(shown.length), ...shown];
  if (hex(h32('trustee-commit', ...fields)) !== commitment) return false;
  return isSigned((made) => hs('trustee-pop', ...fields, made), shown[0], pop);
}

function isConfirmed(setup, { index, confirmation, signing_key: text }) {
  if (!confirmation) return false;
  const key = solidPoint(text);
  const fields = [setup.election, u64(index), ...setup.trustees.keys.map(point), point(setup.public_key), key];
  return isSigned((made) => hs('ceremony-confirm', ...fields, made), key, confirmation);
}

function keyOf(all, index) {
  const at = BigInt(index);
  return sum(all.flatMap((coefficients) => coefficients.map((c, power) => times(at ** BigInt(power) % ORDER, c))));
}

export function examineTrustees(setup, ceremony, notes) {
  const listed = setup.trustees;
  const { trustees } = ceremony;
  notes.note('S04', hex(h32('ceremony', utf8(write(ceremony)))) === listed.ceremony, 'ceremony');
  const isThis =
    ceremony.election === setup.election && ceremony.mode === listed.mode && ceremony.threshold === listed.threshold;
  const counted = trustees.length === listed.keys.length && trustees.every(({ index }, at) => index === at + 1);
  notes.note('S04', isThis && counted, 'trustees');
  const many = listed.mode === 'all' ? 1 : listed.threshold;
  trustees.forEach((trustee, at) => {
    const first = trustee.coefficients[0];
    const isNew = trustees.slice(0, at).every(({ coefficients }) => coefficients[0] !== first);
    const ok = isNew && trustee.coefficients.length === many && holds(() => isCommitted(setup.election, trustee));
    notes.note('S04', ok, `trustee ${at + 1}`);
  });
  if (!notes.isGood('S04')) {
    notes.leaveOut('S02', 'S05');
    return;
  }
  const all = trustees.map(({ coefficients }) => coefficients.map(point));
  const keys = listed.keys.map(point);
  const parts = listed.mode === 'all' ? keys : all.map(([first]) => first);
  notes.note('S02', point(setup.public_key).equals(sum(parts)), 'public_key');
  trustees.forEach((trustee, at) => {
    const ok = holds(() =>
      listed.mode === 'all'
        ? keys[at].equals(all[at][0])
        : isConfirmed(setup, trustee) && keys[at].equals(keyOf(all, at + 1)),
    );
    notes.note('S05', ok, `trustee ${at + 1}`);
  });
}

export function votersOf(text) {
  return text.trimEnd().split('\n').map((line) => {
    const [credential, weight, style, unit] = line.split(',');
    return [credential, { weight: Number(weight), style, unit }];
  });
}

export function examineRoll(election, roll, notes) {
  if (!notes.note('L01', fits('roll', roll), 'roll')) {
    notes.leaveOut('L02');
    return;
  }
  const digest = h32('roll', utf8(roll.text));
  const voters = votersOf(roll.text);
  const listed = election.setup.roll;
  notes.note('L01', hex(digest) === listed.hash, 'hash');
  voters.forEach(([credential], at) => {
    const rises = !at || voters[at - 1][0] < credential;
    notes.note('L01', rises && isKey(credential), `line ${at + 1}`);
  });
  const weight = voters.reduce((total, [, voter]) => total + voter.weight, 0);
  notes.note('L01', voters.length === listed.count && weight === listed.weight, 'sums');
  notes.note('L02', holds(() => election.isAuthorised('roll', digest, roll.signature)), 'signature');
  voters.forEach(([, { style, unit }], at) => {
    notes.note('L02', election.styles.has(style) && election.groupOf.has(unit), `line ${at + 1}`);
  });
}
