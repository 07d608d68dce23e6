"""WeChat's rules as a small model in memory, driven by a clock.

Everything that does not need a network is here: who follows, what may be sent to whom, what each
citizen has on the screen. The pushes (pusher.py), the API (api.py) and the page (page.py) are
three doors to it.
"""

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from backend.clock import Clock
from channels.simulator import content
from channels.simulator.access import AccessTokens
from channels.simulator.account import TEMPLATES, Account, Mode, Template, check_values
from channels.simulator.citizen import Bubble, Citizen, Sender, Way
from channels.simulator.content import Content, string
from channels.simulator.error import Refused
from channels.simulator.media import MediaStore
from channels.simulator.menu import DEFAULT_MENU, Menu, read_menu
from channels.simulator.quota import Interaction

OUTAGE_NOTICE = "该公众号提供的服务出现故障，请稍后再试"
"""What WeChat itself shows when the account's server does not answer."""
SPOKEN_WITHIN = timedelta(seconds=30)
"""A typing state needs an exchange so recent (45080)."""
DEDUP = timedelta(minutes=10)
"""How long the same client_msg_id is one message."""
CODE_LIFE = timedelta(minutes=5)

Listener = Callable[[str, Bubble | None], None]


@dataclass(frozen=True, slots=True)
class Sent:
    """What WeChat remembers of a template message: its msgid, and when it was."""

    msgid: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Code:
    """A code of the web authorisation (OAuth): for whom, since when, and whether it was used."""

    openid: str
    at: datetime
    used: bool = False


