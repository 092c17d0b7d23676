// Sums, decryption and result: X01 to R03.
import { bodyHash } from './archive.mjs';
import { isShare, proofOf } from './election.mjs';
import { holds } from './foundation.mjs';
import { base, h32, hex, inverse, join, ORDER, point, Point, sum, times, u64 } from './group.mjs';
import { Notes } from './report.mjs';
import { write } from './messages.mjs';

const shape = (message) =>
  write(message.groups.map(({ group, contests }) => ({
    group,
    contests: contests.map(({ contest, cells }) => ({ contest, many: cells.length })),
  })));

// Each cell with where it stands.
function* cellsOf(election, message) {
  for (const { group, contests } of message.groups) {
    for (const { contest, cells } of contests) {
      const { labels } = election.questions.get(contest);
      for (const [at, cell] of cells.entries()) yield { where: [group, contest, labels[at]], cell };
    }
  }
}

function countedOf(voting) {
  const casts = voting.casts.filter(({ body }) => !voting.void.has(body.credential));
  const last = new Map(casts.map((cast) => [cast.body.credential, cast]));
  return casts.filter((cast) => last.get(cast.body.credential) === cast);
}

function sumsOf(election, contest, casts) {
  const answers = casts.flatMap(({ body, voter }) =>
    body.answers
      .filter((answer) => answer.contest === contest)
      .map(({ cells }) => ({ cells, weight: BigInt(voter.weight) })),
  );
  return election.questions.get(contest).labels.map((_, at) => {
    const of = (name) => hex(sum(answers.map(({ cells, weight }) => times(weight, point(cells[at][name])))).toBytes());
    return { a: of('a'), b: of('b') };
  });
}

function tallyOf(election, counted) {
  return {
    groups: election.setup.groups.map(({ id }) => {
      const casts = counted.filter(({ voter }) => election.groupOf.get(voter.unit) === id);
      return {
        group: id,
        count: casts.length,
        weight: casts.reduce((total, { voter }) => total + voter.weight, 0),
        contests: election.setup.contests.map((contest) => ({
          contest: contest.id,
          cells: sumsOf(election, contest.id, casts),
        })),
      };
    }),
  };
}

export function examineTally(voting, archive, notes) {
  const { election } = voting;
  const told = archive.one('tally');
  const counted = countedOf(voting);
  const entered = archive.one('close').ballots ?? voting.casts.length;
  notes.note('X01', entered === voting.casts.length, 'close');
  notes.note('X01', told.included === hex(h32('tally-set', join(counted.map(({ hash }) => hash)))), 'included');
  const made = tallyOf(election, counted);
  if (!notes.note('X02', shape(told) === shape(made), 'groups')) return counted;
  made.groups.forEach(({ group, count, weight }, at) => {
    notes.note('X02', told.groups[at].count === count && told.groups[at].weight === weight, group);
  });
  const ours = [...cellsOf(election, made)];
  for (const [at, { where, cell }] of [...cellsOf(election, told)].entries()) {
    notes.note('X02', cell.a === ours[at].cell.a && cell.b === ours[at].cell.b, ...where);
  }
  return counted;
}

const keyOf = (where) => where.join('\n');

function readPart(election, body, { told, sums }) {
  const expected = { groups: told.groups.filter(({ count }) => count > 0) };
  if (body.trustee > election.trustees.length || shape(body) !== shape(expected)) return undefined;
  const part = new Map();
  const ok = holds(() => {
    for (const { where, cell } of cellsOf(election, body)) {
      part.set(keyOf(where), { where, d: point(cell.d), ...proofOf(cell) });
    }
    return true;
  });
  const fits = [...part].every(([key, { d }]) => d.equals(Point.ZERO) === sums.get(key).equals(Point.ZERO));
  return ok && fits ? part : undefined;
}

function isProved(election, part, { number, at, sums, notes }) {
  let good = true;
  for (const [key, { where, d, c, z }] of part) {
    const about = [election.hash, u64(number), ...where];
    const share = { key: election.trustees[number - 1], a: sums.get(key), d, c, z };
    if (!notes.note('D02', isShare(about, share), `entry ${at}`, ...where)) good = false;
  }
  return good;
}

