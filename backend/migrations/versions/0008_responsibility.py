"""the responsibility list, and what the statistics of returns read"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "responsibility",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("area", sa.Text(), server_default="", nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date()),
        sa.Column("basis", sa.Text(), server_default="", nullable=False),
        sa.Column("amended_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_responsibility")),
    )
    op.create_index("ix_responsibility_category_area", "responsibility", ["category", "area"])
    op.create_index("ix_orders_category_area_id", "orders", ["category", "area", "id"])
    op.create_index(
        "ix_orders_disputed",
        "orders",
        ["area", "category"],
        postgresql_where=sa.text("returns >= 3"),
    )
    op.create_index(
        "ix_order_event_returns",
        "order_event",
        ["at"],
        postgresql_where=sa.text("kind IN ('return', 'grant', 'refuse')"),
    )


def downgrade() -> None:
    op.drop_index("ix_order_event_returns", "order_event")
    op.drop_index("ix_orders_disputed", "orders")
    op.drop_index("ix_orders_category_area_id", "orders")
    op.drop_table("responsibility")
