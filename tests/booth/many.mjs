// Does what each line asks with the library of the booth, and answers each with a line.
import { createInterface } from 'node:readline';
import { bodyHash, isOpening, readSetup, seal } from '../../clients/booth/lib/ballot.mjs';
import { write } from '../../clients/booth/lib/canonical.mjs';
import { challenge, hash, Malformed, readScalar, scalarHex, toHex, transcript } from '../../clients/booth/lib/group.mjs';
import { choicesOf, ofDigits, packet, readPacket, toDigits } from '../../clients/booth/lib/packet.mjs';
import { publicOf, readToken, secretOf, trackerOf } from '../../clients/booth/lib/token.mjs';
import { square } from '../../clients/booth/page/square.mjs';

const unhex = (digits) => Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

const tasks = {
  write: ({ value }) => write(value),
  transcript({ tag, fields }) {
    const parts = fields.map(unhex);
    return { bytes: toHex(transcript(tag, parts)), h32: toHex(hash(tag, ...parts)), hs: scalarHex(challenge(tag, ...parts)) };
  },
  token: ({ typed }) => readToken(typed) ?? '',
  credential({ election, token }) {
    const secret = secretOf(election, token);
    return { secret: scalarHex(secret), public: publicOf(secret).toHex() };
  },
  body: ({ body }) => ({ body_hash: toHex(bodyHash(body)), tracker: trackerOf(bodyHash(body)) }),
  opening: ({ setup, body, opening }) => isOpening(readSetup(setup), body, opening),
  setup: ({ setup }) => toHex(readSetup(setup).hash),
  square: ({ address, digits }) => square(address, digits)?.map((row) => row.map(Number)) ?? 'too large',
  packet({ setup, body, opening }) {
    const election = readSetup(setup);
    const made = packet(election, { body, opening });
    const { id, reader } = ofDigits(toDigits(election, made));
    const read = readPacket(election, reader);
    return { id, same: write(read) === write(made), choices: choicesOf(election, read.opening), isOpening: isOpening(election, read.ballot, read.opening) };
  },
  digits({ setup, digits }) {
    return readPacket(readSetup(setup), ofDigits(digits).reader);
  },
  seal({ setup, secret, style, sequence, channel, choices, draws }) {
    const source = draws && (() => readScalar(draws.shift()));
    const hand = { secret: readScalar(secret), style, sequence, channel };
    const { body, opening } = seal(readSetup(setup), hand, choices, source);
    return { body, opening };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { task, ...asked } = JSON.parse(line);
  let told;
  try {
    told = { told: tasks[task](asked) };
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    told = { refused: error.message };
  }
  console.log(JSON.stringify(told));
}
