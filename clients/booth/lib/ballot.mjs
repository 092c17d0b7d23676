// Ballots: encrypted, proved and signed on the device of the voter (annex A8).
import { bytes } from './canonical.mjs';
import { base, challenge, count, draw, hash, Malformed, modulo, openTimes, readElement, readScalar, scalarHex, times, toHex } from './group.mjs';
import { questionOf } from './questions.mjs';
import { publicOf } from './token.mjs';

// Returns what every ballot of an election is made for.
export function readSetup(setup) {
  return {
    id: setup.election,
    hash: hash('setup', bytes(setup)),
    key: readElement(setup.public_key).precompute(), // Multiplied again and again.
    contests: new Map(setup.contests.map((contest) => [contest.id, contest])),
    questions: new Map(setup.contests.map((contest) => [contest.id, questionOf(contest)])),
    styles: new Map(setup.styles.map((style) => [style.id, style.contests])),
  };
}

export function bodyHash({ signature, ...body }) {
  return hash('ballot-body', bytes(body));
}

export function encrypt(key, value, r) {
  return { a: base(r), b: base(BigInt(value)).add(times(r, key)) };
}

export const toldCell = ({ a, b }) => ({ a: a.toHex(), b: b.toHex() });
const toldProof = ({ c, z }) => ({ c: scalarHex(c), z: scalarHex(z) });

// Proves that a ciphertext holds one of the values. Draws the nonce of the true branch first, then
// challenge and answer of each other one.
function proveMember({ about, key, values }, { value, r }, source) {
  const { a, b } = encrypt(key, value, r);
  const truth = values.indexOf(value);
  if (truth < 0) throw new Malformed('value');
  const nonce = source();
  const branches = values.map((_, at) => (at === truth ? { c: 0n, z: nonce } : { c: source(), z: source() }));
  const commitments = branches.flatMap(({ c, z }, at) => [
    base(z).subtract(openTimes(c, a)),
    times(z, key).subtract(openTimes(c, b.subtract(base(BigInt(values[at]))))),
  ]);
  const whole = challenge('member', ...about, key, a, b, count(values.length), ...values.map(count), ...commitments);
  const c = modulo(whole - branches.reduce((sum, branch) => sum + branch.c, 0n));
  branches[truth] = { c, z: modulo(nonce + c * r) };
  return branches.map(toldProof);
}

function added({ terms }, openings) {
  const sum = (of) => terms.reduce((total, [at, many]) => total + of(openings[at], many), 0n);
  const value = Number(sum((opening, many) => BigInt(many * opening.value)));
  return { value, r: modulo(sum((opening, many) => BigInt(many) * opening.r)) };
}

function answer({ about, key }, question, { values, source }) {
  if (values.length !== question.labels.length) throw new Malformed('cells');
  const openings = [];
  const cells = question.labels.map((label, at) => {
    const opening = { value: values[at], r: source() };
    openings.push(opening);
    const proof = proveMember({ about: [...about, label], key, values: question.values }, opening, source);
    return { ...toldCell(encrypt(key, opening.value, opening.r)), proof };
  });
  const sums = question.sums.map((one) => {
    const claim = { about: [...about, one.label], key, values: one.values };
    return { label: one.label, proof: proveMember(claim, added(one, openings), source) };
  });
  return { cells, sums, openings };
}

function sign({ election, credential, secret, digest }, source) {
  const nonce = source();
  const c = challenge('ballot-sign', election, credential, base(nonce), digest);
  return toldProof({ c, z: modulo(nonce + c * secret) });
}

// Encrypts and signs choices: the value of each cell, by contest. Returns the ballot, its hash, and
// its opening, from which the choices can be read. Malformed for choices that no ballot may hold.
export function seal(election, hand, choices, source = draw) {
  const credential = publicOf(hand.secret);
  const answers = [];
  const opened = [];
  for (const contest of election.styles.get(hand.style)) {
    const about = [election.hash, credential, contest];
    const values = choices[contest];
    const { cells, sums, openings } = answer({ about, key: election.key }, election.questions.get(contest), { values, source });
    answers.push({ contest, cells, sums });
    opened.push({ contest, cells: openings.map(({ value, r }) => ({ value, r: scalarHex(r) })) });
  }
  const body = {
    v: 1,
    election: toHex(election.hash),
    channel: hand.channel ?? 'browser',
    style: hand.style,
    credential: credential.toHex(),
    sequence: hand.sequence,
    answers,
  };
  const digest = bodyHash(body);
  const signature = sign({ election: election.hash, credential, secret: hand.secret, digest }, source);
  return { body: { ...body, signature }, digest, opening: { v: 1, body_hash: toHex(digest), answers: opened } };
}

// Whether an opening encrypts to the cells of a ballot, and names it; Malformed for wrong numbers.
export function isOpening(election, body, opening) {
  if (toHex(bodyHash(body)) !== opening.body_hash || body.election !== toHex(election.hash)) return false;
  if (opening.answers.length !== body.answers.length) return false;
  return opening.answers.every(({ contest, cells }, place) => {
    const shown = body.answers[place];
    if (shown.contest !== contest || shown.cells.length !== cells.length) return false;
    return cells.every(({ value, r }, at) => {
      const { a, b } = toldCell(encrypt(election.key, value, readScalar(r)));
      return a === shown.cells[at].a && b === shown.cells[at].b;
    });
  });
}

