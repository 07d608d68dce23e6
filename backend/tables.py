"""The tables, in one place: what every room of the backend reads and writes.

Times are stored with time zone and always come from the clock, never from the database's now(),
so that the simulator can turn time forward; but for leases, which are about processes. What tells
who a citizen is lies sealed (`_sealed`, `_sealed_json`): PostgreSQL can store it, and not read it.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Sequence,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR

from backend.sealed import Sealed, SealedJson

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id() -> Column[int]:
    return Column("id", BigInteger, Identity(), primary_key=True)


def _moment(name: str, *, nullable: bool = True) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=nullable)


def _words(name: str) -> Column[str]:
    return Column(name, Text, nullable=False, server_default="")


def _sealed(table: str, name: str) -> Column[str]:
    return Column(name, Sealed(f"{table}.{name}"), nullable=False, server_default="")


def _sealed_json(table: str, name: str) -> Column[Any]:
    return Column(name, SealedJson(f"{table}.{name}"), nullable=False, server_default=text("'{}'"))


def _count(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False, server_default="0")


setting = Table(
    "setting",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", JSONB, nullable=False),
)

citizen = Table(
    "citizen",
    metadata,
    _id(),
    Column("channel", Text, nullable=False),
    # NULL after the citizen has left: the order stays, de-identified (docs/design.md section 5).
    Column("openid", Text),
    _sealed("citizen", "name"),
    _sealed("citizen", "phone"),
    Column("following", Boolean, nullable=False, server_default=text("true")),
    Column("surveys_wanted", Boolean, nullable=False, server_default=text("true")),
    _moment("created_at", nullable=False),
    _moment("erased_at"),
    UniqueConstraint("channel", "openid"),
)

conversation = Table(
    "conversation",
    metadata,
    Column(
        "citizen_id", BigInteger, ForeignKey("citizen.id", ondelete="CASCADE"), primary_key=True
    ),
    # bot: the bot answers; waiting: a human was asked for; human: an agent has the chat.
    Column("mode", Text, nullable=False, server_default="bot"),
    Column("agent_id", BigInteger, ForeignKey("staff.id")),
    _words("waiting_reason"),
    _moment("waiting_since"),
    _sealed_json("conversation", "dialogue"),
    # A question of the order dialogue is open: see conversations.is_unfinished.
    Column("unfinished", Boolean, nullable=False, server_default=text("false")),
    # The ledger of what we may still send (docs/design.md section 5): after a message, a tap.
    _moment("window_until"),
    Column("window_left", Integer, nullable=False, server_default="0"),
    _moment("tap_until"),
    Column("tap_left", Integer, nullable=False, server_default="0"),
    _moment("last_message_at", nullable=False),
    # Whether an accepted message waits to be handled. It stands here and not in a query, as only
    # the locked row itself is seen fresh by who waited for the lock.
    Column("backlog", Boolean, nullable=False, server_default=text("false")),
    # What bot/patience.py looks for: begun, and left by its citizen.
    Index(
        "ix_conversation_unfinished",
        "last_message_at",
        postgresql_where=text("mode = 'bot' AND unfinished"),
    ),
    Index(
        "ix_conversation_waiting",
        "waiting_since",
        postgresql_where=text("mode <> 'bot'"),
    ),
)

message = Table(
    "message",
    metadata,
    _id(),
    Column("key", Text, nullable=False, unique=True),
    Column("citizen_id", BigInteger, ForeignKey("citizen.id"), nullable=False),
    Column("kind", Text, nullable=False),
    _sealed("message", "text"),
    _sealed_json("message", "payload"),
    _moment("received_at", nullable=False),
    # NULL while accepted and not yet handled.
    Column("outcome", Text),
    Column("knowledge_id", BigInteger),
    Column("order_id", BigInteger, ForeignKey("orders.id")),
    Column("confidence", Double),
    Column("seconds", Double),
    Index("ix_message_citizen_id_id", "citizen_id", "id"),
    Index("ix_message_unhandled", "citizen_id", "id", postgresql_where=text("outcome IS NULL")),
    # BRIN: messages only grow, and the console asks for those of today on every page.
    Index("ix_message_received_at", "received_at", postgresql_using="brin"),
    Index(
        "ix_message_knowledge_id", "knowledge_id", postgresql_where=text("knowledge_id IS NOT NULL")
    ),
)

outbox = Table(
    "outbox",
    metadata,
    _id(),
    Column("citizen_id", BigInteger, ForeignKey("citizen.id"), nullable=False),
    Column("message_id", BigInteger, ForeignKey("message.id")),
    Column("order_id", BigInteger, ForeignKey("orders.id")),
    # bot, system, survey, or the login of an agent
    _words("author"),
    # The ways to say it, best first: [Reply or Notice as JSON, ...]; `rung` is the one in use.
    Column("rungs", SealedJson("outbox.rungs"), nullable=False),
    Column("rung", Integer, nullable=False, server_default="0"),
    # pending, passive (given as the HTTP answer), sent, failed, unreachable, dropped
    Column("state", Text, nullable=False, server_default="pending"),
    # A message that may use the one kept in reserve: the outcome of an order, a survey.
    Column("reserved", Boolean, nullable=False, server_default=text("false")),
    Column("attempts", Integer, nullable=False, server_default="0"),
    _moment("due_at", nullable=False),
    _moment("leased_until"),
    _words("error"),
    _moment("created_at", nullable=False),
    _moment("sent_at"),
    Index("ix_outbox_pending", "due_at", "id", postgresql_where=text("state = 'pending'")),
    Index(
        "ix_outbox_pending_citizen", "citizen_id", "id", postgresql_where=text("state = 'pending'")
    ),
    Index("ix_outbox_citizen_id_id", "citizen_id", "id"),
    Index("ix_outbox_message_id", "message_id"),
    Index("ix_outbox_order_id", "order_id", postgresql_where=text("order_id IS NOT NULL")),
    Index(
        "ix_outbox_undelivered",
        "id",
        postgresql_where=text("state IN ('failed', 'unreachable')"),
    ),
)

attachment = Table(
    "attachment",
    metadata,
    _id(),
    # NULL for what staff or a platform attached with a step of the order: close, contact, note.
    Column("citizen_id", BigInteger, ForeignKey("citizen.id")),
    Column("message_id", BigInteger, ForeignKey("message.id")),
    Column("order_id", BigInteger, ForeignKey("orders.id")),
    _words("step"),
    Column("kind", Text, nullable=False),
    Column("media_id", Text, nullable=False),
    _words("format"),
    # pending, stored, failed: temporary media live 3 days at WeChat
    Column("state", Text, nullable=False, server_default="pending"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    _moment("due_at", nullable=False),
    _words("path"),
    _words("error"),
    _moment("created_at", nullable=False),
    Index("ix_attachment_pending", "due_at", postgresql_where=text("state = 'pending'")),
    Index("ix_attachment_citizen_id", "citizen_id"),
    Index("ix_attachment_order_id", "order_id", postgresql_where=text("order_id IS NOT NULL")),
)

orders = Table(
    "orders",
    metadata,
    _id(),
    Column("number", Text, nullable=False, unique=True),
    Column("state", Text, nullable=False),
    # How many events the projection holds: two people acting at once differ in it.
    Column("version", Integer, nullable=False),
    Column("channel", Text, nullable=False),
    Column("citizen_id", BigInteger, ForeignKey("citizen.id")),
    # The message that began it; one draft makes one order at most.
    Column("draft_id", BigInteger, unique=True),
    _sealed("orders", "citizen_name"),
    _sealed("orders", "contact"),
    # By what orders of the same telephone are found (sealing.blind); NULL where there is none.
    Column("contact_index", LargeBinary),
    _sealed("orders", "place"),
    _words("area"),
    # 街道, 乡镇, as the gazetteer knows them
    _words("street"),
    _sealed("orders", "occurred_at"),
    # ISO 8601, as precise as the citizen's words beside it
    _words("occurred_on"),
    Column("companies", JSONB, nullable=False, server_default=text("'[]'")),
    _words("type"),
    _words("category"),
    Column("priority", Text, nullable=False, server_default="一般"),
    _sealed("orders", "facts"),
    _sealed("orders", "demand"),
    Column("confidential", Boolean, nullable=False, server_default=text("false")),
    Column("tags", JSONB, nullable=False, server_default=text("'[]'")),
    # The number of the order that this one is part of (并入), '' if it stands alone.
    _words("master"),
    _words("unit"),
    Column("designated", Boolean, nullable=False, server_default=text("false")),
    # return, extend: what the unit has asked for and waits for.
    _words("asked"),
    _count("asked_days"),
    _count("rounds"),
    _sealed("orders", "reply"),
    _words("rating"),
    _moment("dispatched_at"),
    _moment("return_by"),
    _moment("sign_by"),
    _moment("signed_at"),
    _moment("deadline"),
    _moment("paused_at"),
    _moment("contacted_at"),
    _moment("replied_at"),
    _count("returns"),
    _count("refusals"),
    _count("extensions"),
    _count("reworks"),
    _count("urges"),
    _moment("citizen_urged_at"),
    _count("supervisions"),
    _count("misses"),
    Column("sign_missed", Boolean, nullable=False, server_default=text("false")),
    Column("deadline_missed", Boolean, nullable=False, server_default=text("false")),
    Column("points", Double, nullable=False, server_default="0"),
    _moment("created_at", nullable=False),
    _moment("updated_at", nullable=False),
    _moment("closed_at"),
    # When its personal data were taken out (backend/retention.py).
    _moment("deidentified_at"),
    Index(
        "ix_orders_over",
        "updated_at",
        postgresql_where=text("state IN ('已归档', '已撤回') AND deidentified_at IS NULL"),
    ),
    Index("ix_orders_citizen_id_id", "citizen_id", "id"),
    Index("ix_orders_state_id", "state", "id"),
    Index("ix_orders_channel_state_id", "channel", "state", "id"),
    Index("ix_orders_tags", "tags", postgresql_using="gin"),
    Index("ix_orders_unit_state_id", "unit", "state", "id"),
    Index("ix_orders_unit_id", "unit", "id"),
    Index("ix_orders_channel_id", "channel", "id"),
    # What a unit closed in a month.
    Index(
        "ix_orders_unit_closed_at",
        "unit",
        "closed_at",
        postgresql_where=text("closed_at IS NOT NULL"),
    ),
    # Other platforms ask for what has changed; the same phone may tell the same matter twice.
    Index("ix_orders_updated_at_id", "updated_at", "id"),
    Index(
        "ix_orders_contact_index_id",
        "contact_index",
        "id",
        postgresql_where=text("contact_index IS NOT NULL"),
    ),
    # Who closed the like before, and what was returned too often.
    Index("ix_orders_category_area_id", "category", "area", "id"),
    Index("ix_orders_disputed", "area", "category", postgresql_where=text("returns >= 3")),
    Index("ix_orders_master", "master", postgresql_where=text("master <> ''")),
    Index("ix_orders_asked", "asked", "id", postgresql_where=text("asked <> ''")),
    # What is due: a board counts it by time, and the scheduler looks for what was missed.
    Index(
        "ix_orders_running",
        "unit",
        "state",
        "paused_at",
        "sign_by",
        "deadline",
        "id",
        postgresql_where=text("state IN ('待签收', '办理中')"),
    ),
    Index("ix_orders_sign_by", "sign_by", postgresql_where=text("state = '待签收'")),
    Index(
        "ix_orders_deadline",
        "deadline",
        postgresql_where=text("state = '办理中' AND paused_at IS NULL"),
    ),
)

order_event = Table(
    "order_event",
    metadata,
    _id(),
    Column("order_id", BigInteger, ForeignKey("orders.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    _moment("at", nullable=False),
    Column("actor", Text, nullable=False),
    _sealed_json("order_event", "data"),
    # Of the data, what figures are made of: store.FACETS.
    Column("facets", JSONB, nullable=False, server_default=text("'{}'")),
    UniqueConstraint("order_id", "seq"),
    # The statistics of returns (退单) read a month of these.
    Index(
        "ix_order_event_returns",
        "at",
        postgresql_where=text("kind IN ('return', 'grant', 'refuse')"),
    ),
)

# Where orders are, by keyed hashes of estates and roads (backend/orders/nearness.py): the place
# itself is sealed. The primary key is read backwards for the newest of a spot.
order_spot = Table(
    "order_spot",
    metadata,
    Column("spot", Integer, primary_key=True, autoincrement=False),
    Column("order_id", BigInteger, ForeignKey("orders.id"), primary_key=True),
    Index("ix_order_spot_order_id", "order_id"),
)

# Which earlier orders an order is like in place and meaning (bot/bursts.py), and their bursts.
order_alike = Table(
    "order_alike",
    metadata,
    Column("order_id", BigInteger, ForeignKey("orders.id"), primary_key=True),
    Column("other_id", BigInteger, ForeignKey("orders.id"), primary_key=True),
    Index("ix_order_alike_other_id", "other_id"),
)

burst = Table(
    "burst",
    metadata,
    _id(),
    _words("area"),
    _words("topic"),
    _count("count"),
    _moment("began_at", nullable=False),
    _moment("last_at", nullable=False),
    Column("notice_id", BigInteger, nullable=False),
    _moment("settled_at"),
    _words("settled_by"),
    Index("ix_burst_open", "last_at", postgresql_where=text("settled_at IS NULL")),
)

burst_order = Table(
    "burst_order",
    metadata,
    Column("burst_id", BigInteger, ForeignKey("burst.id"), primary_key=True),
    Column("order_id", BigInteger, ForeignKey("orders.id"), primary_key=True),
    Index("ix_burst_order_order_id", "order_id"),
)

# What is still to be done to single orders of a cluster (并单): one row a step, deleted with it.
# It has no foreign keys: checking them would lock the orders, in another order than the steps do.
cluster_task = Table(
    "cluster_task",
    metadata,
    _id(),
    Column("order_id", BigInteger, nullable=False),
    # follow, link, unlink; look: a new order, to be compared with those before it
    Column("kind", Text, nullable=False),
    # The number of the order whose cluster it concerns, to show how far it is.
    _words("master"),
    Column("actor", Text, nullable=False),
    _sealed_json("cluster_task", "data"),
    _count("attempts"),
    _moment("due_at", nullable=False),
    Index("ix_cluster_task_master", "master", postgresql_where=text("master <> ''")),
)

# By what orders are found: backend/orders/terms.py. Apart from `orders`, as these change at each
# step, and each change of the row would enter all its terms into the index again.
order_search = Table(
    "order_search",
    metadata,
    Column(
        "order_id",
        BigInteger,
        ForeignKey("orders.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("terms", TSVECTOR, nullable=False),
    Index(
        "ix_order_search_terms",
        "terms",
        postgresql_using="gin",
        # Each order enters its own terms: none waits for those of hundreds before it.
        postgresql_with={"fastupdate": "off"},
    ),
)

# How many orders there are: backend/orders/tally.py sums it up.
order_tally = Table(
    "order_tally",
    metadata,
    _id(),
    Column("state", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("tags", JSONB, nullable=False),
    Column("number", Integer, nullable=False),
)

responsibility = Table(
    "responsibility",
    metadata,
    _id(),
    # 一级/二级, or 一级 for all below it; area '' is the whole city.
    Column("category", Text, nullable=False),
    _words("area"),
    Column("unit", Text, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    _words("basis"),
    _moment("amended_at", nullable=False),
    Index("ix_responsibility_category_area", "category", "area"),
)

notice = Table(
    "notice",
    metadata,
    _id(),
    # Whom it is for: a unit, or '' for the office.
    Column("unit", Text, nullable=False),
    Column("kind", Text, nullable=False),
    _sealed("notice", "text"),
    Column("order_id", BigInteger, ForeignKey("orders.id")),
    _moment("created_at", nullable=False),
    _moment("seen_at"),
    _words("seen_by"),
    Index("ix_notice_unit_id", "unit", "id"),
    Index("ix_notice_open", "unit", "id", postgresql_where=text("seen_at IS NULL")),
    Index("ix_notice_order_id", "order_id", postgresql_where=text("order_id IS NOT NULL")),
)

order_number = Table(
    "order_number",
    metadata,
    Column("day", Text, primary_key=True),
    Column("last", Integer, nullable=False),
)

knowledge_change = Sequence("knowledge_change", metadata=metadata)

knowledge = Table(
    "knowledge",
    metadata,
    _id(),
    Column("title", Text, nullable=False, unique=True),
    Column("questions", JSONB, nullable=False, server_default=text("'[]'")),
    Column("answer", Text, nullable=False),
    _words("unit"),
    _words("source"),
    _words("category"),
    # The last day on which it may answer, YYYY-MM-DD on the city's calendar; NULL: no end.
    Column("valid_until", Text),
    Column("retired", Boolean, nullable=False, server_default=text("false")),
    # What its unit says is wrong with it; until an editor has acted it does not answer.
    _words("wrong"),
    Column("revision", Integer, nullable=False, server_default="1"),
    # Rises with every change, in the order of the commits: backend/knowledge/changes.py.
    Column(
        "change", BigInteger, nullable=False, server_default=text("nextval('knowledge_change')")
    ),
    # When the text was last written, and when somebody last said that it is right.
    _moment("updated_at", nullable=False),
    Column("confirmed_at", DateTime(timezone=True), nullable=False, server_default=text("'epoch'")),
    _words("confirmed_by"),
    Index("ix_knowledge_change", "change", unique=True),
    Index(
        "ix_knowledge_valid_until", "valid_until", postgresql_where=text("valid_until IS NOT NULL")
    ),
)

knowledge_revision = Table(
    "knowledge_revision",
    metadata,
    _id(),
    Column("knowledge_id", BigInteger, ForeignKey("knowledge.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    _moment("at", nullable=False),
    Column("actor", Text, nullable=False),
    _words("why"),
    Column("content", JSONB, nullable=False),
    UniqueConstraint("knowledge_id", "number"),
)

# What units were reminded of, each thing once: backend/knowledge/reminders.py.
knowledge_reminder = Table(
    "knowledge_reminder",
    metadata,
    _id(),
    # expiring (an entry, by its last day), review and late (a unit, by month)
    Column("kind", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("period", Text, nullable=False),
    Column("knowledge_id", BigInteger, ForeignKey("knowledge.id")),
    # Of how many entries it was, out of how many.
    Column("number", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    _moment("at", nullable=False),
    UniqueConstraint("kind", "unit", "period", "knowledge_id", postgresql_nulls_not_distinct=True),
)

# Files that were tried and not yet confirmed: backend/knowledge/uploads.py.
knowledge_upload = Table(
    "knowledge_upload",
    metadata,
    _id(),
    Column("member_id", BigInteger, ForeignKey("staff.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("replace", Boolean, nullable=False),
    Column("strict", Boolean, nullable=False),
    _moment("at", nullable=False),
)

# 「解决了」 and 「没解决」: one row for each message that said so.
knowledge_feedback = Table(
    "knowledge_feedback",
    metadata,
    Column(
        "message_id", BigInteger, ForeignKey("message.id", ondelete="CASCADE"), primary_key=True
    ),
    Column("knowledge_id", BigInteger, ForeignKey("knowledge.id"), nullable=False),
    Column("solved", Boolean, nullable=False),
    _moment("at", nullable=False),
    Index("ix_knowledge_feedback_knowledge_id_at", "knowledge_id", "at"),
)

# Questions asked in vain (群众问而未答): backend/questions.
question = Table(
    "question",
    metadata,
    _id(),
    Column("message_id", BigInteger, ForeignKey("message.id"), nullable=False, unique=True),
    Column("citizen_id", BigInteger, ForeignKey("citizen.id"), nullable=False),
    # Without names and numbers of persons (redaction.py); '' after the citizen has left.
    _sealed("question", "text"),
    # choices, unclear, office, unsolved, handoff: why it counts as asked in vain
    Column("why", Text, nullable=False),
    # The entry that was nearest, or did not help.
    Column("knowledge_id", BigInteger),
    _moment("asked_at", nullable=False),
    # open, answered (the citizen found an answer after all), gone (the citizen left)
    Column("state", Text, nullable=False, server_default="open"),
    Column("group_id", BigInteger, ForeignKey("question_group.id")),
    # Its group has not taken notice of its state yet.
    Column("pending", Boolean, nullable=False, server_default=text("true")),
    # What the encoder of the group's name made of it: float16.
    Column("vector", LargeBinary),
    Index("ix_question_pending", "id", postgresql_where=text("pending")),
    # With what a group counts, so that counting thousands reads the index only.
    Index(
        "ix_question_group_id_asked_at",
        "group_id",
        "asked_at",
        postgresql_include=["citizen_id", "state"],
    ),
    Index("ix_question_citizen_id", "citizen_id"),
)

question_group = Table(
    "question_group",
    metadata,
    _id(),
    # open, published (an entry answers it), dismissed (none of the knowledge base's business)
    Column("state", Text, nullable=False, server_default="open"),
    # The open question that is nearest to all others; it names the group.
    Column("central_id", BigInteger),
    Column("asked", Integer, nullable=False, server_default="0"),
    Column("citizens", Integer, nullable=False, server_default="0"),
    _moment("last_at", nullable=False),
    # The mean of its questions' vectors: float32; NULL when it has none and attracts none.
    Column("centre", LargeBinary),
    _words("encoder"),
    # The number of its last change among those of all groups (sequence question_change).
    Column("change", BigInteger, nullable=False),
    # What an editor has written so far of the entry that is to answer it.
    Column("draft", JSONB, nullable=False, server_default=text("'{}'")),
    Column("knowledge_id", BigInteger, ForeignKey("knowledge.id")),
    _words("reason"),
    # How often it had been asked when it was dismissed.
    Column("asked_then", Integer, nullable=False, server_default="0"),
    # Questions were moved: it is to be counted, and its middle found, anew.
    Column("stale", Boolean, nullable=False, server_default=text("false")),
    Index("ix_question_group_stale", "id", postgresql_where=text("stale")),
    Index("ix_question_group_change", "change"),
    Index("ix_question_group_state_asked", "state", "asked", "id"),
    Index("ix_question_group_state_last_at", "state", "last_at", "id"),
)

question_change = Sequence("question_change", metadata=metadata)

question_event = Table(
    "question_event",
    metadata,
    _id(),
    Column("group_id", BigInteger, ForeignKey("question_group.id"), nullable=False),
    # publish, merge, dismiss, reopen, move, undo
    Column("kind", Text, nullable=False),
    _moment("at", nullable=False),
    Column("actor", Text, nullable=False),
    _words("why"),
    # What is needed to undo it.
    Column("data", JSONB, nullable=False, server_default=text("'{}'")),
    Column("undone", Boolean, nullable=False, server_default=text("false")),
    Index("ix_question_event_group_id", "group_id", "id"),
)

question_news = Table(
    "question_news",
    metadata,
    Column("group_id", BigInteger, ForeignKey("question_group.id"), primary_key=True),
    Column("citizen_id", BigInteger, ForeignKey("citizen.id"), primary_key=True),
    # due, queued (see outbox), window, answered, left, unwanted, withdrawn: why it was not sent
    Column("state", Text, nullable=False, server_default="due"),
    Column("outbox_id", BigInteger, ForeignKey("outbox.id")),
    Index("ix_question_news_due", "group_id", postgresql_where=text("state = 'due'")),
    Index("ix_question_news_citizen_id", "citizen_id"),
)

# Other platforms that orders come from and go to: backend/api.
platform = Table(
    "platform",
    metadata,
    _id(),
    Column("name", Text, nullable=False, unique=True),
    # The source (来源渠道) that its orders count under.
    Column("channel", Text, nullable=False),
    _words("webhook_url"),
    # Needed as it is: both sides sign with it.
    _sealed("platform", "webhook_secret"),
    _moment("created_at", nullable=False),
)

platform_key = Table(
    "platform_key",
    metadata,
    _id(),
    Column("platform_id", BigInteger, ForeignKey("platform.id"), nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("scopes", JSONB, nullable=False),
    _moment("created_at", nullable=False),
    _moment("used_at"),
    _moment("revoked_at"),
)

platform_order = Table(
    "platform_order",
    metadata,
    Column("order_id", BigInteger, ForeignKey("orders.id"), primary_key=True),
    Column("platform_id", BigInteger, ForeignKey("platform.id"), nullable=False),
    # The number that the platform itself gave the matter.
    _words("external_number"),
    Index("ix_platform_order_platform_id_order_id", "platform_id", "order_id"),
    Index(
        "ix_platform_order_external_number",
        "platform_id",
        "external_number",
        unique=True,
        postgresql_where=text("external_number <> ''"),
    ),
)

# What was answered to a request with an Idempotency-Key, to be answered again.
platform_request = Table(
    "platform_request",
    metadata,
    Column("platform_id", BigInteger, ForeignKey("platform.id"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("status", Integer, nullable=False),
    Column("response", SealedJson("platform_request.response"), nullable=False),
    _moment("created_at", nullable=False),
    Index("ix_platform_request_created_at", "created_at"),
)

webhook = Table(
    "webhook",
    metadata,
    _id(),
    Column("platform_id", BigInteger, ForeignKey("platform.id"), nullable=False),
    # The platform's order, and the order on which it happened: another where it was joined (并入).
    Column("order_id", BigInteger, ForeignKey("orders.id"), nullable=False),
    Column("about_id", BigInteger, ForeignKey("orders.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    # pending, sent, dead (given up until somebody sends it again)
    Column("state", Text, nullable=False, server_default="pending"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    _moment("due_at", nullable=False),
    _moment("leased_until"),
    _words("error"),
    _moment("created_at", nullable=False),
    _moment("sent_at"),
    Index("ix_webhook_pending", "due_at", "id", postgresql_where=text("state = 'pending'")),
    Index(
        "ix_webhook_pending_order",
        "platform_id",
        "order_id",
        "id",
        postgresql_where=text("state = 'pending'"),
    ),
    Index("ix_webhook_sent_at", "sent_at", postgresql_where=text("sent_at IS NOT NULL")),
    Index("ix_webhook_dead", "id", postgresql_where=text("state = 'dead'")),
)

# Who saw personal data in clear, of whom and where; it holds none of it: backend/accesses.py.
access_log = Table(
    "access_log",
    metadata,
    _id(),
    _moment("at", nullable=False),
    # The login, platform or operator, and as what.
    Column("actor", Text, nullable=False),
    Column("role", Text, nullable=False),
    # order, chat, list
    Column("what", Text, nullable=False),
    # The address of the page, or the command.
    Column("page", Text, nullable=False),
    Column("order_id", BigInteger, ForeignKey("orders.id")),
    Column("citizen_id", BigInteger, ForeignKey("citizen.id")),
    Index("ix_access_log_at", "at"),
    Index("ix_access_log_actor_id", "actor", "id"),
    Index("ix_access_log_order_id", "order_id", postgresql_where=text("order_id IS NOT NULL")),
)

staff = Table(
    "staff",
    metadata,
    _id(),
    Column("login", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    # agent 坐席, handler 承办单位, supervisor 班长, editor 知识编辑, admin 管理员, auditor 审计
    Column("role", Text, nullable=False),
    _words("unit"),
    Column("password_hash", Text, nullable=False),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    # When their console was last open: who is on duty.
    _moment("seen_at"),
    _moment("created_at", nullable=False),
)

survey = Table(
    "survey",
    metadata,
    _id(),
    Column("order_id", BigInteger, ForeignKey("orders.id"), nullable=False),
    # Which closing of the order it asks about: an order that was reopened is asked about again.
    Column("round", Integer, nullable=False),
    Column("citizen_id", BigInteger, ForeignKey("citizen.id"), nullable=False),
    Column("token", Text, nullable=False, unique=True),
    # scheduled, asked, rated, unrated, cancelled
    Column("state", Text, nullable=False, server_default="scheduled"),
    _moment("due_at", nullable=False),
    Column("reminders", Integer, nullable=False, server_default="0"),
    Column("outbox_id", BigInteger, ForeignKey("outbox.id")),
    _moment("asked_at"),
    _moment("rated_at"),
    _words("rating"),
    _sealed("survey", "reason"),
    UniqueConstraint("order_id", "round"),
    Index(
        "ix_survey_due",
        "due_at",
        postgresql_where=text("state IN ('scheduled', 'asked')"),
    ),
    Index("ix_survey_citizen_id", "citizen_id"),
    # A month's ratings.
    Index("ix_survey_rated_at", "rated_at", postgresql_where=text("rated_at IS NOT NULL")),
)

secret = Table(
    "secret",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", LargeBinary, nullable=False),
)
