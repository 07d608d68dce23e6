"""knowledge has revisions, an order of changes, and feedback by message"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SEQUENCE knowledge_change")
    op.add_column("knowledge", sa.Column("wrong", sa.Text(), server_default="", nullable=False))
    op.add_column(
        "knowledge",
        sa.Column(
            "change",
            sa.BigInteger(),
            server_default=sa.text("nextval('knowledge_change')"),
            nullable=False,
        ),
    )
    op.add_column(
        "knowledge",
        sa.Column(
            "confirmed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("'epoch'"),
            nullable=False,
        ),
    )
    op.add_column(
        "knowledge", sa.Column("confirmed_by", sa.Text(), server_default="", nullable=False)
    )
    op.execute("UPDATE knowledge SET confirmed_at = updated_at")
    op.create_index("ix_knowledge_change", "knowledge", ["change"], unique=True)
    op.create_index(
        "ix_knowledge_valid_until",
        "knowledge",
        ["valid_until"],
        postgresql_where=sa.text("valid_until IS NOT NULL"),
    )
    _revisions()
    _feedback()


def _revisions() -> None:
    op.create_table(
        "knowledge_revision",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("knowledge_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), server_default="", nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_revision")),
        sa.ForeignKeyConstraint(
            ["knowledge_id"],
            ["knowledge.id"],
            name=op.f("fk_knowledge_revision_knowledge_id_knowledge"),
        ),
        sa.UniqueConstraint(
            "knowledge_id", "number", name=op.f("uq_knowledge_revision_knowledge_id_number")
        ),
    )
    # What is there has no history yet: its first known revision is how it stands today.
    op.execute(
        "INSERT INTO knowledge_revision (knowledge_id, number, kind, at, actor, why, content)"
        " SELECT id, revision, 'create', updated_at, 'system:', '历史记录从此开始',"
        " jsonb_build_object('title', title, 'answer', answer, 'questions', questions,"
        " 'unit', unit, 'source', source, 'valid_until', valid_until, 'category', category,"
        " 'retired', retired) FROM knowledge"
    )


def _feedback() -> None:
    op.create_table(
        "knowledge_feedback",
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("knowledge_id", sa.BigInteger(), nullable=False),
        sa.Column("solved", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_knowledge_feedback")),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["message.id"],
            name=op.f("fk_knowledge_feedback_message_id_message"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["knowledge_id"],
            ["knowledge.id"],
            name=op.f("fk_knowledge_feedback_knowledge_id_knowledge"),
        ),
    )
    op.create_index(
        "ix_knowledge_feedback_knowledge_id_at", "knowledge_feedback", ["knowledge_id", "at"]
    )
    # So far a counter was all there was; the messages behind it can be told by their outcome.
    op.execute(
        "INSERT INTO knowledge_feedback (message_id, knowledge_id, solved, at)"
        " SELECT message.id, knowledge_id, outcome = 'command', received_at FROM message"
        " JOIN knowledge ON knowledge.id = knowledge_id WHERE outcome IN ('command', 'asked')"
    )
    op.drop_column("knowledge", "solved")
    op.drop_column("knowledge", "unsolved")


def downgrade() -> None:
    for name in ("solved", "unsolved"):
        op.add_column(
            "knowledge", sa.Column(name, sa.Integer(), server_default="0", nullable=False)
        )
    op.drop_table("knowledge_feedback")
    op.drop_table("knowledge_revision")
    op.drop_index("ix_knowledge_valid_until", "knowledge")
    op.drop_index("ix_knowledge_change", "knowledge")
    for name in ("confirmed_by", "confirmed_at", "change", "wrong"):
        op.drop_column("knowledge", name)
    op.execute("DROP SEQUENCE knowledge_change")
