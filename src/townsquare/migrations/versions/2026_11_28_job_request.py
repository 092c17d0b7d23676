"""A job knows which request has set it off."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_28_job_request"
down_revision = "2026_11_24_rotation"


def upgrade() -> None:
    """Let jobs name their request."""
    op.add_column(
        "core_job", sa.Column("request_id", sa.String(), server_default="", nullable=False)
    )


def downgrade() -> None:
    """Let jobs stand alone."""
    op.drop_column("core_job", "request_id")
