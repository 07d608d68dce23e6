"""orders say street, date and companies"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    for name in ("street", "occurred_on"):
        op.add_column("orders", sa.Column(name, sa.Text(), server_default="", nullable=False))
    op.add_column(
        "orders",
        sa.Column(
            "companies",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
        ),
    )


def downgrade() -> None:
    for name in ("companies", "occurred_on", "street"):
        op.drop_column("orders", name)
