"""The traffic of a benchmark: mixed messages as citizens send them, as signed plain-mode XML."""

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass

from wechatpy.utils import WeChatSigner

COMMANDS = (
    "我的工单",
    "你好",
    "谢谢",
    "人工客服怎么找",
    "取消",
    "确认提交",
    "1",
    "2",
    "3",
    "没有了",
)
QUESTIONS = (
    "灵活就业人员怎么交社保",
    "医保卡在外地能用吗",
    "公积金租房提取要什么材料",
    "身份证丢了去哪里补",
    "孩子上小学要什么条件",
    "新生儿医保怎么办",
    "社保卡密码忘了",
    "电动车上牌去哪里",
    "公租房申请条件是什么",
    "居住证办理需要多久",
)
MATTERS = (
    "{road}{number}号门口的路灯坏了好几天了，晚上很黑",
    "{estate}{number}栋停水两天了，什么时候来水",
    "{road}{number}号楼下烧烤店油烟太大，晚上吵到两点",
    "我要投诉{estate}物业，垃圾三天没人清运，{number}栋楼下都臭了",
    "{road}的井盖松动，车过就响，靠近{number}号，希望尽快修好",
    "建议在{road}{number}号附近加一个红绿灯",
)
UNCLEAR = ("那个事情怎么样了啊{number}", "你们管不管{number}号的事", "有个问题想问{number}")
ROADS = ("建设北路", "韶山西路", "雨湖路", "芙蓉中路", "书院路", "河东大道")
ESTATES = ("阳光小区", "湖湘花园", "东方名苑", "金侨小区", "和平小区")


def texts(seed: int) -> Iterator[str]:
    """Endless mixed texts: a third short commands and repeated questions, the rest never twice."""
    chance = random.Random(seed)
    while True:
        kind = chance.random()
        if kind < 0.2:
            yield chance.choice(COMMANDS)
        elif kind < 0.5:
            yield chance.choice(QUESTIONS) + chance.choice(("", "？", "啊", "，急"))
        else:
            pattern = chance.choice(MATTERS if kind < 0.9 else UNCLEAR)
            yield pattern.format(
                road=chance.choice(ROADS),
                estate=chance.choice(ESTATES),
                number=chance.randrange(1, 100_000),
            )


@dataclass(frozen=True, slots=True)
class Signed:
    """A message ready to be posted: the query with its signature, and the body."""

    query: str
    body: bytes


def sign(token: str) -> str:
    """A query that the webhook accepts."""
    stamp, nonce = str(int(time.time())), "bench"
    signer = WeChatSigner()
    signer.add_data(token, stamp, nonce)
    return f"signature={signer.signature}&timestamp={stamp}&nonce={nonce}"


def text_message(token: str, openid: str, number: int, text: str) -> Signed:
    """A text message of a citizen."""
    body = (
        f"<xml><ToUserName><![CDATA[gh_bench]]></ToUserName>"
        f"<FromUserName><![CDATA[{openid}]]></FromUserName>"
        f"<CreateTime>{int(time.time())}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
        f"<Content><![CDATA[{text}]]></Content><MsgId>{number}</MsgId></xml>"
    )
    return Signed(sign(token), body.encode())
