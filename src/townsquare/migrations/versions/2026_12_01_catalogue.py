"""Shops, what they sell and what it costs: the catalogue that services of commerce share.

Suits the release before it: these tables are new. A price or a tax rate is never changed, so that
what was asked on a day can still be told.
"""

import sqlalchemy as sa
from alembic import op

from townsquare.migrations.triggers import is_lite

revision = "2026_12_01_catalogue"
down_revision = "2026_11_30_last_admin_enters"

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
ALLERGENS = (
    *("gluten", "crustaceans", "eggs", "fish", "peanuts", "soybeans", "milk"),
    *("nuts", "celery", "mustard", "sesame", "sulphites", "lupin", "molluscs"),
)
Part = sa.schema.SchemaItem
FROZEN = ("catalogue_price", "catalogue_tax_rate")
# Name, table, verb, condition, what the database says when it refuses.
REFUSALS = (
    *((f"{table}_stays", table, "UPDATE", "", f"{table}_is_frozen") for table in FROZEN),
    *((f"{table}_is_kept", table, "DELETE", "", f"{table}_is_frozen") for table in FROZEN),
    (
        "catalogue_price_is_own",
        "catalogue_price",
        "INSERT",
        "EXISTS (SELECT 1 FROM catalogue_price_list l, catalogue_variant v"
        " WHERE l.id = NEW.list_id AND v.id = NEW.variant_id AND l.shop_id <> v.shop_id)",
        "catalogue_price_of_another_shop",
    ),
    (
        "catalogue_price_names_its_lot",
        "catalogue_price",
        "INSERT",
        "EXISTS (SELECT 1 FROM catalogue_price_list l WHERE l.id = NEW.list_id"
        " AND (l.kind = 'markdown') <> (NEW.lot_id IS NOT NULL))",
        "catalogue_price_needs_a_lot",
    ),
)


def upgrade() -> None:
    """Make the tables and their guards."""
    for _name, make in MAKERS:
        make()
    for name, table, verb, condition, said in REFUSALS:
        _guard(name, f"BEFORE {verb} ON {table}", condition=condition, said=said)
    if not is_lite():
        _refuse_truncation()


def downgrade() -> None:
    """Take everything away again."""
    for name, _make in reversed(MAKERS):
        op.drop_table(f"catalogue_{name}")
    if not is_lite():
        for name, *_rest in REFUSALS:
            op.execute(f"DROP FUNCTION {name}()")
        op.execute("DROP FUNCTION catalogue_is_not_emptied()")


def _shop() -> None:
    _recorded(
        "catalogue_shop",
        *_texts(
            "service code code_key name currency zone tax_region number_prefix about legal_notices"
        ),
        sa.Column("prices_include_tax", sa.Boolean(), nullable=False),
        sa.Column("paused_until", MOMENT, nullable=True),
        *_checks("catalogue_shop", currency="length(currency) = 3"),
    )
    _index("ix_catalogue_shop_service", "catalogue_shop", "service id")
    _unique("uq_catalogue_shop_code", "catalogue_shop", "code_key")


def _brand() -> None:
    _recorded(
        "catalogue_brand",
        *_texts("code code_key name description"),
        *_refers("catalogue_brand", shop_id="catalogue_shop"),
    )
    _unique("uq_catalogue_brand_code", "catalogue_brand", "shop_id code_key")


def _category() -> None:
    _recorded(
        "catalogue_category",
        *_texts("code code_key name name_key description"),
        *_checks("catalogue_category", self="parent_id <> id"),
        *_refers("catalogue_category", shop_id="catalogue_shop"),
        *_refers("catalogue_category", nullable=True, parent_id="catalogue_category"),
    )
    _index("ix_catalogue_category_parent_id", "catalogue_category", "parent_id")
    _unique("uq_catalogue_category_code", "catalogue_category", "shop_id code_key")
    _unique("uq_catalogue_category_name", "catalogue_category", "shop_id parent_id name_key")
    _unique(
        "uq_catalogue_category_top_name",
        "catalogue_category",
        "shop_id name_key",
        where="parent_id IS NULL",
    )


def _price_list() -> None:
    _recorded(
        "catalogue_price_list",
        *_texts("code code_key name kind"),
        *_wholes("priority"),
        sa.Column("tier", sa.String(), nullable=True),
        *_checks(
            "catalogue_price_list",
            kind="kind IN ('standard', 'tier', 'promotion', 'markdown', 'staff', 'supplier')",
            tier="kind NOT IN ('tier', 'staff') OR tier IS NOT NULL",
        ),
        *_refers("catalogue_price_list", shop_id="catalogue_shop"),
    )
    _unique("uq_catalogue_price_list_code", "catalogue_price_list", "shop_id code_key")


def _tax_class() -> None:
    _numbered(
        "catalogue_tax_class",
        *_texts("code code_key name"),
        *_refers("catalogue_tax_class", shop_id="catalogue_shop"),
    )
    _unique("uq_catalogue_tax_class_code", "catalogue_tax_class", "shop_id code_key")


