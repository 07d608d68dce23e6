"""what a unit closed in a month, and how it was rated"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_orders_unit_closed_at",
        "orders",
        ["unit", "closed_at"],
        postgresql_where=sa.text("closed_at IS NOT NULL"),
    )
    op.create_index(
        "ix_survey_rated_at",
        "survey",
        ["rated_at"],
        postgresql_where=sa.text("rated_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_survey_rated_at", "survey")
    op.drop_index("ix_orders_unit_closed_at", "orders")
