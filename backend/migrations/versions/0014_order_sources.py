"""orders by their source and their desk; webhooks by when they were taken"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_orders_channel_state_id", "orders", ["channel", "state", "id"])
    op.create_index(
        "ix_webhook_sent_at",
        "webhook",
        ["sent_at"],
        postgresql_where=sa.text("sent_at IS NOT NULL"),
    )
    op.create_index("ix_orders_tags", "orders", ["tags"], postgresql_using="gin")


def downgrade() -> None:
    op.drop_index("ix_orders_tags", "orders")
    op.drop_index("ix_webhook_sent_at", "webhook")
    op.drop_index("ix_orders_channel_state_id", "orders")
