"""a conversation knows of its unhandled messages"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "conversation",
        sa.Column("backlog", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.execute(
        "UPDATE conversation SET backlog = true WHERE EXISTS (SELECT FROM message"
        " WHERE message.citizen_id = conversation.citizen_id AND message.outcome IS NULL)"
    )


def downgrade() -> None:
    op.drop_column("conversation", "backlog")
