"""where orders are, so that those near by are found"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "order_spot",
        sa.Column("spot", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_spot_order_id")),
        sa.PrimaryKeyConstraint("spot", "order_id", name=op.f("pk_order_spot")),
    )
    op.create_index("ix_order_spot_order_id", "order_spot", ["order_id"])


def downgrade() -> None:
    op.drop_table("order_spot")
