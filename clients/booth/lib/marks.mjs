// What a voter has marked, as the values of cells: codes that are chosen, or a number by option.
export const BLANK = 'blank';

// Whether marks are an answer to a question; a blank one has to be said.
export function isAnswer({ kind, min, max, blank }, marks) {
  if (kind !== 'choose') return true;
  if (marks.includes(BLANK)) return blank && marks.length === 1;
  return min <= marks.length && marks.length <= max && new Set(marks).size === marks.length;
}

const cells = {
  choose: ({ options, blank }, marks) => [...options, ...(blank ? [BLANK] : [])].map((code) => (marks.includes(code) ? 1 : 0)),
  score: ({ options }, marks) => options.map((code) => marks[code] ?? 0),
  grid: ({ rows, columns }, marks) => rows.flatMap((code) => columns.map((_, at) => ((marks[code] ?? 0) === at ? 1 : 0))),
};

export const cellsOf = (contest, marks) => cells[contest.kind](contest, marks);
