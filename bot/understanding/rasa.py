"""Rasa as the engine that names intents: `POST /model/parse` of a Rasa 3.6 server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import aiohttp
import msgspec

from bot.understanding.reading import EngineError, EngineOptions, Guess
from bot.understanding.text import clean

TIMEOUT = aiohttp.ClientTimeout(total=2.0, sock_connect=1.0)
"""Seconds: Rasa needs 5 ms, and whoever waits for it (standby.py) has little more."""

KEEP = 2.0
"""Seconds to keep an idle connection; Rasa closes it after five."""

BEST = 5
"""Guesses kept: the dialogue sums over them, and the built-in engine gives as many."""

LARGEST = 64 * 1024
"""Bytes of an answer; the ten intents that Rasa ranks take 1 KB."""

_SUM = 1.001
"""The probabilities of different intents add up to one at most, but for rounding."""


class _Intent(msgspec.Struct):
    name: str
    confidence: Annotated[float, msgspec.Meta(ge=0, le=_SUM)]


class _Parsed(msgspec.Struct):
    """What Rasa 3.6 answers (https://rasa.com/docs/rasa/pages/http-api, parse); it says more."""

    text: str
    intent_ranking: Annotated[list[_Intent], msgspec.Meta(min_length=1, max_length=1000)]


_decoder = msgspec.json.Decoder(_Parsed)


class RasaEngine:
    """Asks a Rasa server and believes nothing it says that cannot be so."""

    name = "rasa"

    def __init__(self, session: aiohttp.ClientSession, options: EngineOptions) -> None:
        self._session = session
        self._address = f"{options.url.rstrip('/')}/model/parse"
        # Rasa takes its token from the query and nowhere else.
        self._query = {"token": options.token} if options.token else {}
        self._intents = options.intents

    @classmethod
    @asynccontextmanager
    async def open(cls, options: EngineOptions) -> AsyncIterator["RasaEngine"]:
        """An engine with connections of its own, for the time of a block."""
        async with aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(keepalive_timeout=KEEP),
            timeout=TIMEOUT,
            headers={"Accept": "application/json", "Accept-Encoding": "identity"},
            auto_decompress=False,
        ) as session:
            yield cls(session, options)

    async def classify(self, text: str) -> tuple[Guess, ...]:
        """The likeliest intents, best first; none of a text without words. Raises EngineError."""
        asked = words(text)
        if not asked:
            return ()
        return self.ranking(await self._ask(asked), asked)

    async def _ask(self, asked: str) -> bytes:
        try:
            async with self._session.post(
                self._address, params=self._query, json={"text": asked}, allow_redirects=False
            ) as answer:
                if answer.status != 200:
                    raise EngineError(_refusal(answer.status))
                return await _body(answer)
        except TimeoutError as error:
            raise EngineError("did not answer in time") from error
        except (aiohttp.ClientError, OSError) as error:
            # The words of the error hold the address, and with it the token.
            raise EngineError(f"cannot be reached ({type(error).__name__})") from None

    def ranking(self, body: bytes, asked: str) -> tuple[Guess, ...]:
        """What an answer says of `asked`, best first. Raises EngineError when it cannot be so."""
        try:
            parsed = _decoder.decode(body)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            raise EngineError("answered with what is no result of Rasa 3") from None
        if parsed.text != asked:
            raise EngineError("answered to another text")
        ranking = {intent.name: intent.confidence for intent in parsed.intent_ranking}
        if not ranking.keys() <= self._intents:
            raise EngineError("names intents that are not in nlu_data; train it again")
        if len(ranking) < len(parsed.intent_ranking) or not 0 < sum(ranking.values()) <= _SUM:
            raise EngineError("answered with what are no probabilities")
        guesses = (Guess(name, min(value, 1.0)) for name, value in ranking.items())
        return tuple(sorted(guesses, key=lambda guess: -guess.confidence)[:BEST])


def words(text: str) -> str:
    """What Rasa is asked about a text. What begins with / is an order to it: /cancel would be the
    intent, beyond all doubt."""
    return clean(text).lstrip("/ ")


async def _body(answer: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in answer.content.iter_chunked(LARGEST):
        body += chunk
        if len(body) > LARGEST:
            answer.close()
            raise EngineError(f"answered with more than {LARGEST // 1024} KB")
    return bytes(body)


def _refusal(status: int) -> str:
    if status in (401, 403):
        return f"refuses our token (HTTP {status}); is RASA_TOKEN right?"
    return f"answered with HTTP {status}"
