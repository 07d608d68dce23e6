"""other platforms: their keys, orders, requests and webhooks"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "platform",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("webhook_url", sa.Text(), server_default="", nullable=False),
        sa.Column("webhook_secret", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_platform")),
        sa.UniqueConstraint("name", name=op.f("uq_platform_name")),
    )
    op.create_table(
        "platform_key",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("platform_id", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True)),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(
            ["platform_id"], ["platform.id"], name=op.f("fk_platform_key_platform_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_platform_key")),
    )
    op.create_table(
        "platform_order",
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("platform_id", sa.BigInteger(), nullable=False),
        sa.Column("external_number", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_platform_order_order_id")
        ),
        sa.ForeignKeyConstraint(
            ["platform_id"], ["platform.id"], name=op.f("fk_platform_order_platform_id")
        ),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_platform_order")),
    )
    op.create_index(
        "ix_platform_order_platform_id_order_id", "platform_order", ["platform_id", "order_id"]
    )
    op.create_index(
        "ix_platform_order_external_number",
        "platform_order",
        ["platform_id", "external_number"],
        unique=True,
        postgresql_where=sa.text("external_number <> ''"),
    )
    op.create_table(
        "platform_request",
        sa.Column("platform_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("response", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["platform_id"], ["platform.id"], name=op.f("fk_platform_request_platform_id")
        ),
        sa.PrimaryKeyConstraint("platform_id", "key", name=op.f("pk_platform_request")),
    )
    op.create_index("ix_platform_request_created_at", "platform_request", ["created_at"])
    op.create_table(
        "webhook",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("platform_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("about_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), server_default="pending", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True)),
        sa.Column("error", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(
            ["platform_id"], ["platform.id"], name=op.f("fk_webhook_platform_id")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_webhook_order_id")),
        sa.ForeignKeyConstraint(["about_id"], ["orders.id"], name=op.f("fk_webhook_about_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook")),
    )
    op.create_index(
        "ix_webhook_pending",
        "webhook",
        ["due_at", "id"],
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index(
        "ix_webhook_pending_order",
        "webhook",
        ["platform_id", "order_id", "id"],
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index(
        "ix_webhook_dead", "webhook", ["id"], postgresql_where=sa.text("state = 'dead'")
    )
    op.create_index("ix_orders_updated_at_id", "orders", ["updated_at", "id"])
    op.create_index(
        "ix_orders_contact_id",
        "orders",
        ["contact", "id"],
        postgresql_where=sa.text("contact <> ''"),
    )


def downgrade() -> None:
    op.drop_index("ix_orders_contact_id", "orders")
    op.drop_index("ix_orders_updated_at_id", "orders")
    for name in ("webhook", "platform_request", "platform_order", "platform_key", "platform"):
        op.drop_table(name)
