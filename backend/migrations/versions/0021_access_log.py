"""who saw personal data in clear (查阅记录); when an order was de-identified"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "access_log",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("page", sa.Text(), nullable=False),
        sa.Column("order_id", sa.BigInteger()),
        sa.Column("citizen_id", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_log")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_access_log_order_id"),
        sa.ForeignKeyConstraint(["citizen_id"], ["citizen.id"], name="fk_access_log_citizen_id"),
    )
    op.create_index("ix_access_log_at", "access_log", ["at"])
    op.create_index("ix_access_log_actor_id", "access_log", ["actor", "id"])
    op.create_index(
        "ix_access_log_order_id",
        "access_log",
        ["order_id"],
        postgresql_where=sa.text("order_id IS NOT NULL"),
    )
    op.add_column("orders", sa.Column("deidentified_at", sa.DateTime(timezone=True)))
    op.create_index(
        "ix_orders_over",
        "orders",
        ["updated_at"],
        postgresql_where=sa.text("state IN ('已归档', '已撤回') AND deidentified_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_orders_over", "orders")
    op.drop_column("orders", "deidentified_at")
    op.drop_table("access_log")
