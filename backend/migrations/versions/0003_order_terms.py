"""orders know their terms, requests and counts

Every column is a projection of the events, so that old orders get the defaults that their events
imply.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MOMENTS = (
    "dispatched_at",
    "return_by",
    "sign_by",
    "signed_at",
    "paused_at",
    "contacted_at",
    "replied_at",
)
COUNTS = (
    "asked_days",
    "returns",
    "refusals",
    "extensions",
    "reworks",
    "urges",
    "supervisions",
    "misses",
)
FLAGS = ("designated", "sign_missed", "deadline_missed")


def upgrade() -> None:
    for name in ("master", "asked"):
        op.add_column("orders", sa.Column(name, sa.Text(), server_default="", nullable=False))
    for name in MOMENTS:
        op.add_column("orders", sa.Column(name, sa.DateTime(timezone=True)))
    for name in COUNTS:
        op.add_column("orders", sa.Column(name, sa.Integer(), server_default="0", nullable=False))
    for name in FLAGS:
        false = sa.text("false")
        op.add_column("orders", sa.Column(name, sa.Boolean(), server_default=false, nullable=False))
    op.add_column("orders", sa.Column("points", sa.Double(), server_default="0", nullable=False))
    op.drop_column("orders", "master_id")
    _fill()
    op.create_index(
        "ix_orders_master", "orders", ["master"], postgresql_where=sa.text("master <> ''")
    )
    op.create_index(
        "ix_orders_asked", "orders", ["asked", "id"], postgresql_where=sa.text("asked <> ''")
    )
    op.create_index(
        "ix_orders_sign_by", "orders", ["sign_by"], postgresql_where=sa.text("state = '待签收'")
    )
    op.create_index(
        "ix_orders_deadline",
        "orders",
        ["deadline"],
        postgresql_where=sa.text("state = '办理中' AND paused_at IS NULL"),
    )


def _fill() -> None:
    """What the events of the orders there are say of the new columns."""
    last = (
        "UPDATE orders SET {column} = e.at FROM (SELECT order_id, max(at) AS at FROM order_event"
        " WHERE kind IN ({kinds}) GROUP BY order_id) e WHERE e.order_id = orders.id AND {when}"
    )
    op.execute(last.format(column="dispatched_at", kinds="'dispatch', 'reopen'", when="unit <> ''"))
    op.execute(last.format(column="replied_at", kinds="'close'", when="closed_at IS NOT NULL"))
    op.execute(
        last.format(
            column="signed_at",
            kinds="'sign'",
            when="(dispatched_at IS NULL OR e.at >= dispatched_at)",
        )
    )
    for column, kind in (("urges", "urge"), ("reworks", "reopen")):
        op.execute(
            f"UPDATE orders SET {column} = e.n FROM (SELECT order_id, count(*) AS n"
            f" FROM order_event WHERE kind = '{kind}' GROUP BY order_id) e"
            " WHERE e.order_id = orders.id"
        )


def downgrade() -> None:
    op.add_column("orders", sa.Column("master_id", sa.BigInteger(), sa.ForeignKey("orders.id")))
    for index in ("ix_orders_deadline", "ix_orders_sign_by", "ix_orders_asked", "ix_orders_master"):
        op.drop_index(index, "orders")
    for name in ("master", "asked", *MOMENTS, *COUNTS, *FLAGS, "points"):
        op.drop_column("orders", name)
