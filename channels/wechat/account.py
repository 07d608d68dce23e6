"""The official account that we speak for."""

from collections.abc import Mapping
from dataclasses import dataclass, field

OFFICIAL_API = "https://api.weixin.qq.com"


@dataclass(frozen=True, slots=True)
class Account:
    """What the console of the account (mp.weixin.qq.com) says of it.

    `token` and `aes_key` are the console's Token and EncodingAESKey ('' in plain mode), `templates`
    maps our names of notices to the account's templates (see template.py).
    """

    appid: str
    secret: str = field(repr=False)
    token: str = field(repr=False)
    aes_key: str = field(default="", repr=False)
    api_base: str = OFFICIAL_API
    templates: Mapping[str, str] = field(default_factory=dict)
