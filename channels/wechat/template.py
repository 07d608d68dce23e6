"""The account's templates: which one a notice uses, and what its fields are called there."""

from collections.abc import Mapping
from dataclasses import dataclass

_SUBSCRIPTION = "subscribe:"

_LONGEST: Mapping[str, int] = {
    "thing": 20,
    "character_string": 32,
    "phrase": 5,
    "name": 10,
    "const": 20,
    "letter": 32,
    "number": 32,
    "symbol": 5,
}
"""Characters that a value of each kind may have (类目模板 › 参数值限制); more gives 47003."""


@dataclass(frozen=True, slots=True)
class Template:
    """A template of the account; `subscription` is True for a long-term one (长期订阅通知).

    `names` maps our field names to the template's (`thing2`, `time4` ...).
    """

    id: str
    subscription: bool
    names: Mapping[str, str]

    @classmethod
    def parse(cls, setting: str) -> "Template":
        """Read a setting: `[subscribe:]ID[ ours=theirs ...]`.

        Without any `ours=theirs` the notice's own field names are sent; with some, only those.
        Raises ValueError if there is no id or a pair has no `=`.
        """
        identity, *pairs = setting.split()
        names = dict(pair.split("=", 1) for pair in pairs)
        return cls(identity.removeprefix(_SUBSCRIPTION), identity.startswith(_SUBSCRIPTION), names)

    def data(self, fields: Mapping[str, str]) -> dict[str, dict[str, str]]:
        """The values as WeChat wants them, cut to the length that their kind allows."""
        names = self.names or {name: name for name in fields}
        return {
            theirs: {"value": _clip(theirs, fields[ours])}
            for ours, theirs in names.items()
            if ours in fields
        }


def _clip(name: str, value: str) -> str:
    kind = name.rstrip("0123456789")
    line = " ".join(value.split())
    limit = _LONGEST.get(kind, len(line))
    if len(line) <= limit:
        return line
    # Only a `thing` may hold any sign; a phrase is Chinese characters and nothing else.
    return line[: limit - 1] + "…" if kind == "thing" else line[:limit]
