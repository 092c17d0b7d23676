// Which cells a question has, which values they may hold, and what must add up (annex A7).
const upTo = (least, most) => Array.from({ length: most - least + 1 }, (_, at) => least + at);
const named = (options) => options.map((option) => `option:${option}`);

function choose({ options, min, max, blank }) {
  const many = options.length;
  const sum = { label: 'sum', values: upTo(min, max), terms: options.map((_, at) => [at, 1]) };
  if (!blank) return { labels: named(options), values: [0, 1], sums: [sum] };
  sum.values.push(many + 1);
  sum.terms.push([many, many + 1]);
  return { labels: [...named(options), 'blank'], values: [0, 1], sums: [sum] };
}

function score({ options, max_score: most }) {
  return { labels: named(options), values: upTo(0, most), sums: [] };
}

function grid({ rows, columns, row_sums: across, column_sums: down }) {
  const wide = columns.length;
  const labels = rows.flatMap((_, row) => columns.map((__, column) => `cell:${row}:${column}`));
  const rowSums = rows.map((_, row) => ({
    label: `row:${row}`,
    values: across,
    terms: columns.map((__, column) => [row * wide + column, 1]),
  }));
  const columnSums = columns.map((_, column) => ({
    label: `column:${column}`,
    values: down,
    terms: rows.map((__, row) => [row * wide + column, 1]),
  }));
  return { labels, values: [0, 1], sums: [...(across.length ? rowSums : []), ...(down.length ? columnSums : [])] };
}

const KINDS = { choose, score, grid };

export const questionOf = (contest) => KINDS[contest.kind](contest);
