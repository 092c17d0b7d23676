"""People and how they belong to the town."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, exists
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql.elements import ColumnElement

from townsquare.blocks.people.results import Person
from townsquare.core.db import Model, Recorded

KINDS = ("student", "faculty", "staff", "visitor", "customer", "courier")


class PersonRow(Recorded, Model):
    """Somebody: a name of one part or of several, and how to reach them."""

    __tablename__ = "people_person"

    given: Mapped[str]
    middle: Mapped[str] = mapped_column(default="")
    family: Mapped[str] = mapped_column(default="")
    name: Mapped[str]
    name_key: Mapped[str]
    email: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    birth_date: Mapped[date | None]
    guardian_id: Mapped[int | None] = mapped_column(ForeignKey("people_person.id"))
    erased_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_people_person_name", "name_key", "id"),
        # Nothing is noted any more of who has left for good.
        CheckConstraint(
            "erased_at IS NULL OR (email = '' AND phone = '' AND middle = '' AND family = '')",
            name="erased",
        ),
    )

    def told(self) -> Person:
        """Return what those who may know this person get to know."""
        return Person(
            self.public_id, self.version, self.name, self.email, self.phone, self.birth_date
        )


class AffiliationRow(Model):
    """In what capacity somebody belongs to the town, under which number."""

    __tablename__ = "people_affiliation"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people_person.id"), index=True)
    kind: Mapped[str]
    number: Mapped[str]
    unit: Mapped[str] = mapped_column(default="")
    level: Mapped[str] = mapped_column(default="")
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]

    __table_args__ = (
        CheckConstraint("kind IN " + str(KINDS), name="kind"),
        UniqueConstraint("kind", "number"),
    )


def has_number(number: str) -> ColumnElement[bool]:
    """Return when a person of a larger statement belongs to the town under this number."""
    mine = AffiliationRow.person_id == PersonRow.id
    return exists().where(mine, AffiliationRow.number == number)
