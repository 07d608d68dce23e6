import base64
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.wechat.crypto import Crypto
from channels.wechat.errors import BadMessage
from channels.wechat.signature import sign

VECTORS = json.loads((Path(__file__).parent / "vectors.json").read_text())["vectors"]
KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"


def of(*types: str) -> pytest.MarkDecorator:
    chosen = [vector for vector in VECTORS if vector["type"] in types]
    return pytest.mark.parametrize("vector", chosen, ids=[vector["id"] for vector in chosen])


def test_every_vector_is_used() -> None:
    known = {"url_verify_plain", "signature_plain", "decrypt", "encrypt"}
    assert {vector["type"] for vector in VECTORS} == known
    assert len(VECTORS) == 11


@of("url_verify_plain", "signature_plain")
def test_signs_like_wechat(vector: dict[str, Any]) -> None:
    signed = sign(vector["token"], vector["timestamp"], vector["nonce"])
    assert signed == vector["signature"]


@of("decrypt")
def test_decrypts_what_wechat_encrypted(vector: dict[str, Any]) -> None:
    signed = sign(vector["token"], vector["timestamp"], vector["nonce"], vector["encrypt"])
    assert signed == vector["msg_signature"]
    crypto = Crypto(vector["encoding_aes_key"], vector["app_id"])
    assert crypto.decrypt(vector["encrypt"]) == vector["expect_msg"]


@of("decrypt")
def test_encrypts_to_the_same_with_the_same_salt(vector: dict[str, Any]) -> None:
    crypto = Crypto(
        vector["encoding_aes_key"], vector["app_id"], lambda: str(vector["expect_random16"])
    )
    assert crypto.encrypt(vector["expect_msg"]) == vector["encrypt"]


@of("encrypt")
def test_encrypts_like_wechat(vector: dict[str, Any]) -> None:
    crypto = Crypto(vector["encoding_aes_key"], vector["app_id"], lambda: str(vector["random16"]))
    encrypted = crypto.encrypt(vector["plain"])
    assert encrypted == vector["expect_encrypt"]
    if "expect_msg_signature" in vector:
        signed = sign(vector["token"], vector["timestamp"], vector["nonce"], encrypted)
        assert signed == vector["expect_msg_signature"]


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_round_trip(text: str) -> None:
    crypto = Crypto(KEY, "wx1")
    assert crypto.decrypt(crypto.encrypt(text)) == text


def test_the_salt_is_never_the_same() -> None:
    crypto = Crypto(KEY, "wx1")
    assert len({crypto.encrypt("您好") for _ in range(50)}) == 50


def test_refuses_what_was_meant_for_another_account() -> None:
    with pytest.raises(BadMessage, match="decrypt"):
        Crypto(KEY, "wx2").decrypt(Crypto(KEY, "wx1").encrypt("您好"))


@given(st.one_of(st.text(), st.binary(max_size=200).map(lambda b: base64.b64encode(b).decode())))
def test_garbage_is_a_bad_message_and_nothing_worse(garbage: str) -> None:
    with pytest.raises(BadMessage):
        Crypto(KEY, "wx1").decrypt(garbage)


@pytest.mark.parametrize("key", ["", "short", KEY + "H", KEY[:-1] + "!", KEY[:-1] + "字"])
def test_says_clearly_that_a_key_is_none(key: str) -> None:
    with pytest.raises(ValueError, match="EncodingAESKey"):
        Crypto(key, "wx1")
