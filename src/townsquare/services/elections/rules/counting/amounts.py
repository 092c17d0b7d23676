"""Amounts of votes: whole, in units of a power of ten, or as fractions; never rounded unseen."""

from dataclasses import dataclass
from fractions import Fraction

Amount = int | Fraction


@dataclass(frozen=True)
class Scale:
    """How amounts are kept: so many decimal places (units of 10^-places), or None: as fractions."""

    places: int | None = 0

    @property
    def one(self) -> Amount:
        """Return one whole vote."""
        return Fraction(1) if self.places is None else 10**self.places

    def share(self, value: Amount, part: Amount, whole: Amount) -> Amount:
        """Return value * part / whole, cut to the places; a fraction where none are declared."""
        if self.places is None:
            return Fraction(value * part, whole)
        return value * part // whole

    def text(self, amount: Amount) -> str:
        """Return the amount as the table writes it: `1128.06944`, `1767`, or `661/1767`."""
        if isinstance(amount, Fraction) or not self.places:
            return str(amount)
        whole, rest = divmod(abs(amount), 10**self.places)
        return f"{'-' if amount < 0 else ''}{whole}.{rest:0{self.places}d}"

    def spoken(self, amount: Amount) -> str:
        """Return the amount as a sentence says it: `1,106`, `0.37408`, or `661/1767`."""
        whole, point, rest = self.text(amount).partition(".")
        if "/" in whole:
            return whole
        rest = rest.rstrip("0")
        return f"{int(whole):,}{point if rest else ''}{rest}"
