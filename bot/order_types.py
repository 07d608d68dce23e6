"""The type of an order (诉求类型): as the citizen calls it, else by what speaks for each."""

import re
from collections.abc import Mapping

from bot.understanding.reading import Reading

OF_INTENT = {
    "complaint": "投诉",
    "request_help": "求助",
    "report": "举报",
    "suggestion": "建议",
    "praise": "表扬",
    "redirect_discipline": "举报",
}
LONGEST_READ = 1000
_MEANT = 0.2
"""So likely praise is that tells of a trouble too: who is not meant well is mocked."""
_KNOWN = 0.25
"""A weak guess must not praise what is complained of."""

_CALLED = (
    (re.compile(r"匿名反映|举报(?!电话|了(?:好|很|几|多|无数)|过|无|没)"), "举报"),
    (
        re.compile(
            r"(?<![被次复])投诉(?!电话|无门|了|过|无果|没|也|给|到|率|好几|多次|几次|几)|要投诉|我投诉"
        ),
        "投诉",
    ),
    (
        re.compile(
            r"^.{0,8}(?:建议(?!书)|提议|倡议)|我(?:想|要)?(?:提)?(?:个|一个|点|一点)?建议|提(?:个|一个|点|一点|一条)?(?:小)?(?:建议|意见)|有(?:个|一个|点)(?:小)?(?:建议|想法)"
        ),
        "建议",
    ),
    (re.compile(r"表扬|点(?:一?个|大大的)?赞|感谢信|锦旗|[要想]夸|夸(?:一夸|夸|一下|奖)"), "表扬"),
    (re.compile(r"^.{0,6}求助|我(?:想|要)求助"), "求助"),
)
"""What the citizen calls it. 「投诉多次都没有用」 tells of earlier ones and calls nothing."""

