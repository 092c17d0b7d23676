// Lines, chain, order and checkpoints: C01 to C04.
import { ed25519 } from '@noble/curves/ed25519.js';
import { h32, hex, u64, unhex, utf8 } from './group.mjs';
import { fits, parse, write } from './messages.mjs';

const FORM = {
  ceremony: 'ceremony',
  open: 'moment', suspend: 'moment', resume: 'moment', extend: 'moment', close: 'moment',
  challenged: 'challenged',
  'credential-void': 'credential_void',
  tally: 'tally',
  partial: 'partial',
  result: 'result',
  'seed-reveal': 'seed_reveal',
  count: 'count',
  return: 'return',
  certification: 'certification',
};
const LATER = ['setup', 'roll', 'ballot'];

export class Archive {
  entries = [];
  checkpoints = [];

  get id() {
    const said = this.entries[0].body.election;
    return typeof said === 'string' ? said : '';
  }

  // Places and bodies of the entries of a kind.
  of(kind) {
    return this.entries.flatMap((entry, at) => (entry.kind === kind ? [{ at, body: entry.body }] : []));
  }

  one(kind) {
    return this.of(kind)[0].body;
  }
}

function hasForm(message) {
  if (!Object.hasOwn(message, 'kind')) return fits('checkpoint', message);
  if (!fits('board_entry', message)) return false;
  const { kind, body } = message;
  if (LATER.includes(kind)) return true;
  if (!Object.hasOwn(FORM, kind) || !fits(FORM[kind], body)) return false;
  return kind !== 'challenged' || !body.opening || body.opening.body_hash === body.body_hash;
}

function split(bytes) {
  const lines = [];
  let from = 0;
  for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, from)) {
    lines.push(bytes.subarray(from, end));
    from = end + 1;
  }
  if (from < bytes.length || !lines.length) lines.push(bytes.subarray(from));
  return lines;
}

export function read(bytes, notes) {
  const archive = new Archive();
  split(bytes).forEach((line, at) => {
    const message = parse(line);
    if (!notes.note('C01', message !== undefined && hasForm(message), `line ${at + 1}`)) return;
    (Object.hasOwn(message, 'kind') ? archive.entries : archive.checkpoints).push(message);
  });
  if (!archive.entries.length) notes.note('C01', false, 'no entries');
  return archive;
}

export const bodyHash = (body) => h32('body', utf8(write(body)));

function chain(archive, notes) {
  let before = '0'.repeat(64);
  archive.entries.forEach(({ seq, kind, prev, body, hash }, at) => {
    const made = hex(h32('board', archive.id, u64(seq), kind, unhex(prev), bodyHash(body)));
    notes.note('C02', seq === at && prev === before && hash === made, `entry ${at}`);
    before = hash;
  });
}

const STEPS = [
  'setup', 'ceremony', 'roll', 'open', 'voting', 'close', 'seed-reveal', 'tally', 'partial', 'result',
  'count', 'return', 'certification',
];
const SINGLE = ['setup', 'ceremony', 'roll', 'open', 'close', 'tally', 'result'];
const step = (name) => STEPS.indexOf(name);

function stepOf(kind, reached) {
  if (['challenged', 'suspend', 'resume', 'extend'].includes(kind)) return step('voting');
  if (kind === 'return' && reached < step('close')) return step('voting');
  return step(kind);
}

function order(archive, notes) {
  let reached = -1;
  let suspended = false;
  archive.entries.forEach(({ kind }, at) => {
    if (kind === 'ballot' || kind === 'credential-void') {
      notes.note('C03', reached >= 0, `entry ${at}`);
      return;
    }
    const next = stepOf(kind, reached);
    const skipped = STEPS.slice(reached + 1, next).some((name) => SINGLE.includes(name));
    const again = next === reached && SINGLE.includes(kind);
    const moves = next >= 0 && next >= reached && !skipped && !again;
    let ok = moves;
    if (kind === 'suspend' || kind === 'resume') {
      ok = moves && suspended === (kind === 'resume');
      suspended = kind === 'suspend';
    }
    notes.note('C03', ok, `entry ${at}`);
    if (moves) reached = next;
  });
  notes.note('C03', reached >= step('result'), 'end');
}

function isSigned(checkpoint) {
  const { key, signature, ...said } = checkpoint;
  try {
    return ed25519.verify(unhex(signature), utf8(write(said)), unhex(key), { zip215: false });
  } catch {
    return false;
  }
}

export function examineBoard(archive, notes, logKey) {
  chain(archive, notes);
  order(archive, notes);
  if (logKey && !archive.checkpoints.length) notes.note('C04', false, 'no checkpoints');
  const key = logKey || archive.checkpoints[0]?.key;
  archive.checkpoints.forEach((checkpoint, at) => {
    const ok =
      checkpoint.election === archive.id &&
      checkpoint.key === key &&
      archive.entries[checkpoint.seq]?.hash === checkpoint.hash &&
      isSigned(checkpoint);
    notes.note('C04', ok, `checkpoint ${at + 1}`);
  });
}
