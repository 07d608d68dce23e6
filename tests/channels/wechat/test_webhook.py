import asyncio
import base64
import logging
import struct
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from prometheus_client import REGISTRY

from backend.clock import Clock
from backend.database import Unavailable
from backend.message import Choice, Inbound, Reply
from channels.wechat import webhook
from channels.wechat.account import Account
from channels.wechat.signature import sign
from channels.wechat.webhook import Webhook
from tests.channels.wechat.conftest import AES_KEY, SECRET, TOKEN

PAYLOADS = {
    path.stem: path.read_text() for path in sorted((Path(__file__).parent / "payloads").iterdir())
}
TEXT = PAYLOADS["text"]
ACCOUNT = Account("wx1", SECRET, TOKEN, AES_KEY)

Client = TestClient[web.Request, web.Application]


@dataclass
class Bot:
    """Stands where the engine will: remembers what came, says what it is told to."""

    reply: Reply | None = None
    error: Exception | None = None
    received: list[Inbound] = field(default_factory=list)

    async def receive(self, inbound: Inbound) -> Reply | None:
        self.received.append(inbound)
        if self.error:
            raise self.error
        return self.reply


@pytest.fixture
def bot() -> Bot:
    return Bot()


@pytest.fixture
async def client(bot: Bot) -> AsyncIterator[Client]:
    async with serve(bot, ACCOUNT) as client:
        yield client


def serve(bot: Bot, account: Account) -> Client:
    app = web.Application()
    app.add_routes(Webhook(account, bot.receive, Clock()).routes())
    return TestClient(TestServer(app))


def query(**more: str) -> dict[str, str]:
    base = {"timestamp": "1719800000", "nonce": "42", "openid": "o1"}
    return {**base, "signature": sign(TOKEN, "1719800000", "42"), **more}


def cipher() -> Cipher[modes.CBC]:
    key = base64.b64decode(AES_KEY + "=")
    return Cipher(algorithms.AES(key), modes.CBC(key[:16]))


def encrypt(document: str, appid: str = "wx1") -> str:
    """Written from the documentation, not with the code under test."""
    raw = document.encode()
    plain = b"0123456789abcdef" + struct.pack(">I", len(raw)) + raw + appid.encode()
    pad = 32 - len(plain) % 32
    encryptor = cipher().encryptor()
    return base64.b64encode(encryptor.update(plain + bytes([pad]) * pad)).decode()


def decrypt(encrypted: str) -> str:
    plain = cipher().decryptor().update(base64.b64decode(encrypted))
    (length,) = struct.unpack(">I", plain[16:20])
    assert plain[20 + length : -plain[-1]] == b"wx1"
    return plain[20 : 20 + length].decode()


def safe(document: str) -> tuple[dict[str, str], str]:
    encrypted = encrypt(document)
    signature = sign(TOKEN, "1719800000", "42", encrypted)
    body = (
        "<xml><ToUserName><![CDATA[gh_1]]></ToUserName>"
        f"<Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"
    )
    return query(encrypt_type="aes", msg_signature=signature), body


def compatible(document: str) -> tuple[dict[str, str], str]:
    params, _ = safe(document)
    encrypted = f"<Encrypt><![CDATA[{encrypt(document)}]]></Encrypt></xml>"
    return params, document.strip().removesuffix("</xml>") + encrypted


def plain(document: str) -> tuple[dict[str, str], str]:
    return query(), document


Mode = Callable[[str], tuple[dict[str, str], str]]
MODES = pytest.mark.parametrize("mode", [plain, compatible, safe])


async def post(client: Client, params: dict[str, str], body: str | bytes) -> ClientResponse:
    data = body.encode() if isinstance(body, str) else body
    return await client.post("/wechat", params=params, data=data)


async def said(response: ClientResponse, mode: Mode) -> ET.Element:
    assert response.status == 200
    root = ET.fromstring(await response.text())
    if mode is plain:
        return root
    get = {child.tag: child.text or "" for child in root}
    assert get["MsgSignature"] == sign(TOKEN, get["TimeStamp"], get["Nonce"], get["Encrypt"])
    return ET.fromstring(decrypt(get["Encrypt"]))


async def test_the_console_gets_its_echo(client: Client) -> None:
    response = await client.get("/wechat", params=query(echostr="4375120948345356249"))
    assert (response.status, await response.text()) == (200, "4375120948345356249")
    assert response.content_type == "text/plain"


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"echostr": "1"},
        query(signature="0" * 40),
        query(nonce="43"),
        query(timestamp=""),
        query(signature="字"),
        {"timestamp": "1719800000", "nonce": "42"},
    ],
)
async def test_a_wrong_signature_gets_403(client: Client, bot: Bot, params: dict[str, str]) -> None:
    assert (await client.get("/wechat", params=params)).status == 403
    assert (await post(client, params, TEXT)).status == 403
    assert not bot.received


