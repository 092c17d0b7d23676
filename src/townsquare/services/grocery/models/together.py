"""Past baskets, which are no orders of ours, and what was learned from them and from our own."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, and_
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql.elements import ColumnElement

from townsquare.core.db import Model

ONE_OF, FEWEST = 100, 3  # A pair is shown when it was in one of a hundred baskets, and in three.


class GoodRow(Model):
    """Something that lies in baskets, by its name; one of our products if we have it."""

    __tablename__ = "grocery_good"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(unique=True)
    variant_id: Mapped[int | None] = mapped_column(ForeignKey("catalogue_variant.id"), unique=True)


class PastBasketRow(Model):
    """What somebody bought at one time: row `number` of a file, `source` names the file."""

    __tablename__ = "grocery_past_basket"

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    number: Mapped[int]
    digest: Mapped[str]


class PastLineRow(Model):
    """One of the goods of a past basket; nobody knows how much of it, or for how much."""

    __tablename__ = "grocery_past_line"

    id: Mapped[int] = mapped_column(primary_key=True)
    basket_id: Mapped[int] = mapped_column(ForeignKey("grocery_past_basket.id"))
    good_id: Mapped[int] = mapped_column(ForeignKey("grocery_good.id"), index=True)

    __table_args__ = (UniqueConstraint("basket_id", "good_id"),)


class AssociationRow(Model):
    """How often the right one was bought with the left one; the figures follow from the counts."""

    __tablename__ = "grocery_association"

    id: Mapped[int] = mapped_column(primary_key=True)
    left_id: Mapped[int] = mapped_column(ForeignKey("grocery_good.id"))
    right_id: Mapped[int] = mapped_column(ForeignKey("grocery_good.id"), index=True)
    baskets: Mapped[int]
    with_left: Mapped[int]
    with_right: Mapped[int]
    with_both: Mapped[int]
    learned_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("left_id <> right_id", name="two"),
        CheckConstraint(
            "0 < with_both AND with_both <= with_left AND with_both <= with_right"
            " AND with_left <= baskets AND with_right <= baskets",
            name="counts",
        ),
        UniqueConstraint("left_id", "right_id"),
    )


# A row of a file is one basket, however often the file is taken in.
ONE_BASKET = Index(
    "uq_grocery_past_basket_number", PastBasketRow.source, PastBasketRow.number, unique=True
)


def is_worth_showing() -> ColumnElement[bool]:
    """Return the condition of a support of 0.01, a lift above 1, and three baskets."""
    row = AssociationRow
    often = row.with_both * ONE_OF >= row.baskets
    return and_(
        often, row.with_both >= FEWEST, row.with_both * row.baskets > row.with_left * row.with_right
    )
