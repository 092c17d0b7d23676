"""What things cost from which day on, and which of it a charge was counted with."""

from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ScalarSelect, select
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column

from townsquare.core.db import Model, Recorded
from townsquare.services.library.rules.tariffs import Tariff


class TariffRow(Recorded, Model):
    """An amount by its code; only its end is ever set, when another amount is to follow.

    An amount that was replaced before it began ends on the day on which it would have begun.
    """

    __tablename__ = "library_tariff"

    code: Mapped[str]
    name: Mapped[str]
    amount_minor: Mapped[int]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    set_by: Mapped[str]

    __table_args__ = (
        CheckConstraint("amount_minor >= 0", name="amount"),
        CheckConstraint("valid_to >= valid_from", name="order"),
    )

    def told(self) -> Tariff:
        """Return what the rules get to know of this amount."""
        facts = (self.code, self.name, self.amount_minor, self.valid_from, self.valid_to)
        return Tariff(self.id, *facts)


class ChargedTariffRow(Model):
    """The tariff that a charge was counted with; never changed."""

    __tablename__ = "library_charged_tariff"

    id: Mapped[int] = mapped_column(primary_key=True)
    charge: Mapped[str] = mapped_column(unique=True)
    tariff_id: Mapped[int] = mapped_column(ForeignKey("library_tariff.id"))


def counted_with(
    charge: InstrumentedAttribute[str], told: InstrumentedAttribute[Any]
) -> ScalarSelect[Any]:
    """Return what the tariff of a charge tells, as a part of a larger statement."""
    used = select(told).join(ChargedTariffRow, ChargedTariffRow.tariff_id == TariffRow.id)
    return used.where(ChargedTariffRow.charge == charge).scalar_subquery()
