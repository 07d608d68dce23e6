"""personal data as sealed text; what SQL asks of it in columns of its own

Rows keep their values as they are: `huiying keys rotate` seals them, while serving.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

JSON = (
    ("message", "payload"),
    ("outbox", "rungs"),
    ("conversation", "dialogue"),
    ("order_event", "data"),
    ("cluster_task", "data"),
    ("platform_request", "response"),
)


def upgrade() -> None:
    op.add_column(
        "order_event",
        sa.Column(
            "facets",
            postgresql.JSONB(),
            nullable=False,
            server_default=sa.text("'{}'"),
        ),
    )
    op.execute(
        "UPDATE order_event SET facets = jsonb_strip_nulls(jsonb_build_object("
        "'unit', data->'unit', 'asked', data->'asked',"
        " 'step', data->'step', 'round', data->'round'))"
        " WHERE data ?| array['unit', 'asked', 'step', 'round']"
    )
    op.add_column(
        "conversation",
        sa.Column("unfinished", sa.Boolean(), nullable=False, server_default=sa.text("false")),
    )
    op.execute(
        "UPDATE conversation SET unfinished = true WHERE dialogue ? 'asking'"
        " AND (dialogue ? 'draft' OR dialogue->>'asking' = 'clarify')"
    )
    op.drop_index("ix_conversation_unfinished", "conversation")
    for table, column in JSON:
        op.execute(f"ALTER TABLE {table} ALTER {column} DROP DEFAULT")
        op.execute(f"ALTER TABLE {table} ALTER {column} TYPE text USING {column}::text")
    for table, column in (JSON[0], *JSON[2:5]):
        op.execute(f"ALTER TABLE {table} ALTER {column} SET DEFAULT '{{}}'")
    op.create_index(
        "ix_conversation_unfinished",
        "conversation",
        ["last_message_at"],
        postgresql_where=sa.text("mode = 'bot' AND unfinished"),
    )
    op.execute("ALTER TABLE notice ALTER text SET DEFAULT ''")
    op.add_column("orders", sa.Column("contact_index", sa.LargeBinary()))
    op.drop_index("ix_orders_contact_id", "orders")
    op.create_index(
        "ix_orders_contact_index_id",
        "orders",
        ["contact_index", "id"],
        postgresql_where=sa.text("contact_index IS NOT NULL"),
    )
