// What a challenged device shows: a ballot without its signature, and what opens it. A second device
// makes the ballot anew from the choices; its tracker must be the one that the first device showed.
// `a` and `b` of the cells are left out: they follow from the opening.
import { bodyHash, encrypt, toldCell } from './ballot.mjs';
import { count, fromHex, Malformed, readScalar, toHex } from './group.mjs';

const ID = 26; // Characters of the name of an election.
const FIRST = 1; // Before the bytes as one number, which may begin with zeros.

const partsOf = ({ proof }) => proof.flatMap(({ c, z }) => [c, z]);

// Returns a packet as plain values, to be copied or kept as a file.
export function packet(election, { body, opening }) {
  const { signature, ...unsigned } = body;
  return { v: 1, election: election.id, ballot: unsigned, opening };
}

// Returns the digits of a packet for a link: codes that cameras read are small for digits.
export function toDigits(election, { ballot, opening }) {
  const styles = [...election.styles.keys()];
  const parts = [styles.indexOf(ballot.style), ...count(ballot.sequence).slice(6), ...fromHex(ballot.credential)];
  ballot.answers.forEach(({ cells, sums }, place) => {
    const opened = opening.answers[place].cells;
    cells.forEach((cell, at) => {
      parts.push(opened[at].value, ...[opened[at].r, ...partsOf(cell)].flatMap((one) => [...fromHex(one)]));
    });
    parts.push(...sums.flatMap(partsOf).flatMap((one) => [...fromHex(one)]));
  });
  const named = [...election.id].map((letter) => letter.charCodeAt(0));
  return BigInt(`0x${toHex([FIRST, ...named, ...parts])}`).toString();
}

// Reads bytes from the front; Malformed where there are too few.
class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }

  take(many) {
    if (this.at + many > this.bytes.length) throw new Malformed('short');
    this.at += many;
    return this.bytes.slice(this.at - many, this.at);
  }

  hex() {
    return toHex(this.take(32));
  }

  proof({ values }) {
    return values.map(() => ({ c: this.hex(), z: this.hex() }));
  }
}

// Returns the name of the election that some digits are about, and a reader of the rest.
export function ofDigits(digits) {
  if (!/^[1-9][0-9]*$/.test(digits)) throw new Malformed('digits');
  const hex = BigInt(digits).toString(16);
  const pairs = (hex.length % 2 ? `0${hex}` : hex).match(/../g);
  const reader = new Reader(pairs.map((pair) => Number.parseInt(pair, 16)));
  if (reader.take(1)[0] !== FIRST) throw new Malformed('digits');
  return { id: String.fromCharCode(...reader.take(ID)), reader };
}

// Returns the packet that the rest of the digits holds.
export function readPacket(election, reader) {
  const style = [...election.styles.keys()][reader.take(1)[0]];
  if (style === undefined) throw new Malformed('style');
  const [high, low] = reader.take(2);
  const credential = reader.hex();
  const opened = [];
  const answers = election.styles.get(style).map((contest) => {
    const question = election.questions.get(contest);
    const shown = [];
    const cells = question.labels.map(() => {
      shown.push({ value: reader.take(1)[0], r: reader.hex() });
      const { value, r } = shown.at(-1);
      return { ...toldCell(encrypt(election.key, value, readScalar(r))), proof: reader.proof(question) };
    });
    opened.push({ contest, cells: shown });
    return { contest, cells, sums: question.sums.map((one) => ({ label: one.label, proof: reader.proof(one) })) };
  });
  if (reader.at !== reader.bytes.length) throw new Malformed('long');
  const ballot = { v: 1, election: toHex(election.hash), channel: 'browser', style, credential, sequence: high * 256 + low, answers };
  return { v: 1, election: election.id, ballot, opening: { v: 1, body_hash: toHex(bodyHash(ballot)), answers: opened } };
}

// Returns the labels that are marked, by contest: each with its value.
export function choicesOf(election, opening) {
  return opening.answers.map(({ contest, cells }) => {
    const { labels } = election.questions.get(contest);
    return { contest, marked: cells.flatMap(({ value }, at) => (value ? [{ label: labels[at], value }] : [])) };
  });
}
