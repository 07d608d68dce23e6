"""orders found by what they say; lists of one unit or one source in the order of their filing"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "order_search",
        sa.Column("order_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("terms", postgresql.TSVECTOR(), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["orders.id"],
            name="fk_order_search_order_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("order_id", name="pk_order_search"),
    )
    op.create_index(
        "ix_order_search_terms",
        "order_search",
        ["terms"],
        postgresql_using="gin",
        postgresql_with={"fastupdate": "off"},
    )
    op.create_table(
        "order_tally",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("tags", postgresql.JSONB(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_order_tally"),
    )
    op.execute(
        "INSERT INTO order_tally (state, unit, channel, tags, number)"
        " SELECT state, unit, channel, tags, count(*) FROM orders GROUP BY 1, 2, 3, 4"
    )
    op.create_index("ix_orders_unit_id", "orders", ["unit", "id"])
    op.create_index("ix_orders_channel_id", "orders", ["channel", "id"])
    op.create_index(
        "ix_orders_running",
        "orders",
        ["unit", "state", "paused_at", "sign_by", "deadline", "id"],
        postgresql_where=sa.text("state IN ('待签收', '办理中')"),
    )


def downgrade() -> None:
    for name in ("ix_orders_running", "ix_orders_channel_id", "ix_orders_unit_id"):
        op.drop_index(name, "orders")
    op.drop_table("order_tally")
    op.drop_table("order_search")
