"""like orders, and bursts of them (集中反映)"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "order_alike",
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("other_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_alike_order_id")),
        sa.ForeignKeyConstraint(["other_id"], ["orders.id"], name=op.f("fk_order_alike_other_id")),
        sa.PrimaryKeyConstraint("order_id", "other_id", name=op.f("pk_order_alike")),
    )
    op.create_index("ix_order_alike_other_id", "order_alike", ["other_id"])
    op.create_table(
        "burst",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("area", sa.Text(), server_default="", nullable=False),
        sa.Column("topic", sa.Text(), server_default="", nullable=False),
        sa.Column("count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("notice_id", sa.BigInteger(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True)),
        sa.Column("settled_by", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_burst")),
    )
    op.create_index(
        "ix_burst_open", "burst", ["last_at"], postgresql_where=sa.text("settled_at IS NULL")
    )
    op.create_table(
        "burst_order",
        sa.Column("burst_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["burst_id"], ["burst.id"], name=op.f("fk_burst_order_burst_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_burst_order_order_id")),
        sa.PrimaryKeyConstraint("burst_id", "order_id", name=op.f("pk_burst_order")),
    )
    op.create_index("ix_burst_order_order_id", "burst_order", ["order_id"])


def downgrade() -> None:
    for name in ("burst_order", "burst", "order_alike"):
        op.drop_table(name)
