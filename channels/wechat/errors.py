"""What can go wrong between WeChat and us, and what to do about each code."""

from collections.abc import Mapping

from backend.message import Verdict


class Forged(Exception):
    """A request is not from WeChat, or our Token is not the one in the console."""


class BadMessage(Exception):
    """A push that is genuine but cannot be read; `reason` is one of a few fixed words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ApiError(Exception):
    """A call to WeChat failed.

    `code` is WeChat's errcode as text, or one of ours: `timeout`, `network`, `http_<status>`,
    `garbled`, `too_big`. `detail` is WeChat's errmsg with our secrets taken out.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code} {detail}".strip())
        self.code = code
        self.detail = detail


STALE_TOKEN = frozenset({"40001", "40014", "42001"})
"""The access token is over: one new token, one more try."""

MENU_REFUSED = "40200"
"""This account may not send message menus (msgmenu)."""

NOT_TYPING = frozenset({"45080", "45081"})
"""No message within 30 s, or already typing: nobody is harmed."""

_VERDICTS: Mapping[Verdict, tuple[str, ...]] = {
    Verdict.RETRY: (
        "-1",  # busy
        "45009",  # the day's calls are used up; the backoff of the outbox is the slowing down
        "45011",  # too many calls this minute
        "timeout",
        "network",
        "garbled",
        "http_429",
    ),
    Verdict.NEXT: (
        "40003",  # this openid is not (or no longer) one of this account
        "43004",  # does not follow the account
        "43019",  # on the account's blacklist
        "43101",  # has not subscribed, or took it back
        "45015",  # 48 hours (or the minute after a tap) are over
        "45047",  # the count of customer-service messages is used up
        "48002",  # has turned off the account's messages
        "50005",  # has unfollowed
    ),
    Verdict.OPERATOR: (
        "40001",  # still refused with a fresh token: AppSecret, or a second program takes tokens
        "40014",
        "42001",
        "40013",  # AppID wrong
        "40125",  # AppSecret wrong
        "40164",  # our address is not on the console's IP list
        "40243",  # AppSecret is frozen
        "41001",
        "41002",
        "41004",
        "48001",  # the account has no right to this interface
        "48004",  # the interface is banned for this account
        "50001",  # the account was not authorised for this interface
        "50002",  # the account is limited
        "61004",  # our address is not on the platform's IP list
        "61007",  # the third-party platform was not given this right
        "89501",  # the administrator has yet to confirm our address
        "89503",
        "89506",
        "89507",
    ),
    Verdict.FAILED: (
        "40004",  # media type
        "40007",  # media_id is wrong, or older than three days
        "40008",  # message type
        "40037",  # template id
        "40035",
        "40097",
        "44002",
        "44003",
        "44004",  # empty text
        "45001",  # too large
        "45002",  # too long
        "45008",
        "47001",  # not JSON
        "47003",  # a field of a template breaks its rules
        "too_big",
    ),
}

_BY_CODE = {code: verdict for verdict, codes in _VERDICTS.items() for code in codes}


def verdict_of(code: str) -> Verdict:
    """What to do after `code` (an errcode of WeChat's or one of ours, see ApiError).

    WeChat's own trouble (negative codes, HTTP 5xx) passes: RETRY. Any other HTTP status means that
    something else than WeChat answers at that address: OPERATOR. An unknown errcode is positive,
    and those say that the request is at fault: FAILED, so that it is seen and not tried for ever.
    """
    if code in _BY_CODE:
        return _BY_CODE[code]
    if code.startswith(("-", "http_5")):
        return Verdict.RETRY
    return Verdict.OPERATOR if code.startswith("http_") else Verdict.FAILED


def is_known(code: str) -> bool:
    """True if the table says what to do after `code`."""
    return code in _BY_CODE or code.startswith(("-", "http_"))
