"""The town knows its people and their affiliations.

Suits the release before it: it only makes new tables.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_04_people"
down_revision = "2026_11_03_identity"

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
TABLES = (
    "people_person",
    "people_affiliation",
)


def upgrade() -> None:
    """Make the tables."""
    _person()
    _affiliation()


def downgrade() -> None:
    """Take everything away again."""
    for table in reversed(TABLES):
        op.drop_table(table)


def _person() -> None:
    op.create_table(
        "people_person",
        sa.Column("given", sa.String(), nullable=False),
        sa.Column("middle", sa.String(), nullable=False),
        sa.Column("family", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_key", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("guardian_id", WHOLE, nullable=True),
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("version", WHOLE, server_default="1", nullable=False),
        sa.ForeignKeyConstraint(
            ["guardian_id"],
            ["people_person.id"],
            name=op.f("fk_people_person_guardian_id_people_person"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people_person")),
        sa.UniqueConstraint("public_id", name=op.f("uq_people_person_public_id")),
    )
    op.create_index("ix_people_person_name", "people_person", ["name_key", "id"], unique=False)


def _affiliation() -> None:
    op.create_table(
        "people_affiliation",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("person_id", WHOLE, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('student', 'faculty', 'staff', 'visitor', 'customer', 'courier')",
            name=op.f("ck_people_affiliation_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["people_person.id"],
            name=op.f("fk_people_affiliation_person_id_people_person"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people_affiliation")),
        sa.UniqueConstraint("kind", "number", name=op.f("uq_people_affiliation_kind_number")),
    )
    op.create_index(
        op.f("ix_people_affiliation_person_id"), "people_affiliation", ["person_id"], unique=False
    )