_SIGNS: Mapping[str, re.Pattern[str]] = {
    "举报": re.compile(
        r"匿名|偷偷|偷[排倒采挖砍税]|非法|违法|违规|违章|违建|私[自搭]|无证|没有?(?:牌照|执照|资质|许可|手续|营业)|假[货药酒烟冒]|[卖售]假"
        r"|冒充|虚假宣传|地沟油|黑(?:作坊|诊所|网吧|车|中介|心)|赌[博钱场]|传销|诈骗|骗保|套取|虚报|贪|受贿|收红包|回扣|好处费|童工|乱排|直排|烧(?:垃圾|秸秆|轮胎|塑料)"
        r"|电鱼|毒鱼|盗采|盗伐|砍树|超载|吸毒|卖淫|嫖|校外补课|网吧|[吃领拿享][^，。]{0,2}低保|冒领|让(?:学生|小孩|未成年)|排[到进]|[倒流][到进](?:湖|河|塘|江|水|雨水|沟|田)|有偿补课|未成年|电子烟|窝点|(?:短|缺)斤[少短]?两|查一下他们|有人(?:在)?[^，。]{0,10}(?:倒|排|烧|挖|砍|搭|赌|占)"
    ),
    "投诉": re.compile(
        r"态度|骂|吼|翻白眼|推[诿脱卸]|踢皮球|不作为|乱作为|敷衍|不理|拉黑|不管(?!用)|没人管|坑|宰客|强制|霸王|乱收费|多收|多扣|乱扣|扣[钱费]|涨价|不退|退款|退钱|退费|退货|不肯"
        r"|拖欠|欠薪|不发工资|工资|克扣|押金|跑路|关门|老板|商家|店家|门店|夜宵|烧烤|KTV|麻将|扰民|噪音|噪声|太吵|很吵|吵得|吵死|油烟|广场舞|放音乐|音响|施工|打桩|甩客|拒载|绕路|打电话|[玩看]手机|不打表"
        r"|偷工减料|豆腐渣|过期|变质|剩[菜饭]|发霉|馊|有虫|质量|虚假|欺骗|忽悠|骗|失信|违约|延期|逾期|不交房|烂尾|不给(?!力)|不让|拒绝|辞退|收了?钱|不送|弄丢|丢件|从来不|物业|开发商|服务差|态度差|占用|霸占|占道|乱停|遛狗|狗叫|不牵绳|不[拴栓]绳"
    ),
    "求助": re.compile(
        r"坏了|坏掉|不亮|没亮|漏水|堵了|堵死|停水|停电|停气|没水|没电|没气|断[了水电网]|断水|断电|塌|坑|破损|损坏|松动|掉[了下]|倒了|歪了|裂|淹|积水|井盖|路灯|红绿灯|下水道|水管|电线|树"
        r"|帮[帮忙我]|帮忙|救[助济]|求助|困难|低保|残疾|走失|丢了|捡到|马蜂|蛇|老人|瘫|看病|没人修|来修|修一下|派人|师傅|怎么办|解决一下"
    ),
    "建议": re.compile(
        r"建议|能不能(?:在|把|给|让|多|加|增|改|装|设|延|禁)|可不可以(?:在|把|多|加|增|改|装|设)|希望(?:能|可以)?[^，。]{0,12}(?:增[加设]|加装|加开|加密|延长|延伸|设置|增加|开通|推出|优化|改成|规划(?!部门|局)|多(?:弄|设|建|放|开|安排))"
        r"|应该[^，。]{0,10}(?:多|增|加|设|装|改)|如果能|最好能|不妨|可以考虑|[装设建立摆放画划加][一几两三]?[个面块条盏组台排张处趟把]|多[设放开装摆]|(?<![好行了是对以])吧(?=$|[，。！\s])"
    ),
    "表扬": re.compile(
        r"感谢|谢谢|点赞|好样的|辛苦了|值得|太好了|真好|特别好|非常好|热心|耐心|周到|负责任|敬业|拾金不昧|暖心|好心|感动|帮[我了][^，。]{0,12}(?:找|送|抬|修好|解决)"
    ),
}
_WEIGHT: Mapping[str, tuple[float, float]] = {
    "举报": (0.35, 0.6),
    "投诉": (0.25, 0.6),
    "求助": (0.25, 0.5),
    "建议": (0.35, 0.5),
    "表扬": (0.25, 0.4),
}
"""What one sign, and what all of them may add to the probabilities of the intents."""
_TROUBLE = re.compile(
    r"坏|漏|堵|停[水电气]|骂|吵|臭|脏|乱|骗|欠|不[管退修来给肯]|没人|投诉|举报|危险|松|响|塌|积水|垃圾|井盖|没水|没电|请.{0,4}处理|跟没装一样|严重|影响"
)
_WANTS = re.compile(
    r"恳请|督促|给[个我]?说法|(?:要求|希望|请)[^，。]{0,10}(?:处理|解决|整改|查|修|清)|没(?:有)?人[来管]"
)
"""Wishes for what no praise wishes for."""


def order_type(reading: Reading, said_before: str = "") -> str:
    """The type of the order a text makes: as the citizen calls it, else as it is understood.

    `said_before` is what announced it (「我要投诉」).
    """
    text = reading.text[:LONGEST_READ]
    called = called_type(text) or called_type(said_before[:LONGEST_READ])
    mocks = called == "表扬" and bool(_TROUBLE.search(text)) and _sure(reading, "表扬") < _MEANT
    if called and not mocks:
        return called
    scores = {name: _score(reading, text, name) for name in _SIGNS}
    best = max(scores, key=lambda name: scores[name])
    return best if scores[best] >= _KNOWN else "求助"


def called_type(text: str) -> str:
    """The type that a text calls its matter; '' for none."""
    return next((name for sign, name in _CALLED if sign.search(text)), "")


def _sure(reading: Reading, name: str) -> float:
    """How likely the intents of a type are."""
    return sum(g.confidence for g in reading.ranking if OF_INTENT.get(g.name) == name)


def _score(reading: Reading, text: str, name: str) -> float:
    sure = _sure(reading, name)
    one, most = _WEIGHT[name]
    signs = len(set(_SIGNS[name].findall(text)))
    score = sure + min(one * signs, most)
    if name == "表扬":
        wants = _TROUBLE.search(text) or _WANTS.search(text)
        score -= 0.8 * bool(wants) or 0.5 * (not signs)
    return score
