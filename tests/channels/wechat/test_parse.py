from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.message import Attachment, Inbound, Kind, Location, Window
from channels.wechat.errors import BadMessage
from channels.wechat.parse import parse
from channels.wechat.xml import Element, read, write

PAYLOADS = Path(__file__).parent / "payloads"
NOW = datetime(2024, 7, 1, 8, tzinfo=UTC)
OPENID = "oU8vE6hK2Yt0uPjQf7a1Xc9dRk3w"
SENDER = sha256(OPENID.encode()).hexdigest()[:16]
O1 = sha256(b"o1").hexdigest()[:16]

MESSAGE = Inbound(
    f"{SENDER}:24310987654321098",
    "wechat",
    OPENID,
    Kind.UNKNOWN,
    NOW,
    window=Window(5, 48 * 3600),
)
TAP = Window(3, 60)


def message(kind: Kind, **values: Any) -> Inbound:
    return replace(MESSAGE, kind=kind, **values)


def event(name: str, sent_as: str, about: str = "", **values: Any) -> Inbound:
    key = f"{SENDER}:1719800000:{sent_as}:{about}"
    return Inbound(key, "wechat", OPENID, Kind.EVENT, NOW, event=name, **values)


def attachment(kind: str, media_id: str, **values: Any) -> Attachment:
    return Attachment(kind, f"Hq3vR7_media_{media_id}", **values)


THUMB = {"thumb_media_id": "Hq3vR7_thumb"}
SCANNED = {"ScanType": "qrcode", "ScanResult": "METER-00112233"}
VOICE = attachment("voice", "voice", format="amr")

