"""A report: what it is called, its columns and rows, what was asked and when."""

from datetime import date, datetime

from townsquare.core.frozen import dataclass

TEXT, NUMBER, MONEY, DATE = "text", "number", "money", "date"
Cell = str | int | float | date | datetime | None


@dataclass(frozen=True)
class Column:
    """One column: its key for programs, its heading for people, what kind of values it holds."""

    name: str
    title: str
    kind: str = TEXT

    @property
    def numeric(self) -> bool:
        """Tell whether its values stand to the right."""
        return self.kind in {NUMBER, MONEY}


@dataclass(frozen=True)
class Report:
    """Rows with what people need to trust them: the question, the moment, what is left out.

    Money cells are integers in minor units; `currency` says of what.
    """

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    as_of: datetime
    note: str = ""
    query: str = ""
    currency: str = ""

    def chart(self, label: str, value: str) -> dict[str, list[Cell]]:
        """Return two columns as labels and values, for a chart beside the table."""
        names = [column.name for column in self.columns]
        at, of = names.index(label), names.index(value)
        return {"labels": [row[at] for row in self.rows], "values": [row[of] for row in self.rows]}

    def shown(self) -> list[list[str]]:
        """Return the rows as people read them."""
        return [
            [_shown(cell, column) for cell, column in zip(row, self.columns, strict=True)]
            for row in self.rows
        ]


def amount(minor: int) -> str:
    """Return minor units as an amount with two decimals."""
    sign, whole = ("-" if minor < 0 else ""), abs(minor)
    return f"{sign}{whole // 100}.{whole % 100:02}"


def _shown(cell: Cell, column: Column) -> str:
    if cell is None:
        return ""
    if isinstance(cell, int) and column.kind == MONEY:
        return amount(cell)
    if isinstance(cell, datetime):
        return cell.strftime("%Y-%m-%d %H:%M")
    return str(cell)
