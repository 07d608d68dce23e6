"""Encoders behind the OpenAI-compatible embeddings API, as city clouds and model servers run it."""

import time
from collections.abc import Mapping, Sequence
from typing import Annotated
from urllib.parse import urlsplit

import msgspec
import numpy as np
import urllib3
from urllib3.exceptions import HTTPError

from bot.understanding.encoder import EncoderFailed, Matrix
from bot.understanding.text import clean

LONGEST = 300
"""Characters of a text that are sent."""

BATCH = 10
"""Texts in one request: the fewest that a known service takes (Alibaba's text-embedding-v4)."""

WITHIN = 10.0
"""Seconds for one batch with all its tries."""

TRIES = 3
LARGEST = 4 * 2**20
"""Bytes of an answer: ten vectors of 8,192 numbers need half of it."""

BUSY = frozenset({408, 429, 500, 502, 503, 504})
NOTHING = "。"
"""Stands for an empty text, which many servers refuse."""


class _Embedding(msgspec.Struct):
    index: Annotated[int, msgspec.Meta(ge=0)]
    embedding: list[float]


class _Answer(msgspec.Struct):
    data: list[_Embedding]


_decoder = msgspec.json.Decoder(_Answer)


class HttpEncoder:
    """A server with `POST {url}/embeddings`; its dimension is asked of it at the start."""

    def __init__(self, url: str, model: str, key: str = "", within: float = WITHIN) -> None:
        """`url` up to and with /v1; `key` goes out as a bearer token. Raises EncoderFailed when the
        server does not answer as it should. `within` in seconds."""
        self._url = f"{url.rstrip('/')}/embeddings"
        self._model = model
        self._headers = _headers(key)
        self._within = within
        self._pool = urllib3.PoolManager(maxsize=2, retries=False)
        self.size = 0
        self.size = self.encode(["您好"]).shape[1]
        host = urlsplit(url)
        self.name = f"http-{host.hostname}:{host.port}{host.path}-{model}-{self.size}"

    def encode(self, texts: Sequence[str]) -> Matrix:
        """One row a text, in order. Raises EncoderFailed."""
        rows = [self._batch(texts[at : at + BATCH]) for at in range(0, len(texts), BATCH)]
        return np.concatenate(rows) if rows else np.empty((0, self.size), dtype=np.float32)

    def close(self) -> None:
        """Close the connections."""
        self._pool.clear()

    def _batch(self, texts: Sequence[str]) -> Matrix:
        request = {
            "model": self._model,
            "input": [clean(text, LONGEST) or NOTHING for text in texts],
            "encoding_format": "float",
        }
        body = self._post(msgspec.json.encode(request), time.monotonic() + self._within)
        return _vectors(body, len(texts), self.size)

    def _post(self, body: bytes, until: float) -> bytes:
        """The answer's body; a server that is busy or away is asked again while there is time."""
        for tried in range(1, TRIES + 1):
            try:
                status, answer = self._once(body, until)
            except (HTTPError, TimeoutError) as error:
                reason = f"the embeddings server fails: {type(error).__name__}"
            else:
                if status == 200:
                    return answer
                reason = f"the embeddings server answers {status}"
                if status not in BUSY:
                    break
            pause = 0.1 * 2**tried
            if tried == TRIES or time.monotonic() + pause > until:
                break
            time.sleep(pause)
        raise EncoderFailed(reason)

    def _once(self, body: bytes, until: float) -> tuple[int, bytes]:
        answer = self._pool.request(
            "POST",
            self._url,
            body=body,
            headers=self._headers,
            timeout=_left(until),
            redirect=False,
            preload_content=False,
        )
        try:
            return answer.status, _read(answer, until)
        finally:
            # What is left of an answer would be taken for the next one.
            answer.close()


def _read(answer: urllib3.BaseHTTPResponse, until: float) -> bytes:
    """The body, however slowly it drips, in time and not larger than LARGEST."""
    pieces, size = [], 0
    while piece := answer.read1(2**16):
        pieces.append(piece)
        size += len(piece)
        _left(until)
        if size > LARGEST:
            raise EncoderFailed("the embeddings server answers too much")
    return b"".join(pieces)


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _headers(key: str) -> Mapping[str, str]:
    plain = {"Content-Type": "application/json", "Accept": "application/json"}
    return plain | ({"Authorization": f"Bearer {key}"} if key else {})


def _vectors(body: bytes, rows: int, size: int) -> Matrix:
    """The vectors of an answer, each of length 1, in the order of the texts."""
    try:
        answer = _decoder.decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise EncoderFailed("the embeddings server's answer is not as the API says") from error
    found = sorted(answer.data, key=lambda one: one.index)
    if [one.index for one in found] != list(range(rows)):
        raise EncoderFailed("the embeddings server does not answer each text once")
    widths = {len(one.embedding) for one in found}
    if len(widths) != 1 or (size and widths != {size}) or widths == {0}:
        raise EncoderFailed("the embeddings server's vectors have another size")
    vectors = np.array([one.embedding for one in found])
    with np.errstate(over="ignore"):
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not np.isfinite(lengths).all() or not lengths.all():
        raise EncoderFailed("the embeddings server's vectors are no directions")
    unit: Matrix = (vectors / lengths).astype(np.float32)
    return unit