EXPECTED = {
    "text": message(Kind.TEXT, text="小区门口的路灯坏了三天了"),
    "text_tap": message(Kind.TEXT, text="没解决", tap="unsolved:17", window=TAP),
    "text_unsupported": message(Kind.UNKNOWN, data={"type": "text"}),
    "image": message(
        Kind.IMAGE,
        attachment=attachment("image", "image", url="http://mmbiz.qpic.cn/mmbiz_jpg/Ab12/0"),
    ),
    "voice": message(Kind.VOICE, attachment=VOICE),
    "voice_recognition": message(Kind.VOICE, text="自来水停了什么时候来", attachment=VOICE),
    "voice_recognition_empty": message(Kind.VOICE, attachment=VOICE),
    "video": message(Kind.VIDEO, attachment=attachment("video", "video"), data=THUMB),
    "shortvideo": message(Kind.VIDEO, attachment=attachment("video", "short"), data=THUMB),
    "location": message(
        Kind.LOCATION, location=Location(27.829738, 112.944052, "湘潭市岳塘区建设北路12号")
    ),
    "link": message(
        Kind.LINK,
        data={
            "title": "关于停水的通知",
            "description": "因管网改造……",
            "url": "https://mp.weixin.qq.com/s/abcdef",
        },
    ),
    "miniprogrampage": message(
        Kind.CARD,
        data={"title": "湘易办", "appid": "wx0123456789abcdef", "path": "pages/index/index"},
    ),
    "unknown_type": message(Kind.UNKNOWN, data={"type": "hologram"}),
    "subscribe": event("subscribe", "subscribe", data={"scene": ""}, window=TAP),
    "subscribe_scan": event(
        "subscribe",
        "subscribe",
        "qrscene_street_office_3",
        data={"scene": "street_office_3"},
        window=TAP,
    ),
    "scan": event("scan", "SCAN", "street_office_3", data={"scene": "street_office_3"}, window=TAP),
    "unsubscribe": event("unsubscribe", "unsubscribe"),
    "click": event("click", "CLICK", "new_order", tap="new_order", window=TAP),
    "view": event(
        "view",
        "VIEW",
        "https://12345.example.gov.cn/guide",
        data={"url": "https://12345.example.gov.cn/guide"},
    ),
    "view_miniprogram": event(
        "view_miniprogram",
        "view_miniprogram",
        "pages/index/index",
        data={"EventKey": "pages/index/index", "MenuId": "415650132"},
    ),
    "scancode_push": event(
        "scancode_push", "scancode_push", "scan_meter", tap="scan_meter", data=SCANNED, window=TAP
    ),
    "scancode_waitmsg": event(
        "scancode_waitmsg",
        "scancode_waitmsg",
        "scan_meter",
        tap="scan_meter",
        data=SCANNED,
        window=TAP,
    ),
    "pic_sysphoto": event(
        "pic_sysphoto", "pic_sysphoto", "send_photo", tap="send_photo", data={"Count": "2"}
    ),
    "pic_photo_or_album": event(
        "pic_photo_or_album",
        "pic_photo_or_album",
        "send_photo",
        tap="send_photo",
        data={"Count": "2"},
    ),
    "pic_weixin": event(
        "pic_weixin", "pic_weixin", "send_photo", tap="send_photo", data={"Count": "2"}
    ),
    "location_select": event(
        "location_select",
        "location_select",
        "send_place",
        tap="send_place",
        location=Location(27.829738, 112.944052, "建设北路12号"),
    ),
    "location_event": event("location", "LOCATION", location=Location(27.829738, 112.944052)),
    "templatesendjobfinish": event(
        "template_result",
        "TEMPLATESENDJOBFINISH",
        "3421987654321098765",
        data={"msgid": "3421987654321098765", "status": "success"},
    ),
    "templatesendjobfinish_blocked": event(
        "template_result",
        "TEMPLATESENDJOBFINISH",
        "3421987654321098766",
        data={"msgid": "3421987654321098766", "status": "failed:user block"},
    ),
    "subscribe_msg_popup_event": event(
        "subscription_popup",
        "subscribe_msg_popup_event",
        data={"Tpl_order_done": "accept", "Tpl_survey": "reject"},
    ),
    "subscribe_msg_change_event": event(
        "subscription_change", "subscribe_msg_change_event", data={"Tpl_order_done": "reject"}
    ),
    "subscribe_msg_sent_event": event(
        "subscription_result",
        "subscribe_msg_sent_event",
        data={
            "template_id": "Tpl_order_done",
            "msgid": "1864323726461255680",
            "code": "0",
            "status": "success",
        },
    ),
    "kf_create_session": event(
        "kf_create_session", "kf_create_session", data={"KfAccount": "kf01@xtwzw"}
    ),
    "kf_close_session": event(
        "kf_close_session", "kf_close_session", data={"KfAccount": "kf01@xtwzw"}
    ),
    "kf_switch_session": event(
        "kf_switch_session",
        "kf_switch_session",
        data={"FromKfAccount": "kf01@xtwzw", "ToKfAccount": "kf02@xtwzw"},
    ),
    "publishjobfinish": event(
        "publishjobfinish",
        "PUBLISHJOBFINISH",
        data={
            "publish_id": "2247503051",
            "publish_status": "0",
            "article_id": "b5O2OUs25HBxRceL7hfReg",
        },
    ),
    "masssendjobfinish": event(
        "masssendjobfinish",
        "MASSSENDJOBFINISH",
        "1000001625",
        data={
            "MsgID": "1000001625",
            "Status": "send success",
            "TotalCount": "2",
            "FilterCount": "2",
            "SentCount": "2",
            "ErrorCount": "0",
        },
    ),
    "unknown_event": event("quantum_leap", "quantum_leap", data={"Depth": "3"}),
}

AUTHORISATION = (
    "user_info_modified",
    "user_authorization_revoke",
    "user_authorization_cancellation",
)
VERIFICATION = {
    "qualification_verify_success": {"ExpiredTime": "1751336000"},
    "qualification_verify_fail": {"FailTime": "1719800000", "FailReason": "材料不全"},
    "naming_verify_success": {"ExpiredTime": "1751336000"},
    "naming_verify_fail": {"FailTime": "1719800000", "FailReason": "材料不全"},
    "annual_renew": {"ExpiredTime": "1751336000"},
    "verify_expired": {"ExpiredTime": "1751336000"},
}
EXPECTED |= {name: event(name, name, data=data) for name, data in VERIFICATION.items()}


def load(name: str) -> Inbound:
    return parse(read((PAYLOADS / f"{name}.xml").read_bytes()), NOW)


@pytest.mark.parametrize("name", EXPECTED)
def test_every_kind(name: str) -> None:
    assert load(name) == EXPECTED[name]


@pytest.mark.parametrize("name", AUTHORISATION)
def test_an_authorisation_event_is_about_the_citizen_it_names(name: str) -> None:
    inbound = load(name)
    assert (inbound.event, inbound.openid) == (name, OPENID)
    assert inbound.data["RevokeInfo"] == "1"


def test_no_payload_is_left_out() -> None:
    assert {file.stem for file in PAYLOADS.iterdir()} == {*EXPECTED, *AUTHORISATION}


