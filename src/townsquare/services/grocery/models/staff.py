"""Who works in the shop, or did: under which number, in which position, from when until when.

A record that has ended stays as it is; a trigger of the migration refuses to rewrite it.
"""

from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, Index, Select, select
from sqlalchemy.orm import Mapped

from townsquare.blocks import people
from townsquare.core.db import Model, Recorded
from townsquare.core.usecase import Context
from townsquare.services.grocery.errors import UnknownStaff
from townsquare.services.grocery.results.staff import Colleague

PERSON = people.PERSON


class StaffRow(Recorded, Model):
    """Somebody at work in the shop; what they may do hangs on their account alone."""

    __tablename__ = "grocery_staff"

    person: Mapped[str]
    number: Mapped[str]
    number_key: Mapped[str]
    position: Mapped[str]
    since: Mapped[date]
    ended_on: Mapped[date | None]

    __table_args__ = (
        CheckConstraint("ended_on IS NULL OR ended_on >= since", name="ended"),
        Index("ix_grocery_staff_person", "person"),
    )


AT_WORK = StaffRow.ended_on.is_(None)
# Nobody works here twice at once, and no number belongs to two, also later on.
ONE_PERSON = Index(
    "uq_grocery_staff_person",
    StaffRow.person,
    unique=True,
    sqlite_where=AT_WORK,
    postgresql_where=AT_WORK,
)
ONE_NUMBER = Index("uq_grocery_staff_number", StaffRow.number_key, unique=True)
LINES: Select[*tuple[Any, ...]] = select(
    StaffRow.public_id.label("id"),
    StaffRow.version,
    StaffRow.number,
    PERSON.name,
    PERSON.given,
    PERSON.middle,
    PERSON.family,
    PERSON.email,
    PERSON.phone,
    StaffRow.position,
    StaffRow.since,
    StaffRow.ended_on,
).join(PERSON, PERSON.public_id == StaffRow.person)


def colleague(ctx: Context, public_id: str) -> Colleague:
    """Return somebody who works in the shop, or did, by the id of the record."""
    found = ctx.db.execute(LINES.where(StaffRow.public_id == public_id)).first()
    if found is None:
        raise UnknownStaff
    return Colleague(*found)
