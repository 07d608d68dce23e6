"""Who is to be called back: the name a citizen leaves of themselves."""

import re

_SURNAMES = (
    "欧阳|司马|上官|诸葛|东方|皇甫|尉迟|"
    "[王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟"
    "汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛"
    "温芦季俞章鲁葛伍韦申尤毕聂丛焦向柳邢路岳齐沿梅莫庄辛管祝左涂谷祁时舒耿牟卜路詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫"
    "查屈鲍位覃霍翁隋植甘景薄单包司柏宁柯阮桂闵解强柴华车冉房边辜吉饶刁瞿戚丘古米池滕晋苑邬臧畅宫来嵺苟全褚廉简娄盖符奚"
    "木穆党燕郎邸冀谈姬屠连郜晏栾郁商蒙计喻揭窦迟宇敖糜鄢冷卓花仇艾蓝都巩稽井练仲乐虞卞封竺冼原官衣楚佟栗匡宗应台巫鞠僧桑荆]"
)
_TITLE = "先生|女士|小姐|师傅|老师|阿姨|大姐|大爷|大妈|同志|某某?"
_END = r"(?=[\s,，。.;；、!！?？:：（(]|电话|手机|联系|号码|住|家住|今年|是|来自|的|\d|1|幺|$)"
_NAMED = re.compile(
    rf"(?:我(?:的名字)?叫|我名字[是叫]|本人(?:姓名|叫)?|姓名|联系人|署名|反映人)[是为:：\s]{{0,2}}"
    rf"(?P<name>(?:{_SURNAMES})(?:{_TITLE}|[\u4e00-\u9fff]{{1,2}})){_END}"
)
_CALLED = re.compile(
    rf"(?:我是|本人|叫我|找|联系)(?P<name>(?:{_SURNAMES})(?:{_TITLE})){_END}"
    rf"|(?:我|免贵|本人)姓(?P<surname>{_SURNAMES}){_END}"
)

_INTRODUCES = re.compile(
    rf"(?<![^，,。；;\s])(?:我(?:的名字)?叫|我名字[是叫]|我是|本人)"
    rf"(?:{_SURNAMES})(?:{_TITLE}|[\u4e00-\u9fff]{{1,2}}){_END}[，,。；;\s]*"
)
"""A clause in which citizens say who they are; who asks for the name to be kept out said one."""


def without_name(text: str) -> str:
    """A text without the clause in which its writer says who they are."""
    return _INTRODUCES.sub("", text)


def find_person(text: str) -> str:
    """The citizen's own name or how to call them (「李女士」, 「姓王」); '' if not said."""
    named = _NAMED.search(text)
    if named:
        return named["name"]
    called = _CALLED.search(text)
    if not called:
        return ""
    return called["name"] or f"姓{called['surname']}"
