"""A citizen's answer in the chat: a tapped button, a rating in words, the reason after 不满意."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select

from backend import citizens
from backend.database import Connection
from backend.message import Outcome, Reply
from backend.tables import message, outbox, survey
from bot import words
from callbacks import surveys, thanks
from callbacks.question import OPT_OUT
from callbacks.rating import KEYS, OTHER, REASONS, Rating
from callbacks.surveys import JOINED, Answer, Result, Stage, Survey

SAME_TALK = timedelta(minutes=30)
"""For so long after a rating, the citizen's next words may be the reason, or the rating again."""

SPOKEN: Mapping[Rating, tuple[str, ...]] = {
    Rating.SATISFIED: ("满意", "很满意", "非常满意", "十分满意", "特别满意", "挺满意", "好评"),
    Rating.BASIC: ("基本满意", "基本上满意", "比较满意", "还算满意"),
    Rating.DISSATISFIED: (
        "不满意",
        "很不满意",
        "非常不满意",
        "十分不满意",
        "特别不满意",
        "极不满意",
        "不太满意",
        "不怎么满意",
        "不是很满意",
        "差评",
    ),
}
"""How people say the ratings; only these count, whole."""

NUMBERED: Mapping[str, Rating] = dict(zip("123", Rating, strict=True))
"""Where buttons arrive as numbered text, the number answers the question just asked."""

_BY_WORDS = {said: rating for rating, all_said in SPOKEN.items() for said in all_said}
_SENTENCE = re.compile(
    r"(?:我们?|本人)?(?:对(?:这次|本次|此次)?的?(?:处理|办理|答复|回复)?的?(?:结果)?)?"
    r"(?:表示|觉得|感到)?"
    rf"(?P<said>{'|'.join(sorted(_BY_WORDS, key=len, reverse=True))})"
    r"(?:了|的|吧|啊|呀|哦|噢)?(?:谢谢|感谢)?(?:你们?|您|大家)?"
)
_QUESTION = re.compile(r"[?吗呢么]$")


async def take(
    connection: Connection, citizen_id: int, tap: str, text: str, now: datetime
) -> Reply | None:
    """What to say to a tap or text if it answers a survey; None if it is about something else."""
    if tap.startswith("survey:"):
        return await _tapped(connection, citizen_id, tap, now)
    plain = _plain(text)
    if tap or not plain:
        return None
    if plain == OPT_OUT:
        await opt_out(connection, citizen_id, now)
        return Reply(words.OPTED_OUT)
    rating = spoken(plain) or NUMBERED.get(plain)
    if rating is not None:
        return await _said(connection, citizen_id, rating, plain in NUMBERED, now)
    return await _explained(connection, citizen_id, text, plain, now)


def spoken(text: str) -> Rating | None:
    """The rating that a short sentence is, as a whole; None for any other sentence."""
    match = _SENTENCE.fullmatch(_plain(text))
    return _BY_WORDS[match["said"]] if match else None


def is_rating(text: str) -> bool:
    """True if the text could be a rating: in words, or the number of a button."""
    return _plain(text) in NUMBERED or spoken(text) is not None


async def opt_out(connection: Connection, citizen_id: int, _now: datetime) -> None:
    """Ask this citizen no more; the next sweep ends what is open, with the reason on the order."""
    await citizens.want_surveys(connection, citizen_id, wanted=False)


def _plain(text: str) -> str:
    """Without spaces, punctuation and emoji, in ordinary width; a question mark stays."""
    folded = unicodedata.normalize("NFKC", text)
    return "".join(char for char in folded if char.isalnum() or char == "?")


async def _tapped(connection: Connection, citizen_id: int, tap: str, now: datetime) -> Reply | None:
    token, _, choice = tap.removeprefix("survey:").partition(":")
    known = await surveys.find(connection, token)
    if known is None or known.citizen_id != citizen_id:
        return thanks.reply(Answer(Result.UNKNOWN, None))
    if choice in KEYS:
        return await _rated(connection, token, KEYS[choice], now)
    _, _, number = choice.partition("why:")
    reason = dict(zip("12345", REASONS, strict=True)).get(number)
    if reason is None:
        return thanks.reply(Answer(Result.UNKNOWN, None))
    return thanks.for_reason(await surveys.explain(connection, token, reason, now, via="chat"))


async def _rated(connection: Connection, token: str, rating: Rating, now: datetime) -> Reply:
    return thanks.reply(await surveys.rate(connection, token, rating, now, via="chat"))


async def _said(
    connection: Connection, citizen_id: int, rating: Rating, number: bool, now: datetime
) -> Reply | None:
    known = await _latest(connection, citizen_id, now)
    if known is None or (number and not await _just_asked(connection, citizen_id)):
        return None
    return await _rated(connection, known.token, rating, now)


async def _latest(connection: Connection, citizen_id: int, now: datetime) -> Survey | None:
    """The survey a rating in words is meant for: an open one, else one that ended just now."""
    late = and_(survey.c.state == Stage.UNRATED, survey.c.due_at > now)
    again = and_(survey.c.state == Stage.RATED, survey.c.rated_at > now - SAME_TALK)
    query = JOINED.where(
        survey.c.citizen_id == citizen_id,
        survey.c.asked_at.is_not(None),
        or_(survey.c.state == Stage.ASKED, late, again),
    )
    open_first = (survey.c.state == Stage.ASKED).desc()
    return await surveys.one(connection, query.order_by(open_first, survey.c.asked_at.desc()))


async def _just_asked(connection: Connection, citizen_id: int) -> bool:
    """True if a survey is the last thing we said to them: only then is a bare number for it."""
    query = select(outbox.c.author).where(outbox.c.citizen_id == citizen_id)
    return await connection.scalar(query.order_by(outbox.c.id.desc()).limit(1)) == "survey"


async def _explained(
    connection: Connection, citizen_id: int, text: str, plain: str, now: datetime
) -> Reply | None:
    known = await _unexplained(connection, citizen_id, now)
    if known is None or _QUESTION.search(plain):
        return None
    if plain not in REASONS and not await _still_at_it(connection, citizen_id):
        return None
    reason = plain if plain in REASONS else text
    return thanks.for_reason(
        await surveys.explain(connection, known.token, reason, now, via="chat")
    )


async def _unexplained(connection: Connection, citizen_id: int, now: datetime) -> Survey | None:
    query = JOINED.where(
        survey.c.citizen_id == citizen_id,
        survey.c.rating == Rating.DISSATISFIED,
        survey.c.rated_at > now - SAME_TALK,
    )
    rows = await connection.execute(query.order_by(survey.c.rated_at.desc()))
    found = map(surveys.read, rows)
    return next((known for known in found if known.reason in ("", OTHER)), None)


async def _still_at_it(connection: Connection, citizen_id: int) -> bool:
    """True if the message before this one was about a survey, so that this one may go on."""
    query = select(message.c.outcome).where(
        message.c.citizen_id == citizen_id, message.c.outcome.is_not(None)
    )
    last = await connection.scalar(query.order_by(message.c.id.desc()).limit(1))
    return last == Outcome.SURVEY