def fields(**changes: str) -> dict[str, str | int]:
    base = {
        "ToUserName": "gh_1",
        "FromUserName": "o1",
        "CreateTime": "1719800000",
        "MsgType": "text",
        "Content": "您好",
        "MsgId": "1",
    }
    return {name: value for name, value in {**base, **changes}.items() if value}


def parsed(**changes: str) -> Inbound:
    return parse(read(write(fields(**changes))), NOW)


def test_the_same_msgid_of_two_citizens_is_two_messages() -> None:
    assert parsed(FromUserName="o1").key != parsed(FromUserName="o2").key


def test_a_retry_has_the_same_key() -> None:
    assert parsed().key == parsed().key == f"{O1}:1"


@pytest.mark.parametrize(
    "other",
    [
        {"CreateTime": "1719800001"},
        {"EventKey": "human"},
        {"FromUserName": "o2"},
        {"Event": "VIEW"},
    ],
)
def test_events_that_differ_have_different_keys(other: dict[str, str]) -> None:
    click = {"MsgType": "event", "Event": "CLICK", "EventKey": "new_order", "MsgId": ""}
    assert parsed(**click).key != parsed(**{**click, **other}).key


def test_two_template_results_in_one_second_have_different_keys() -> None:
    one, two = load("templatesendjobfinish"), load("templatesendjobfinish_blocked")
    assert one.key != two.key


def test_a_message_without_msgid_is_told_apart_by_its_time() -> None:
    assert parsed(MsgId="").key == f"{O1}:1719800000:text"


def test_a_key_fits_an_index_however_long_the_page_address_is() -> None:
    view = {"MsgType": "event", "Event": "VIEW"}
    one, two = (parsed(**view, EventKey="https://x/" + "a" * 9000 + end) for end in "12")
    assert len(one.key) <= 200
    assert one.key != two.key


@pytest.mark.parametrize(
    "broken",
    [
        {"FromUserName": ""},
        {"FromUserName": "o" * 65},
        {"MsgType": ""},
        {"MsgType": "event", "Event": ""},
        {"MsgType": "event", "Event": "CLICK", "CreateTime": ""},
        {"MsgType": "event", "Event": "CLICK", "CreateTime": "١٢"},
        {"MsgType": "event", "Event": "CLICK", "CreateTime": "yesterday"},
    ],
)
def test_what_cannot_be_told_apart_is_a_bad_message(broken: dict[str, str]) -> None:
    with pytest.raises(BadMessage):
        parsed(**broken)


@pytest.mark.parametrize(
    ("x", "y"), [("", ""), ("north", "1"), ("nan", "1"), ("91", "1"), ("1", "inf")]
)
def test_a_place_off_the_globe_is_no_place_but_still_a_message(x: str, y: str) -> None:
    inbound = parsed(MsgType="location", Location_X=x, Location_Y=y)
    assert inbound.kind is Kind.LOCATION
    assert inbound.location is None


NAMES = st.sampled_from(
    [
        *("FromUserName", "CreateTime", "MsgType", "MsgId", "Event", "EventKey", "Content"),
        *("Location_X", "SendLocationInfo", "SubscribeMsgPopupEvent", "List", "TemplateId"),
        *("OpenID", "bizmsgmenuid"),
    ]
)
VALUES = st.one_of(
    st.sampled_from(["text", "event", "location", "location_select", "voice", "SCAN", "1"]),
    st.sampled_from(["subscribe_msg_popup_event", "subscribe_msg_sent_event", "subscribe", "link"]),
    st.text(max_size=20),
)
TREES = st.recursive(
    VALUES,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=8)),
    max_leaves=20,
)


@given(st.dictionaries(NAMES, TREES, max_size=12))
def test_any_tree_is_an_inbound_or_a_bad_message(tree: dict[str, Any]) -> None:
    try:
        inbound = parse(Element(tree), NOW)
    except BadMessage:
        return
    assert 0 < len(inbound.openid) <= 64
    assert 0 < len(inbound.key) <= 200
    assert all(isinstance(value, str) for pair in inbound.data.items() for value in pair)
    assert isinstance(inbound.text, str)


@given(st.sampled_from(sorted(PAYLOADS.iterdir())), st.data())
def test_a_damaged_payload_is_an_inbound_or_a_bad_message(path: Path, data: st.DataObject) -> None:
    body = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(body) - 1))
        body[at : at + data.draw(st.integers(0, 30))] = data.draw(st.binary(max_size=4))
    with suppress(BadMessage):
        assert parse(read(bytes(body)), NOW).channel == "wechat"
