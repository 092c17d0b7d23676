"""Customers: who buys here under a number of the shop, and in which tier."""

from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, Index, String, bindparam, select
from sqlalchemy.orm import Mapped, mapped_column

from townsquare.core.db import Model, Recorded
from townsquare.core.usecase import Context

TIERS = ("none", "silver", "gold")


class CustomerRow(Recorded, Model):
    """Somebody with a number of the shop; the tier decides which prices are theirs."""

    __tablename__ = "grocery_customer"

    person: Mapped[str]
    number: Mapped[str]
    number_key: Mapped[str]
    tier: Mapped[str] = mapped_column(default="none")
    since: Mapped[date]

    __table_args__ = (CheckConstraint("tier IN " + str(TIERS), name="tier"),)


# Nobody is a customer of one shop twice, and no number belongs to two.
ONE_PERSON = Index("uq_grocery_customer_person", CustomerRow.person, unique=True)
ONE_NUMBER = Index("uq_grocery_customer_number", CustomerRow.number_key, unique=True)
WHO: Any = bindparam("person", type_=String())
# The tier of who asks, as a part of a larger statement; nobody has the one of nobody.
OWN_TIER = select(CustomerRow.tier).where(CustomerRow.person == WHO).scalar_subquery()


def tier_of(ctx: Context) -> str:
    """Return the tier of who acts."""
    chosen = select(CustomerRow.tier).where(CustomerRow.person == ctx.actor.person)
    return (ctx.db.scalar(chosen) if ctx.actor.person else None) or "none"