@dataclass(slots=True)
class World:
    """One official account, and the citizens who can write to it."""

    clock: Clock
    account: Account = field(default_factory=Account)
    templates: Mapping[str, Template] = field(default_factory=lambda: dict(TEMPLATES))
    mode: Mode = Mode.SAFE
    msgmenu_allowed: bool = True
    citizens: dict[str, Citizen] = field(default_factory=dict)
    menu: Menu = field(default_factory=lambda: list(DEFAULT_MENU))
    listeners: list[Listener] = field(default_factory=list)
    tokens: AccessTokens = field(init=False)
    media: MediaStore = field(init=False)
    sent: dict[tuple[str, str], Sent] = field(default_factory=dict)
    codes: dict[str, Code] = field(default_factory=dict)
    last_id: int = 0

    def __post_init__(self) -> None:
        self.tokens = AccessTokens(self.clock)
        self.media = MediaStore(self.clock)

    def next_id(self) -> int:
        """A number never given before, also after a restart without storage (like a MsgId)."""
        self.last_id = max(self.last_id + 1, time.time_ns())
        return self.last_id

    # -- citizens -----------------------------------------------------------------------------

    def meet(self, openid: str = "", name: str = "") -> Citizen:
        """The citizen with this openid; a new one (who follows) if there is none yet."""
        openid = openid or f"o{secrets.token_urlsafe(20)}"
        if openid not in self.citizens:
            label = name or f"市民{len(self.citizens) + 1}"
            self.citizens[openid] = Citizen(openid, label)
            self._tell(openid, None)
        return self.citizens[openid]

    def find(self, openid: str) -> Citizen:
        """The citizen with this openid, or 40003."""
        if openid not in self.citizens:
            raise Refused(40003)
        return self.citizens[openid]

    def interact(self, openid: str, interaction: Interaction) -> None:
        """The citizen did something that opens the window."""
        citizen = self.meet(openid)
        citizen.quota = citizen.quota.opened(interaction, self.clock.now())
        citizen.touched_at = self.clock.now()
        self._tell(openid, None)

    def follow(self, openid: str, following: bool) -> None:
        """The citizen follows or unfollows; unfollowing ends every right to send."""
        citizen = self.meet(openid)
        citizen.following = following
        if not following:
            citizen.quota = type(citizen.quota)()
            citizen.subscriptions.clear()
        self._tell(openid, None)

    def refuse(self, openid: str, refusing: bool) -> None:
        """The citizen turns 「拒收消息」 on or off."""
        self.meet(openid).refusing = refusing
        self._tell(openid, None)

    def subscribe(self, openid: str, template_id: str) -> None:
        """The citizen allows subscription notices (订阅通知) of this template."""
        self.meet(openid).subscriptions.add(template_id)
        self._tell(openid, None)

    # -- what is on the screen ----------------------------------------------------------------

    def show(self, openid: str, sender: Sender, what: Content, way: Way = Way.NONE) -> Bubble:
        """Put something on a citizen's screen."""
        citizen = self.meet(openid)
        now = self.clock.now()
        bubble = Bubble(
            self.next_id(), now, sender, what.kind, what.text, way, what.choices, what.data
        )
        citizen.bubbles.append(bubble)
        if sender is Sender.ACCOUNT:
            citizen.typing_since, citizen.touched_at = None, now
        self._tell(openid, bubble)
        return bubble

    def notice(self, openid: str, words: str) -> Bubble:
        """A grey line in the middle of the screen."""
        return self.show(openid, Sender.SYSTEM, Content("notice", words))

    # -- the calls of the API -----------------------------------------------------------------

    def send_custom(self, body: Mapping[str, Any]) -> None:
        """message/custom/send (客服消息)."""
        citizen = self.find(string(body, "touser"))
        what = content.read(body)
        if what.kind == "msgmenu" and not self.msgmenu_allowed:
            raise Refused(40200)
        for media_id in what.media_ids:
            self.media.get(media_id)
        if not citizen.following:
            raise Refused(45015)
        if citizen.refusing:
            raise Refused(48002)
        citizen.quota = citizen.quota.spent(self.clock.now())
        self.show(citizen.openid, Sender.ACCOUNT, what, Way.CUSTOM)

    def set_typing(self, body: Mapping[str, Any]) -> None:
        """message/custom/typing (客服输入状态)."""
        citizen = self.find(string(body, "touser"))
        now = self.clock.now()
        command = string(body, "command")
        if command not in ("Typing", "CancelTyping"):
            raise Refused(45072)
        if command == "Typing":
            self._check_typing(citizen, now)
        citizen.typing_since = now if command == "Typing" else None
        self._tell(citizen.openid, None)

    def send_template(self, body: Mapping[str, Any]) -> tuple[int, bool]:
        """message/template/send: the msgid, and whether it is a new message."""
        citizen = self.find(string(body, "touser"))
        card = self._card(body)
        if not citizen.following:
            raise Refused(43004)
        known = self._known(citizen.openid, string(body, "client_msg_id"))
        if known:
            return known.msgid, False
        msgid = self.next_id()
        self._remember(citizen.openid, string(body, "client_msg_id"), msgid)
        if not citizen.refusing:
            self.show(citizen.openid, Sender.ACCOUNT, card, Way.TEMPLATE)
        return msgid, True

    def send_subscription(self, body: Mapping[str, Any]) -> int:
        """message/subscribe/bizsend (订阅通知): the msgid."""
        citizen = self.find(string(body, "touser"))
        card = self._card({**body, "url": string(body, "page")})
        if citizen.refusing or string(body, "template_id") not in citizen.subscriptions:
            raise Refused(43101)
        self.show(citizen.openid, Sender.ACCOUNT, card, Way.SUBSCRIPTION)
        return self.next_id()

    def create_menu(self, body: Mapping[str, Any]) -> None:
        """menu/create."""
        self.menu = read_menu(body)
        self._tell("", None)

    def authorise(self, openid: str) -> str:
        """A code that the account can turn into this openid, once, within five minutes."""
        code = secrets.token_hex(16)
        self.codes[code] = Code(openid, self.clock.now())
        return code

    def redeem(self, code: str) -> str:
        """sns/oauth2/access_token: the openid behind a code."""
        known = self.codes.get(code)
        if known is None or self.clock.now() >= known.at + CODE_LIFE:
            raise Refused(40029)
        if known.used:
            raise Refused(40163)
        self.codes[code] = Code(known.openid, known.at, used=True)
        return known.openid

    def _check_typing(self, citizen: Citizen, now: datetime) -> None:
        if not citizen.following or not citizen.quota.is_open(now):
            raise Refused(45015)
        if citizen.touched_at is None or now - citizen.touched_at > SPOKEN_WITHIN:
            raise Refused(45080)
        if citizen.is_typed_to(now):
            raise Refused(45081)

    def _card(self, body: Mapping[str, Any]) -> Content:
        template = self.templates.get(string(body, "template_id"))
        if template is None:
            raise Refused(40037)
        data = body.get("data")
        if not isinstance(data, Mapping):
            raise Refused(47001, "data")
        rows = check_values(template, data)
        data = {"title": template.title, "rows": rows, "url": string(body, "url")}
        return Content("template", data=data)

    def _known(self, openid: str, client_msg_id: str) -> Sent | None:
        known = self.sent.get((openid, client_msg_id)) if client_msg_id else None
        return known if known and self.clock.now() < known.at + DEDUP else None

    def _remember(self, openid: str, client_msg_id: str, msgid: int) -> None:
        if client_msg_id:
            self.sent[openid, client_msg_id] = Sent(msgid, self.clock.now())

    def _tell(self, openid: str, bubble: Bubble | None) -> None:
        for listener in self.listeners:
            listener(openid, bubble)
