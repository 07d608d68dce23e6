"""questions asked in vain"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(sa.schema.CreateSequence(sa.Sequence("question_change")))
    op.create_table(
        "question_group",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("central_id", sa.BigInteger(), nullable=True),
        sa.Column("asked", sa.Integer(), server_default="0", nullable=False),
        sa.Column("citizens", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("centre", sa.LargeBinary(), nullable=True),
        sa.Column("encoder", sa.Text(), server_default="", nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.Column(
            "draft",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("knowledge_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("asked_then", sa.Integer(), server_default="0", nullable=False),
        sa.Column("stale", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(
            ["knowledge_id"], ["knowledge.id"], name=op.f("fk_question_group_knowledge_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question_group")),
    )
    op.create_index("ix_question_group_change", "question_group", ["change"], unique=False)
    op.create_index(
        "ix_question_group_state_asked", "question_group", ["state", "asked", "id"], unique=False
    )
    op.create_index(
        "ix_question_group_state_last_at",
        "question_group",
        ["state", "last_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_question_group_stale",
        "question_group",
        ["id"],
        unique=False,
        postgresql_where=sa.text("stale"),
    )
    op.create_table(
        "question_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "data",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("undone", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"], ["question_group.id"], name=op.f("fk_question_event_group_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question_event")),
    )
    op.create_index(
        "ix_question_event_group_id", "question_event", ["group_id", "id"], unique=False
    )
    op.create_table(
        "question",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("citizen_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("knowledge_id", sa.BigInteger(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=True),
        sa.Column("pending", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["citizen_id"], ["citizen.id"], name=op.f("fk_question_citizen_id")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["question_group.id"], name=op.f("fk_question_group_id")
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_question_message_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question")),
        sa.UniqueConstraint("message_id", name=op.f("uq_question_message_id")),
    )
    op.create_index("ix_question_citizen_id", "question", ["citizen_id"], unique=False)
    op.create_index(
        "ix_question_group_id_asked_at", "question", ["group_id", "asked_at"], unique=False
    )
    op.create_index(
        "ix_question_pending", "question", ["id"], unique=False, postgresql_where=sa.text("pending")
    )
    op.create_table(
        "question_news",
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("citizen_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), server_default="due", nullable=False),
        sa.Column("outbox_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["citizen_id"], ["citizen.id"], name=op.f("fk_question_news_citizen_id")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["question_group.id"], name=op.f("fk_question_news_group_id")
        ),
        sa.ForeignKeyConstraint(
            ["outbox_id"], ["outbox.id"], name=op.f("fk_question_news_outbox_id")
        ),
        sa.PrimaryKeyConstraint("group_id", "citizen_id", name=op.f("pk_question_news")),
    )
    op.create_index("ix_question_news_citizen_id", "question_news", ["citizen_id"], unique=False)
    op.create_index(
        "ix_question_news_due",
        "question_news",
        ["group_id"],
        unique=False,
        postgresql_where=sa.text("state = 'due'"),
    )


def downgrade() -> None:
    op.drop_index(
        "ix_question_news_due",
        table_name="question_news",
        postgresql_where=sa.text("state = 'due'"),
    )
    op.drop_index("ix_question_news_citizen_id", table_name="question_news")
    op.drop_table("question_news")
    op.drop_index("ix_question_pending", table_name="question", postgresql_where=sa.text("pending"))
    op.drop_index("ix_question_group_id_asked_at", table_name="question")
    op.drop_index("ix_question_citizen_id", table_name="question")
    op.drop_table("question")
    op.drop_index("ix_question_event_group_id", table_name="question_event")
    op.drop_table("question_event")
    op.drop_index("ix_question_group_state_last_at", table_name="question_group")
    op.drop_index("ix_question_group_state_asked", table_name="question_group")
    op.drop_index("ix_question_group_change", table_name="question_group")
    op.drop_table("question_group")
    op.execute(sa.schema.DropSequence(sa.Sequence("question_change")))
