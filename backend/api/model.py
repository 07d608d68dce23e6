"""What the API takes and gives, as types; openapi.py makes the document of them."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

# PostgreSQL keeps no NUL.
Words = Annotated[str, Meta(max_length=2000, pattern="^[^\\x00]*$")]
Line = Annotated[str, Meta(max_length=200, pattern="^[^\\x00\\r\\n]*$")]
Needed = Annotated[
    str, Meta(min_length=1, max_length=2000, pattern="^[^\\x00]*[^\\x00\\s][^\\x00]*$")
]
Type = Literal["咨询", "求助", "投诉", "举报", "建议", "表扬"]
Priority = Literal["一般", "紧急", "特急"]


class In(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What comes in: a misspelt field is an error, not lost."""


class NewOrder(In, frozen=True):
    """An order to file. `external_number` is the sender's own, `desk` a special desk (专席)."""

    facts: Needed
    type: Type
    external_number: Annotated[str, Meta(max_length=64, pattern="^[^\\x00\\s]*$")] = ""
    demand: Words = ""
    citizen_name: Line = ""
    contact: Annotated[str, Meta(max_length=40, pattern="^[0-9+ ()-]*$")] = ""
    place: Line = ""
    area: Line = ""
    occurred_at: Line = ""
    category: Line = ""
    priority: Priority = "一般"
    confidential: bool = False
    desk: Line = ""


class Note(In, frozen=True):
    """补充: something to add to the matter."""

    text: Needed


class Urge(In, frozen=True):
    """催办: ask to hurry."""

    text: Words = ""


class Withdraw(In, frozen=True):
    """撤回: the matter is no longer wanted."""

    reason: Words = ""


class Reopen(In, frozen=True):
    """重办: a closed matter is not done."""

    reason: Needed


class Correct(In, frozen=True):
    """更正: fields that were wrong; the others stay."""

    facts: Needed | UnsetType = UNSET
    type: Type | UnsetType = UNSET
    demand: Words | UnsetType = UNSET
    citizen_name: Line | UnsetType = UNSET
    contact: Annotated[str, Meta(max_length=40, pattern="^[0-9+ ()-]*$")] | UnsetType = UNSET
    place: Line | UnsetType = UNSET
    area: Line | UnsetType = UNSET
    occurred_at: Line | UnsetType = UNSET
    category: Line | UnsetType = UNSET
    confidential: bool | UnsetType = UNSET


STEPS: dict[str, type[In]] = {
    "note": Note,
    "urge": Urge,
    "withdraw": Withdraw,
    "correct": Correct,
    "reopen": Reopen,
}
"""The steps of the lifecycle that a platform may take, and what each is told."""


class Created(Struct, frozen=True):
    """An order as it was filed. `joined` is the order it was joined to (并入), '' if none."""

    number: str
    external_number: str
    state: str
    version: int
    joined: str = ""


class Standing(Struct, frozen=True):
    """How far an order is. `reply` is there once it is closed."""

    number: str
    state: str
    unit: str
    deadline: datetime | None
    reply: str


class OrderView(Struct, frozen=True):
    """An order as its platform sees it; `joined` is how far the order it was joined to is."""

    number: str
    external_number: str
    version: int
    state: str
    channel: str
    type: str
    category: str
    area: str
    place: str
    occurred_at: str
    facts: str
    demand: str
    citizen_name: str
    contact: str
    confidential: bool
    priority: str
    tags: list[str]
    unit: str
    sign_by: datetime | None
    deadline: datetime | None
    reply: str
    rating: str
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    joined: Standing | None


class Page(Struct, frozen=True):
    """Some orders, the longest unchanged first; `cursor` begins the next page, None at the end."""

    orders: list[OrderView]
    cursor: str | None


class Progress(Struct, frozen=True):
    """Something that happened to an order: an item of its history, and the body of a webhook.

    `version` rises with each; `master` is the order on which it happened, if not on this one.
    """

    event: str
    number: str
    external_number: str
    version: int
    at: datetime
    state: str
    unit: str
    deadline: datetime | None
    reply: str
    rating: str
    master: str


class Progresses(Struct, frozen=True):
    """The history of an order, oldest first, without what is the office's own."""

    events: list[Progress]


class AttachmentView(Struct, frozen=True):
    """A picture or paper of an order: `step` is `note` for the platform's own, `close` for what the
    unit attached to its closing. `kind` is image or pdf, `format` jpg, png, webp or pdf."""

    id: int
    step: str
    kind: str
    format: str
    at: datetime


class Attachments(Struct, frozen=True):
    """What a platform may see of an order's attachments, oldest first."""

    attachments: list[AttachmentView]


class Subscription(In, frozen=True):
    """Where the platform wants to be told of its orders."""

    url: Line


class Subscribed(Struct, frozen=True):
    """`secret` signs what is sent; it is given this once."""

    url: str
    secret: str


class Waiting(Struct, frozen=True):
    """Where the platform is told ('' for nowhere), how much waits, and how much was given up."""

    url: str
    pending: int
    dead: int
