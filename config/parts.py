"""Parts that the server and the commands make alike from the settings."""

from datetime import timedelta

import redis.asyncio as redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from backend import setting
from backend.clock import Clock
from backend.database import Database
from backend.knowledge import review
from callbacks.policy import Days, Policy, parse_hours
from channels.wechat.account import Account
from config.settings import BadSetting, Settings

CLOCK_OFFSET = "clock_offset"
"""The name under which the simulator's clock is kept."""


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
