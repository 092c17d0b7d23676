// The election: its questions, its keys, and the proofs that its messages carry.
import { base, h32, hs, point, scalar, times, u64, utf8 } from './group.mjs';
import { write } from './messages.mjs';

const range = (from, to) => Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => from + at);

const questionOf = {
  choose({ options, min, max, blank }) {
    const more = options.length + 1;
    const terms = options.map((_, at) => [at, 1]);
    const sum = { label: 'sum', values: range(min, max), terms };
    const labels = options.map((option) => `option:${option}`);
    if (blank) {
      labels.push('blank');
      terms.push([options.length, more]);
      sum.values.push(more);
    }
    return { labels, values: [0, 1], sums: [sum] };
  },
  score({ options, max_score: most }) {
    return { labels: options.map((option) => `option:${option}`), values: range(0, most), sums: [] };
  },
  grid({ rows, columns, row_sums: across, column_sums: down }) {
    const wide = columns.length;
    const labels = rows.flatMap((_, row) => columns.map((__, column) => `cell:${row}:${column}`));
    const ofRow = (_, row) => ({ label: `row:${row}`, values: across, terms: columns.map((__, c) => [row * wide + c, 1]) });
    const ofColumn = (_, c) => ({ label: `column:${c}`, values: down, terms: rows.map((__, row) => [row * wide + c, 1]) });
    const sums = [...(across.length ? rows.map(ofRow) : []), ...(down.length ? columns.map(ofColumn) : [])];
    return { labels, values: [0, 1], sums };
  },
};

export class Election {
  constructor(setup) {
    this.setup = setup;
    this.hash = h32('setup', utf8(write(setup)));
    this.id = setup.election;
    this.key = point(setup.public_key);
    this.authority = point(setup.authority_key);
    this.trustees = setup.trustees.keys.map(point);
    this.isThreshold = setup.trustees.mode === 'threshold';
    this.needed = setup.trustees.threshold;
    this.contests = new Map(setup.contests.map((contest) => [contest.id, contest]));
    this.questions = new Map(setup.contests.map((contest) => [contest.id, questionOf[contest.kind](contest)]));
    this.styles = new Map(setup.styles.map((style) => [style.id, style.contests]));
    this.groupOf = new Map(setup.groups.flatMap(({ id, members }) => members.map((member) => [member, id])));
  }

  // Whether the authority has signed; throws Refused for wrong scalars.
  isAuthorised(act, digest, proof) {
    const said = (commitment) => hs('authority-sign', this.id, act, digest, this.authority, commitment);
    return isSigned(said, this.authority, proof);
  }
}

export const proofOf = ({ c, z }) => ({ c: scalar(c), z: scalar(z) });

export function isSigned(challenge, key, told) {
  const { c, z } = proofOf(told);
  return challenge(base(z).subtract(times(c, key))) === c;
}

// Whether a ciphertext holds one of the values; `about` are the fields before the key.
export function isMember(about, key, { cell, values, proof }) {
  const branches = proof.map(proofOf);
  const commitments = branches.flatMap(({ c, z }, at) => [
    base(z).subtract(times(c, cell.a)),
    times(z, key).subtract(times(c, cell.b.subtract(base(BigInt(values[at]))))),
  ]);
  const given = branches.reduce((sum, { c }) => sum + c, 0n);
  const made = hs('member', ...about, key, cell.a, cell.b, u64(values.length), ...values.map(u64), ...commitments);
  return base(given).equals(base(made));
}

export function isShare(about, { key, a, d, c, z }) {
  const first = base(z).subtract(times(c, key));
  const second = times(z, a).subtract(times(c, d));
  return hs('decrypt', ...about, key, a, d, first, second) === c;
}
