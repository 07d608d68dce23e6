"""staff and platforms attach files to an order's steps"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("attachment", "citizen_id", existing_type=sa.BigInteger(), nullable=True)
    op.add_column("attachment", sa.Column("step", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    op.execute("DELETE FROM attachment WHERE citizen_id IS NULL")
    op.drop_column("attachment", "step")
    op.alter_column("attachment", "citizen_id", existing_type=sa.BigInteger(), nullable=False)