export function examineParts(election, archive, notes) {
  const told = archive.one('tally');
  const named = archive.one('result').trustees;
  const sums = new Map([...cellsOf(election, told)].map(({ where, cell }) => [keyOf(where), point(cell.a)]));
  const seen = new Set();
  const good = new Map();
  for (const { at, body } of archive.of('partial')) {
    const number = body.trustee;
    const part = seen.has(number) ? undefined : readPart(election, body, { told, sums });
    seen.add(number);
    const isNamed = named.includes(number);
    if (isNamed) notes.note('D01', Boolean(part), `entry ${at}`);
    const mine = { number, at, sums, notes: isNamed ? notes : new Notes() };
    if (part && isProved(election, part, mine)) good.set(number, part);
  }
  const lowest = [...good.keys()].sort((left, right) => left - right).slice(0, election.needed);
  notes.note('D03', write(named) === write(lowest) && lowest.length === election.needed, 'result');
  return new Map(lowest.map((number) => [number, good.get(number)]));
}

function factor(number, among) {
  const others = among.filter((other) => other !== number).map(BigInt);
  const product = (numbers) => numbers.reduce((left, right) => (left * right) % ORDER, 1n);
  return (product(others) * inverse(product(others.map((other) => other - BigInt(number))))) % ORDER;
}

function decrypted(election, parts, { key, b }) {
  const among = [...parts.keys()];
  const shares = among
    .filter((number) => parts.get(number).has(key))
    .map((number) => {
      const { d } = parts.get(number).get(key);
      return election.isThreshold ? times(factor(number, among), d) : d;
    });
  return b.subtract(sum(shares));
}

export function examineResult(election, archive, { parts, counted, notes }) {
  const told = archive.one('tally');
  const result = archive.one('result');
  const isLike =
    shape(result) === shape(told) &&
    result.groups.every(({ count, weight }, at) => count === told.groups[at].count && weight === told.groups[at].weight);
  if (notes.note('R01', isLike, 'groups')) {
    const weights = new Map(result.groups.map(({ group, weight }) => [group, weight]));
    const sums = [...cellsOf(election, told)];
    for (const [at, { where, cell: number }] of [...cellsOf(election, result)].entries()) {
      const most = weights.get(where[0]) * election.questions.get(where[1]).values.at(-1);
      const made = decrypted(election, parts, { key: keyOf(where), b: point(sums[at].cell.b) });
      notes.note('R01', number <= most && base(BigInt(number)).equals(made), ...where);
    }
    examineTotals(election, result, { counted, notes });
  }
  for (const { at, body } of archive.of('count')) {
    const isAsked = election.contests.has(body.contest);
    notes.note('R03', isAsked && body.input === countInput(result, body.contest), `entry ${at}`);
  }
}

function countInput(result, contest) {
  const groups = result.groups.flatMap(({ group, contests }) =>
    contests.filter((one) => one.contest === contest).map(({ cells }) => ({ group, cells })),
  );
  return hex(bodyHash({ contest, groups }));
}

const total = (numbers) => numbers.reduce((left, right) => left + right, 0);

function examineTotals(election, result, { counted, notes }) {
  for (const { group, contests } of result.groups) {
    for (const { contest: id, cells } of contests) {
      const contest = election.contests.get(id);
      const asked = counted.filter(
        ({ voter }) => election.groupOf.get(voter.unit) === group && election.styles.get(voter.style).includes(id),
      );
      const weight = total(asked.map(({ voter }) => voter.weight));
      if (contest.kind !== 'score') notes.note('R02', addsUp(contest, cells, weight), group, id);
    }
  }
}

function addsUp(contest, numbers, weight) {
  if (contest.kind === 'choose') {
    const many = contest.options.length;
    const marked = weight - total(numbers.slice(many));
    const votes = total(numbers.slice(0, many));
    return contest.min * marked <= votes && votes <= contest.max * marked;
  }
  const wide = contest.columns.length;
  const lies = (allowed, sums) =>
    !allowed.length || sums.every((one) => allowed[0] * weight <= one && one <= allowed.at(-1) * weight);
  const rows = contest.rows.map((_, at) => total(numbers.slice(at * wide, (at + 1) * wide)));
  const columns = contest.columns.map((_, column) => total(numbers.filter((__, at) => at % wide === column)));
  return lies(contest.row_sums, rows) && lies(contest.column_sums, columns);
}