def _item() -> None:
    _recorded(
        "catalogue_item",
        *_texts(
            "code code_key kind name description base_unit unit_label lot_policy hs_code"
            " origin_country status"
        ),
        sa.Column("tracked", sa.Boolean(), nullable=False),
        sa.Column("perishable", sa.Boolean(), nullable=False),
        sa.Column("attributes", sa.JSON(), nullable=False),
        *_checks(
            "catalogue_item",
            perishable="NOT perishable OR lot_policy = 'lot'",
            base_unit="base_unit IN ('g', 'ml', 'piece')",
            kind="kind IN ('goods', 'ingredient', 'service', 'fee')",
            lot_policy="lot_policy IN ('none', 'lot', 'serial')",
            status="status IN ('draft', 'active', 'paused', 'retired')",
            tracked="tracked OR lot_policy = 'none'",
        ),
        *_refers("catalogue_item", shop_id="catalogue_shop", tax_class_id="catalogue_tax_class"),
        *_refers(
            "catalogue_item",
            nullable=True,
            brand_id="catalogue_brand",
            category_id="catalogue_category",
        ),
    )
    _index("ix_catalogue_item_brand_id", "catalogue_item", "brand_id")
    _index("ix_catalogue_item_category_id", "catalogue_item", "category_id")
    _index("ix_catalogue_item_tax_class_id", "catalogue_item", "tax_class_id")
    _unique("uq_catalogue_item_code", "catalogue_item", "shop_id code_key")


def _tax_rate() -> None:
    _numbered(
        "catalogue_tax_rate",
        *_texts("region service_type"),
        *_wholes("ppm"),
        sa.Column("valid_from", sa.Date(), nullable=False),
        *_checks("catalogue_tax_rate", ppm="ppm BETWEEN 0 AND 1000000"),
        *_refers("catalogue_tax_rate", class_id="catalogue_tax_class"),
    )
    _unique(
        "uq_catalogue_tax_rate_start",
        "catalogue_tax_rate",
        "class_id region service_type valid_from",
    )


def _variant() -> None:
    _recorded(
        "catalogue_variant",
        *_texts("code code_key name size sold_by backorder status"),
        *_wholes("tolerance_ppm"),
        sa.Column("content_unit", sa.String(), nullable=True),
        *_wholes("content_qty weight_g max_per_order", nullable=True),
        *_checks(
            "catalogue_variant",
            backorder="backorder IN ('no', 'backorder', 'preorder')",
            content_unit="content_unit IN ('g', 'ml', 'piece')",
            sold_by="sold_by IN ('piece', 'weight', 'volume')",
            status="status IN ('draft', 'active', 'paused', 'retired')",
            content="(content_qty IS NULL) = (content_unit IS NULL)",
            content_qty="content_qty > 0",
            max_per_order="max_per_order > 0",
            tolerance_ppm="tolerance_ppm BETWEEN 0 AND 1000000",
            weight_g="weight_g > 0",
        ),
        *_refers("catalogue_variant", item_id="catalogue_item", shop_id="catalogue_shop"),
    )
    _index("ix_catalogue_variant_item_id", "catalogue_variant", "item_id")
    _unique("uq_catalogue_variant_code", "catalogue_variant", "shop_id code_key")


def _allergen() -> None:
    _numbered(
        "catalogue_allergen",
        *_texts("allergen level"),
        *_checks(
            "catalogue_allergen",
            allergen=f"allergen IN {ALLERGENS}",
            level="level IN ('contains', 'traces')",
        ),
        *_refers("catalogue_allergen", variant_id="catalogue_variant"),
    )
    _unique("uq_catalogue_allergen", "catalogue_allergen", "variant_id allergen")


def _fact() -> None:
    _numbered(
        "catalogue_fact",
        *_texts("code value unit source"),
        *_refers("catalogue_fact", variant_id="catalogue_variant"),
    )
    _unique("uq_catalogue_fact", "catalogue_fact", "variant_id code source")


def _identifier() -> None:
    _numbered(
        "catalogue_identifier",
        *_texts("scheme value value_key"),
        *_checks("catalogue_identifier", scheme="scheme IN ('gtin', 'sku', 'isbn', 'supplier')"),
        *_refers("catalogue_identifier", shop_id="catalogue_shop", variant_id="catalogue_variant"),
    )
    _index("ix_catalogue_identifier_variant_id", "catalogue_identifier", "variant_id")
    _unique("uq_catalogue_identifier", "catalogue_identifier", "shop_id scheme value_key")


