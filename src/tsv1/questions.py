"""Questions: which cells a ballot has for a contest, and what must add up."""

from dataclasses import dataclass

from tsv1.canonical import Message


@dataclass(frozen=True)
class Sum:
    """A sum of cells, each taken so many times, that must be one of some values."""

    label: str
    values: tuple[int, ...]
    terms: tuple[tuple[int, int], ...]  # The place of a cell, and how many times it counts.


@dataclass(frozen=True)
class Question:
    """A contest as a ballot holds it: labels of its cells, their values, and its sums."""

    id: str
    labels: tuple[str, ...]
    values: tuple[int, ...]
    sums: tuple[Sum, ...]


def question(contest: Message) -> Question:
    """Return the cells and sums of a contest of a set-up."""
    return {"choose": _choose, "score": _score, "grid": _grid}[contest["kind"]](contest)


def is_possible(contest: Message) -> bool:
    """Tell whether somebody can answer a contest, and each option stands once."""
    if contest["kind"] == "grid":
        return _is_possible_grid(contest)
    options = contest["options"]
    if len(set(options)) != len(options):
        return False
    if contest["kind"] == "score":
        return True
    return bool(contest["min"] <= contest["max"] <= len(options))


def _is_possible_grid(contest: Message) -> bool:
    rows: list[str] = contest["rows"]
    columns: list[str] = contest["columns"]
    row_sums: list[int] = contest["row_sums"]
    column_sums: list[int] = contest["column_sums"]
    once = all(len(set(names)) == len(names) for names in (rows, columns))
    rising = all(sums == sorted(set(sums)) for sums in (row_sums, column_sums))
    if not once or not rising:
        return False
    across = row_sums or [0, len(columns)]
    down = column_sums or [0, len(rows)]
    return (
        across[-1] <= len(columns)
        and down[-1] <= len(rows)
        and len(rows) * across[0] <= len(columns) * down[-1]
        and len(columns) * down[0] <= len(rows) * across[-1]
    )


def _choose(contest: Message) -> Question:
    options: list[str] = contest["options"]
    more = len(options) + 1
    labels = [f"option:{option}" for option in options]
    terms = [(at, 1) for at in range(len(options))]
    values = list(range(contest["min"], contest["max"] + 1))
    if contest["blank"]:
        labels.append("blank")
        terms.append((len(options), more))
        values.append(more)
    total = Sum("sum", tuple(values), tuple(terms))
    return Question(contest["id"], tuple(labels), (0, 1), (total,))


def _score(contest: Message) -> Question:
    labels = tuple(f"option:{option}" for option in contest["options"])
    return Question(contest["id"], labels, tuple(range(contest["max_score"] + 1)), ())


def _grid(contest: Message) -> Question:
    rows, columns = range(len(contest["rows"])), range(len(contest["columns"]))
    wide = len(columns)
    labels = tuple(f"cell:{row}:{column}" for row in rows for column in columns)
    across = [
        Sum(f"row:{r}", tuple(contest["row_sums"]), tuple((r * wide + c, 1) for c in columns))
        for r in rows
        if contest["row_sums"]
    ]
    down = [
        Sum(f"column:{c}", tuple(contest["column_sums"]), tuple((r * wide + c, 1) for r in rows))
        for c in columns
        if contest["column_sums"]
    ]
    return Question(contest["id"], labels, (0, 1), (*across, *down))