@MODES
async def test_a_message_gets_its_answer(client: Client, bot: Bot, mode: Mode) -> None:
    bot.reply = Reply("已收到 ]]> & <好的>", (Choice("a&b", "继续"),))
    answer = await said(await post(client, *mode(TEXT)), mode)
    assert bot.received[0].text == "小区门口的路灯坏了三天了"
    assert answer.findtext("ToUserName") == bot.received[0].openid
    assert answer.findtext("FromUserName") == "gh_7b2f4a9c1e03"
    assert answer.findtext("MsgType") == "text"
    assert (answer.findtext("CreateTime") or "").isdigit()
    assert (answer.findtext("Content") or "").startswith("已收到 ]]> & <好的>\n<a href=")


@MODES
async def test_no_answer_is_success(client: Client, bot: Bot, mode: Mode) -> None:
    response = await post(client, *mode(TEXT))
    assert (response.status, await response.text()) == (200, "success")
    assert len(bot.received) == 1


@pytest.mark.parametrize("name", PAYLOADS)
async def test_every_kind_reaches_the_bot(client: Client, bot: Bot, name: str) -> None:
    bot.reply = Reply("好的")
    response = await post(client, *safe(PAYLOADS[name]))
    assert (await said(response, safe)).findtext("Content") == "好的"
    assert len(bot.received) == 1


async def test_received_at_is_our_time_and_not_the_senders(client: Client, bot: Bot) -> None:
    before = Clock().now()
    await post(client, *plain(TEXT))
    assert before <= bot.received[0].received_at <= Clock().now()


async def test_an_encrypted_body_of_another_message_gets_403(client: Client, bot: Bot) -> None:
    params, _ = safe(TEXT)
    _, body = safe(TEXT.replace("路灯", "电灯"))
    assert (await post(client, params, body)).status == 403
    assert (await post(client, query(encrypt_type="aes"), body)).status == 403
    assert (await post(client, {**params, "signature": ""}, b"<xml>")).status == 403
    assert not bot.received


async def test_msg_signature_alone_is_enough_since_it_covers_more(client: Client, bot: Bot) -> None:
    params, body = safe(TEXT)
    del params["signature"]
    assert (await post(client, params, body)).status == 200
    assert len(bot.received) == 1


GARBAGE = [
    b"",
    b"\xff\xfe",
    b"{}",
    b"<xml>",
    b"<xml/>",
    b'<!DOCTYPE xml [<!ENTITY a "b">]><xml><Content>&a;</Content></xml>',
    b"<xml><MsgType>text</MsgType></xml>",
    b"<xml><MsgType>event</MsgType><FromUserName>o1</FromUserName></xml>",
    TEXT.replace("<ToUserName><![CDATA[gh_7b2f4a9c1e03]]></ToUserName>", "").encode(),
]


@pytest.mark.parametrize("body", GARBAGE)
async def test_signed_garbage_is_acknowledged(client: Client, bot: Bot, body: bytes) -> None:
    response = await post(client, query(), body)
    assert (response.status, await response.text()) == (200, "success")
    assert not bot.received


@pytest.mark.parametrize("document", ["", "x" * 40, "<xml>", "<xml><MsgType>text</MsgType></xml>"])
async def test_encrypted_garbage_is_acknowledged(client: Client, bot: Bot, document: str) -> None:
    response = await post(client, *safe(document))
    assert (response.status, await response.text()) == (200, "success")
    assert not bot.received


@pytest.mark.parametrize(
    "encrypted", ["", "!!!!", "QUJD", encrypt(TEXT, "wx2"), encrypt(TEXT)[:-8]]
)
async def test_what_cannot_be_decrypted_is_acknowledged(
    client: Client, bot: Bot, encrypted: str
) -> None:
    signature = sign(TOKEN, "1719800000", "42", encrypted)
    body = f"<xml><Encrypt>{encrypted}</Encrypt></xml>"
    response = await post(client, query(encrypt_type="aes", msg_signature=signature), body)
    assert (response.status, await response.text()) == (200, "success")
    assert not bot.received


