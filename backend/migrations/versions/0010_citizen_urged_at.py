"""orders know when their citizen last urged"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("orders", sa.Column("citizen_urged_at", sa.DateTime(timezone=True)))
    op.execute(
        "UPDATE orders SET citizen_urged_at = e.at FROM (SELECT order_id, max(at) AS at"
        " FROM order_event WHERE kind = 'urge' AND actor LIKE 'citizen:%' GROUP BY order_id) e"
        " WHERE e.order_id = orders.id"
    )


def downgrade() -> None:
    op.drop_column("orders", "citizen_urged_at")
