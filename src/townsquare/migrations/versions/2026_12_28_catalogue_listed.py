"""What is sold stands in the order of its list, and prices and levels are found in one place each.

Suits the release before it: triggers keep the new table, and an index changes no answer.
"""

import sqlalchemy as sa
from alembic import op

from townsquare.migrations.triggers import is_lite

revision = "2026_12_28_catalogue_listed"
down_revision = "2026_12_27_grocery_staff"

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TABLE = "catalogue_listed"
TEXTS = ("public_id", "code", "name", "size", "base_unit")
COLUMNS = (
    "shop_id, name_key, item_id, variant_id, public_id, code, name, size, base_unit,"
    " content_qty, content_unit, brand_id, category_id"
)
ACTIVE = (
    "SELECT i.shop_id, i.name_key, i.id, v.id, v.public_id, v.code, i.name, v.size, i.base_unit,"
    " v.content_qty, v.content_unit, i.brand_id, i.category_id"
    " FROM catalogue_item i JOIN catalogue_variant v ON v.item_id = i.id"
    " WHERE i.status = 'active' AND v.status = 'active'"
)
LIST_IT = f"INSERT INTO {TABLE} ({COLUMNS}) {ACTIVE}"
UNLIST_ITS = f"DELETE FROM {TABLE} WHERE variant_id IN (SELECT id FROM catalogue_variant WHERE"
# Who changes the item at the same moment does not see what becomes of this variant, nor the other
# way round: both write to the item, so that one of them waits for the other or begins anew.
MET = "UPDATE catalogue_item SET version = version WHERE id = NEW.item_id"
OF_ITEM = "shop_id, name, base_unit, brand_id, category_id, status"
OF_VARIANT = "item_id, public_id, code, size, content_qty, content_unit, status"
# Name, table, when, what then; what stands first is for the database of many writers only.
TRIGGERS = (
    (
        "catalogue_listed_variant",
        "catalogue_variant",
        "INSERT",
        (MET, f"{LIST_IT} AND v.id = NEW.id"),
    ),
    (
        "catalogue_listed_revised",
        "catalogue_variant",
        f"UPDATE OF {OF_VARIANT}",
        (MET, f"{UNLIST_ITS} id = NEW.id)", f"{LIST_IT} AND v.id = NEW.id"),
    ),
    (
        "catalogue_listed_item",
        "catalogue_item",
        f"UPDATE OF {OF_ITEM}",
        (f"{UNLIST_ITS} item_id = NEW.id)", f"{LIST_IT} AND i.id = NEW.id"),
    ),
)
PRICE = "ix_catalogue_price_variant"
STOCKED, FIGURES = "ix_stock_level_stocked", "ix_stock_level_figures"
PRICES = (
    *("variant_id", "list_id", "valid_from", "lot_id", "min_qty", "valid_to"),
    *("amount_minor", "per_qty"),
)
LEVELS = ("variant_id", "location_id", "lot_id", "on_hand", "reserved")


def upgrade() -> None:
    """Make the table, fill it, let triggers keep it, and put figures into two indexes."""
    _table()
    op.execute(f"{LIST_IT} ORDER BY 1, 2, 3, 4")
    op.create_index("uq_catalogue_listed_variant", TABLE, ["variant_id"], unique=True)
    for column in ("brand", "category"):
        columns = [f"{column}_id", "name_key", "item_id"]
        op.create_index(f"ix_catalogue_listed_{column}", TABLE, columns)
    for name, table, when, then in TRIGGERS:
        _trigger(f"{name} AFTER {when} ON {table}", name, then=then)
    _priced_by(*PRICES)
    if is_lite():
        _stocked_by(STOCKED, FIGURES, *LEVELS)


def downgrade() -> None:
    """Take all of it away again."""
    _priced_by("variant_id", "valid_from")
    if is_lite():
        _stocked_by(FIGURES, STOCKED, "variant_id")
    for name, table, _when, _then in TRIGGERS:
        op.execute(f"DROP TRIGGER {name}" + ("" if is_lite() else f" ON {table}"))
        if not is_lite():
            op.execute(f"DROP FUNCTION {name}()")
    op.drop_table(TABLE)


def _table() -> None:
    kind = sa.String() if is_lite() else sa.String(collation="C")
    key = ("shop_id", "name_key", "item_id", "variant_id")
    op.create_table(
        TABLE,
        sa.Column("shop_id", WHOLE, nullable=False),
        sa.Column("name_key", kind, nullable=False),
        sa.Column("item_id", WHOLE, nullable=False),
        sa.Column("variant_id", WHOLE, nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in TEXTS),
        sa.Column("content_qty", WHOLE, nullable=True),
        sa.Column("content_unit", sa.String(), nullable=True),
        sa.Column("brand_id", WHOLE, nullable=True),
        sa.Column("category_id", WHOLE, nullable=True),
        sa.PrimaryKeyConstraint(*key, name=op.f("pk_catalogue_listed")),
        sa.ForeignKeyConstraint(
            ["variant_id"],
            ["catalogue_variant.id"],
            name=op.f("fk_catalogue_listed_variant_id_catalogue_variant"),
            ondelete="CASCADE",
        ),
        sqlite_with_rowid=False,
    )


def _trigger(head: str, name: str, *, then: tuple[str, ...]) -> None:
    if is_lite():
        steps = "; ".join(step for step in then if step != MET)
        op.execute(f"CREATE TRIGGER {head} FOR EACH ROW BEGIN {steps}; END")
        return
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger AS $$ BEGIN {'; '.join(then)};"
        " RETURN NULL; END $$ LANGUAGE plpgsql"
    )
    op.execute(f"CREATE TRIGGER {head} FOR EACH ROW EXECUTE FUNCTION {name}()")


def _priced_by(*columns: str) -> None:
    op.drop_index(PRICE, "catalogue_price")
    op.create_index(PRICE, "catalogue_price", list(columns))


def _stocked_by(old: str, new: str, *columns: str) -> None:
    op.drop_index(old, "stock_level")
    stocked = sa.text("bounded AND on_hand > 0")
    op.create_index(new, "stock_level", list(columns), sqlite_where=stocked)
