"""counting the questions of a group reads the index only"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_question_group_id_asked_at", "question")
    op.create_index(
        "ix_question_group_id_asked_at",
        "question",
        ["group_id", "asked_at"],
        postgresql_include=["citizen_id", "state"],
    )


def downgrade() -> None:
    op.drop_index("ix_question_group_id_asked_at", "question")
    op.create_index("ix_question_group_id_asked_at", "question", ["group_id", "asked_at"])
