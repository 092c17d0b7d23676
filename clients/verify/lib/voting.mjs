// What was entered while the election was open: V01 and B01 to B16.
import { isMember, isSigned, proofOf } from './election.mjs';
import { holds, votersOf } from './foundation.mjs';
import { h32, hex, hs, solidPoint, sum, times, utf8 } from './group.mjs';
import { fits, write } from './messages.mjs';

const MOST = 256 * 1024;
const CHANNELS = ['browser', 'kiosk', 'server'];
const without = ({ signature, ...rest }) => utf8(write(rest));

export class Voting {
  void = new Set();
  last = new Map();
  known = new Set();
  casts = [];
  isOpen = false;
  isClosed = false;

  constructor(election, roll) {
    this.election = election;
    this.voters = new Map(votersOf(roll.text));
  }
}

function isRightVoid(voting, message) {
  const { credential, replacement, weight, style, group, signature } = message;
  const voter = voting.voters.get(credential);
  if (!voter || voting.void.has(credential) || voting.isClosed) return false;
  if (voter.weight !== weight || voter.style !== style || voter.unit !== group) return false;
  return holds(() => {
    if (replacement && (voting.voters.has(replacement) || !solidPoint(replacement))) return false;
    return voting.election.isAuthorised('credential-void', h32('body', without(message)), signature);
  });
}

function hasCounts(question, { cells, sums }) {
  return (
    cells.length === question.labels.length &&
    cells.every(({ proof }) => proof.length === question.values.length) &&
    sums.length === question.sums.length &&
    sums.every(({ label, proof }, at) => label === question.sums[at].label && proof.length === question.sums[at].values.length)
  );
}

// The first part of a ballot that a test refuses, as contest and label; undefined where none is.
function unreadable(election, body, test) {
  for (const { contest, cells, sums } of body.answers) {
    const { labels } = election.questions.get(contest);
    const parts = [...cells.map((cell, at) => [labels[at], cell]), ...sums.map((one) => [one.label, one])];
    for (const [label, part] of parts) if (!holds(() => test(part))) return [contest, label];
  }
  return undefined;
}

const hasPoints = ({ a, b }) => a === undefined || Boolean(solidPoint(a) && solidPoint(b));
const hasScalars = ({ proof }) => proof.every(proofOf);

function combined(cells, terms) {
  const of = (name) => sum(terms.map(([at, many]) => (many === 1 ? cells[at][name] : times(BigInt(many), cells[at][name]))));
  return { a: of('a'), b: of('b') };
}

// Notes each check of a ballot up to the first failure; returns whether all are good.
function examineBallot(voting, body, note) {
  const { election } = voting;
  const voter = voting.voters.get(body.credential);
  if (!note('B02', body.election === hex(election.hash))) return false;
  if (!note('B04', Boolean(voter))) return false;
  if (!note('B05', !voting.void.has(body.credential))) return false;
  if (!note('B06', CHANNELS.includes(body.channel))) return false;
  const contests = body.answers.map(({ contest }) => contest);
  const isComplete = body.style === voter.style && write(contests) === write(election.styles.get(voter.style));
  if (!note('B07', isComplete)) return false;
  for (const answer of body.answers) {
    if (!note('B08', hasCounts(election.questions.get(answer.contest), answer), answer.contest)) return false;
  }
  const badPoint = unreadable(election, body, hasPoints);
  if (!note('B09', !badPoint && holds(() => Boolean(solidPoint(body.credential))), ...(badPoint ?? []))) return false;
  const badScalar = unreadable(election, body, hasScalars);
  const signature = holds(() => Boolean(proofOf(body.signature)));
  if (!note('B10', !badScalar && signature, ...(badScalar ?? []))) return false;
  return areProved(election, body, note) && isTimely(voting, body, note);
}

function areProved(election, body, note) {
  const credential = solidPoint(body.credential);
  const read = body.answers.map(({ contest, cells, sums }) => ({
    contest,
    sums,
    question: election.questions.get(contest),
    cells: cells.map(({ a, b, proof }) => ({ a: solidPoint(a), b: solidPoint(b), proof })),
  }));
  const about = (contest, label) => [election.hash, credential, contest, label];
  for (const { contest, question, cells } of read) {
    for (const [at, cell] of cells.entries()) {
      const label = question.labels[at];
      const claim = { cell, values: question.values, proof: cell.proof };
      if (!note('B11', isMember(about(contest, label), election.key, claim), contest, label)) return false;
    }
  }
  for (const { contest, question, cells, sums } of read) {
    for (const [at, { label, values, terms }] of question.sums.entries()) {
      const claim = { cell: combined(cells, terms), values, proof: sums[at].proof };
      if (!note('B12', isMember(about(contest, label), election.key, claim), contest, label)) return false;
    }
  }
  const digest = h32('ballot-body', without(body));
  const said = (commitment) => hs('ballot-sign', election.hash, credential, commitment, digest);
  return note('B13', isSigned(said, credential, body.signature));
}

function isTimely(voting, body, note) {
  const before = voting.last.get(body.credential) ?? 0;
  const again = voting.election.setup.revote === 'last' || before === 0;
  if (!note('B14', again && body.sequence === before + 1)) return false;
  if (!note('B15', voting.isOpen)) return false;
  return note('B16', !voting.known.has(hex(h32('ballot-body', without(body)))));
}

const act = {
  open: (voting) => {
    voting.isOpen = !voting.isClosed;
  },
  suspend: (voting) => {
    voting.isOpen = false;
  },
  close: (voting) => {
    voting.isOpen = false;
    voting.isClosed = true;
  },
  challenged: (voting, { body_hash: digest }, note) => {
    note('B16', !voting.known.has(digest));
    voting.known.add(digest);
  },
  'credential-void': (voting, body, note) => {
    if (!note('V01', isRightVoid(voting, body))) return;
    voting.void.add(body.credential);
    if (body.replacement) voting.voters.set(body.replacement, voting.voters.get(body.credential));
  },
  ballot: (voting, body, note) => {
    if (!note('B01', fits('ballot', body) && utf8(write(body)).length <= MOST)) return;
    note('B03', true);
    if (!examineBallot(voting, body, note)) return;
    const hash = h32('ballot-body', without(body));
    voting.last.set(body.credential, body.sequence);
    voting.known.add(hex(hash));
    voting.casts.push({ hash, body, voter: voting.voters.get(body.credential) });
  },
};
act.resume = act.open;

export function examineVoting(election, archive, notes) {
  const voting = new Voting(election, archive.one('roll'));
  archive.entries.forEach(({ kind, body }, at) => {
    const note = (code, ok, ...where) => notes.note(code, ok, `entry ${at}`, ...where);
    if (Object.hasOwn(act, kind)) act[kind](voting, body, note);
  });
  return voting;
}