async def test_without_a_key_compatible_mode_works_and_safe_mode_is_noticed(bot: Bot) -> None:
    bot.reply = Reply("好的")
    async with serve(bot, replace(ACCOUNT, aes_key="")) as client:
        params, body = compatible(TEXT)
        params["msg_signature"] = sign(
            TOKEN, "1719800000", "42", ET.fromstring(body).findtext("Encrypt") or ""
        )
        assert (await said(await post(client, params, body), plain)).findtext("Content") == "好的"
        before = refused("no_aes_key")
        assert await (await post(client, *safe(TEXT))).text() == "success"
        assert refused("no_aes_key") == before + 1
    assert len(bot.received) == 1


def test_a_wrong_key_is_said_at_the_start(bot: Bot) -> None:
    with pytest.raises(ValueError, match="EncodingAESKey"):
        Webhook(replace(ACCOUNT, aes_key="abc"), bot.receive, Clock())


async def test_the_control_characters_of_a_phone_get_through(client: Client, bot: Bot) -> None:
    await post(client, *plain(TEXT.replace("路灯", "路\x1d灯")))
    assert bot.received[0].text == "小区门口的路灯坏了三天了"


async def test_a_body_over_the_cap_gets_413(client: Client, bot: Bot) -> None:
    body = TEXT.replace("路灯", "路" * 30_000)
    assert (await post(client, query(), body)).status == 413
    assert not bot.received


async def test_a_slow_body_gets_408(
    client: Client, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "BODY_SECONDS", 0.05)
    stop = asyncio.Event()

    async def drip() -> AsyncIterator[bytes]:
        yield TEXT[:40].encode()
        await stop.wait()

    response = await client.post("/wechat", params=query(), data=drip())
    stop.set()
    assert response.status == 408
    assert not bot.received


@pytest.mark.parametrize(
    ("error", "status"), [(Unavailable("down"), 503), (KeyError("路灯坏了"), 500)]
)
async def test_a_failure_makes_wechat_try_again_and_keeps_quiet_about_the_text(
    client: Client,
    bot: Bot,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    status: int,
) -> None:
    bot.error = error
    with caplog.at_level(logging.DEBUG):
        assert (await post(client, *plain(TEXT))).status == status
    assert "路灯" not in caplog.text
    if status == 500:
        assert "KeyError" in caplog.text
        assert "in receive" in caplog.text


async def test_nothing_of_the_message_is_logged(
    client: Client, bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    bot.reply = Reply("好的")
    with caplog.at_level(logging.DEBUG):
        await post(client, *safe(TEXT))
        await post(client, query(), TEXT.replace("</xml>", ""))
        await post(client, query(nonce="43"), TEXT)
    assert "xml" in caplog.text
    assert "HTTP 403" in caplog.text
    for secret in ("路灯", "oU8vE6hK2Yt0uPjQf7a1Xc9dRk3w", TOKEN, AES_KEY, SECRET):
        assert secret not in caplog.text


def refused(reason: str) -> float:
    return REGISTRY.get_sample_value("huiying_wechat_refused_total", {"reason": reason}) or 0


async def test_messages_and_refusals_are_counted(client: Client) -> None:
    kinds = {"kind": "text"}
    before = (
        REGISTRY.get_sample_value("huiying_wechat_received_total", kinds) or 0,
        refused("prolog"),
    )
    await post(client, *plain(TEXT))
    await post(client, query(), b"{}")
    after = REGISTRY.get_sample_value("huiying_wechat_received_total", kinds), refused("prolog")
    assert after == (before[0] + 1, before[1] + 1)


async def test_a_broken_connection_leaves_the_server_standing(
    client: Client, bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    assert client.port
    _, writer = await asyncio.open_connection("127.0.0.1", client.port)
    target = client.make_url("/wechat").with_query(query()).raw_path_qs
    writer.write(f"POST {target} HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n<xml>".encode())
    await writer.drain()
    writer.close()
    assert (await post(client, *plain(TEXT))).status == 200
    assert not [record for record in caplog.records if record.exc_info]


async def test_a_check_of_the_address_needs_the_plain_signature(client: Client) -> None:
    asked = {"timestamp": "1", "nonce": "2", "msg_signature": "0" * 40, "echostr": "hello"}
    async with client.get("/wechat", params=asked) as answer:
        assert answer.status == 403
        assert "hello" not in await answer.text()


@pytest.mark.parametrize("how", ["get", "post"])
async def test_without_a_token_nobody_is_believed(bot: Bot, how: str) -> None:
    forged = {"timestamp": "1", "nonce": "2", "signature": sign("", "1", "2"), "echostr": "hello"}
    async with (
        serve(bot, replace(ACCOUNT, token="")) as open_door,
        open_door.request(how, "/wechat", params=forged, data=TEXT) as answer,
    ):
        assert answer.status == 403
    assert bot.received == []
