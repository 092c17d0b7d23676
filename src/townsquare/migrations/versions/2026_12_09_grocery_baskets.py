"""Past baskets with their goods, and how often two of them were bought together.

Suits the release before it: it only makes new tables.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_12_09_grocery_baskets"
down_revision = "2026_12_08_grocery_picks"

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
COUNTS = (
    "0 < with_both AND with_both <= with_left AND with_both <= with_right"
    " AND with_left <= baskets AND with_right <= baskets"
)


def upgrade() -> None:
    """Make the tables."""
    _make_goods()
    _make_baskets()
    op.create_table(
        "grocery_association",
        sa.Column("id", WHOLE, nullable=False),
        *(
            sa.Column(name, WHOLE, nullable=False)
            for name in ("left_id", "right_id", "baskets", "with_left", "with_right", "with_both")
        ),
        sa.Column("learned_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("left_id <> right_id", name=op.f("ck_grocery_association_two")),
        sa.CheckConstraint(COUNTS, name=op.f("ck_grocery_association_counts")),
        _refers("grocery_association", "left_id", "grocery_good"),
        _refers("grocery_association", "right_id", "grocery_good"),
        _once("grocery_association", "left_id", "right_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grocery_association")),
    )
    op.create_index("ix_grocery_association_right_id", "grocery_association", ["right_id"])


def downgrade() -> None:
    """Take them away again."""
    for name in ("association", "past_line", "past_basket", "good"):
        op.drop_table(f"grocery_{name}")


def _make_goods() -> None:
    op.create_table(
        "grocery_good",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_key", sa.String(), nullable=False),
        sa.Column("variant_id", WHOLE, nullable=True),
        _refers("grocery_good", "variant_id", "catalogue_variant"),
        sa.UniqueConstraint("name_key", name=op.f("uq_grocery_good_name_key")),
        sa.UniqueConstraint("variant_id", name=op.f("uq_grocery_good_variant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grocery_good")),
    )


def _make_baskets() -> None:
    op.create_table(
        "grocery_past_basket",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("number", WHOLE, nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grocery_past_basket")),
    )
    number = "uq_grocery_past_basket_number"
    op.create_index(number, "grocery_past_basket", ["source", "number"], unique=True)
    op.create_table(
        "grocery_past_line",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("basket_id", WHOLE, nullable=False),
        sa.Column("good_id", WHOLE, nullable=False),
        _refers("grocery_past_line", "basket_id", "grocery_past_basket"),
        _refers("grocery_past_line", "good_id", "grocery_good"),
        _once("grocery_past_line", "basket_id", "good_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grocery_past_line")),
    )
    op.create_index("ix_grocery_past_line_good_id", "grocery_past_line", ["good_id"])


def _once(table: str, *columns: str) -> sa.UniqueConstraint:
    name = op.f(f"uq_{table}_{'_'.join(columns)}")
    return sa.UniqueConstraint(*columns, name=name)


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{to}")
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=name)