def _price() -> None:
    _numbered(
        "catalogue_price",
        *_texts("reason"),
        *_wholes("amount_minor per_qty min_qty"),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("lot_id", WHOLE, nullable=True),
        sa.Column("valid_from", MOMENT, nullable=False),
        sa.Column("valid_to", MOMENT, nullable=True),
        sa.UniqueConstraint("public_id", name=op.f("uq_catalogue_price_public_id")),
        *_checks(
            "catalogue_price",
            amount="amount_minor >= 0",
            min_qty="min_qty >= 1",
            per_qty="per_qty > 0",
            valid_to="valid_to > valid_from",
        ),
        *_refers("catalogue_price", list_id="catalogue_price_list", variant_id="catalogue_variant"),
    )
    _index("ix_catalogue_price_variant", "catalogue_price", "variant_id valid_from")
    _unique(
        "uq_catalogue_price_lot_start",
        "catalogue_price",
        "list_id variant_id lot_id min_qty valid_from",
        where="lot_id IS NOT NULL",
    )
    _unique(
        "uq_catalogue_price_start",
        "catalogue_price",
        "list_id variant_id min_qty valid_from",
        where="lot_id IS NULL",
    )


def _stop() -> None:
    _numbered(
        "catalogue_stop",
        *_texts("source reason"),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=True),
        *_checks(
            "catalogue_stop",
            source="source IN ('manual', 'schedule', 'stock')",
            until="until >= starts_at",
        ),
        *_refers("catalogue_stop", variant_id="catalogue_variant"),
    )
    _index("ix_catalogue_stop_variant_id", "catalogue_stop", "variant_id")
    _unique("uq_catalogue_stop_open", "catalogue_stop", "variant_id source", where="until IS NULL")


def _unit() -> None:
    _numbered(
        "catalogue_unit",
        *_texts("code code_key"),
        *_wholes("base_qty"),
        *_checks("catalogue_unit", base_qty="base_qty > 0"),
        *_refers("catalogue_unit", variant_id="catalogue_variant"),
    )
    _unique("uq_catalogue_unit_code", "catalogue_unit", "variant_id code_key")


def _numbered(table: str, *parts: Part) -> None:
    key = sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}"))
    op.create_table(table, sa.Column("id", WHOLE, nullable=False), *parts, key)


def _recorded(table: str, *parts: Part) -> None:
    _numbered(
        table,
        *_texts("public_id"),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("version", WHOLE, server_default="1", nullable=False),
        *parts,
        sa.UniqueConstraint("public_id", name=op.f(f"uq_{table}_public_id")),
    )


def _texts(names: str) -> list[Part]:
    return [sa.Column(name, sa.String(), nullable=False) for name in names.split()]


def _wholes(names: str, *, nullable: bool = False) -> list[Part]:
    return [sa.Column(name, WHOLE, nullable=nullable) for name in names.split()]


def _checks(table: str, **conditions: str) -> list[Part]:
    return [
        sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))
        for name, condition in conditions.items()
    ]


def _refers(table: str, *, nullable: bool = False, **to: str) -> list[Part]:
    names = {column: op.f(f"fk_{table}_{column}_{other}") for column, other in to.items()}
    return [
        *_wholes(" ".join(to), nullable=nullable),
        *(sa.ForeignKeyConstraint([c], [f"{to[c]}.id"], name=names[c]) for c in to),
    ]


def _index(name: str, table: str, columns: str) -> None:
    op.create_index(name, table, columns.split(), unique=False)


def _unique(name: str, table: str, columns: str, *, where: str | None = None) -> None:
    only = sa.text(where) if where else None
    given = columns.split()
    op.create_index(name, table, given, unique=True, sqlite_where=only, postgresql_where=only)


def _guard(name: str, event: str, *, condition: str, said: str) -> None:
    if is_lite():
        when = f" WHEN {condition}" if condition else ""
        body = f"SELECT RAISE(ABORT, '{said}')"
        op.execute(f"CREATE TRIGGER {name} {event} FOR EACH ROW{when} BEGIN {body}; END")
        return
    back = "OLD" if "DELETE" in event else "NEW"
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger AS $$ BEGIN IF {condition or 'TRUE'} THEN"
        f" {_raising(said)}; END IF; RETURN {back}; END $$ LANGUAGE plpgsql"
    )
    op.execute(f"CREATE TRIGGER {name} {event} FOR EACH ROW EXECUTE FUNCTION {name}()")


def _refuse_truncation() -> None:
    """TRUNCATE asks no trigger of a row, so that it needs one of its own."""
    op.execute(
        "CREATE FUNCTION catalogue_is_not_emptied() RETURNS trigger AS $$ BEGIN"
        f" {_raising('catalogue_is_frozen')}; END $$ LANGUAGE plpgsql"
    )
    for table in FROZEN:
        op.execute(
            f"CREATE TRIGGER {table}_is_not_emptied BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION catalogue_is_not_emptied()"
        )


def _raising(said: str) -> str:
    return f"RAISE EXCEPTION '{said}' USING ERRCODE = 'integrity_constraint_violation'"


# In this order each refers only to what is there.
MAKERS = (
    ("shop", _shop),
    ("brand", _brand),
    ("category", _category),
    ("price_list", _price_list),
    ("tax_class", _tax_class),
    ("item", _item),
    ("tax_rate", _tax_rate),
    ("variant", _variant),
    ("allergen", _allergen),
    ("fact", _fact),
    ("identifier", _identifier),
    ("price", _price),
    ("stop", _stop),
    ("unit", _unit),
)
