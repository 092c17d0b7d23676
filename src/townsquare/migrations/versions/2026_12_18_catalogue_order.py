"""Indexes for the goods of a shop by name and by age, whatever their number.

Suits the release before it: the database makes the new column, and an index changes no answer.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_12_18_catalogue_order"
down_revision = "2026_12_17_grocery_customers"

ITEM, KEY = "catalogue_item", "name_key"
INDEXES = (
    ("ix_catalogue_item_name", ITEM, ["shop_id", KEY, "id"]),
    ("ix_catalogue_variant_age", "catalogue_variant", ["shop_id", "public_id"]),
)


def upgrade() -> None:
    """Let the database fold the names, and add the indexes."""
    lite = op.get_bind().dialect.name == "sqlite"
    if not lite:  # What a column is made of cannot be put into the order of bytes afterwards.
        op.execute(f'ALTER TABLE {ITEM} ALTER COLUMN name TYPE varchar COLLATE "C"')
    # Each knows one of the two kinds here: made when it is read, or when the name is written.
    folded = sa.Computed("lower(name)", persisted=None if lite else True)
    kind = sa.String() if lite else sa.String(collation="C")
    op.add_column(ITEM, sa.Column(KEY, kind, folded, nullable=False))
    for name, table, columns in INDEXES:
        op.create_index(name, table, columns)


def downgrade() -> None:
    """Take the indexes away again, and what they were made of."""
    for name, table, _columns in INDEXES:
        op.drop_index(name, table)
    op.drop_column(ITEM, KEY)
