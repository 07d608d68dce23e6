"""What a citizen answered to a question, with all that the answer says besides."""

import re
from dataclasses import replace

from bot import drafts, words
from bot.dialogue import Draft
from bot.order_types import order_type
from bot.triage import is_place
from bot.understanding import signs
from bot.understanding.dialect import standard
from bot.understanding.phones import find_phones
from bot.understanding.place_words import END
from bot.understanding.reading import Reading

_LONGEST_PLACE = 60
LONGEST_NAME = 10
"""Characters of a name that no rule knows for one: 「阳光丽景」."""
_CLAUSE = re.compile(r"[，,。；;！!？?\n]+|\s+")
_LEAD = re.compile(
    r"^(?:嗯|哦|好的?|噢|就|是|它|那个|地址|地点|位置|地方|我家|具体|发生|事情)*[是在：:，,\s]*(?:在|是|住)?"
)
_NO_PLACE = re.compile(
    r"电话|手机|号码|联系方式|微信|我叫|姓名|我姓|联系人|希望|要求|麻烦|请|谢谢|尽快|补充"
    r"|照片|图片|不要|保密"
)
_TELLS = re.compile(
    r"[坏漏堵断塌裂吵臭骂骗扣]|停.{0,3}[水电气]|没(?:有|人|水|电)|不(?:交|退|管|修|给|让)|不亮|每天|一直|已经|经常|天天|好几|晚上|怎么|根本|大家|我们(?!小区|这|那|村)|他们|垃圾|路灯.{2}|影响|[你您]|我(?![家们屋住这那])|说话"
)
"""What is told of the matter and not of where it is."""
_WHERE = re.compile(
    r"[路街巷村镇乡区县市栋号楼单元门店厂校院站桥]|旁|边|附近|对面|里|上|下|前|后|这|那"
)
_CHAT = re.compile(r"[你您吗猜]|什么|怎么|关系|我(?![家们屋住这那])|说话|晚点|上班|[?？]")
"""What is said of other things than a place."""
_NEARBY = re.compile(
    rf"[号栋楼座幢元室层组]|旁|边|附近|对面|门口|前面|后面|里面|路口|进去|左|右|那里|这里|(?:{END}|店|驿站)$"
)
_BEFORE = re.compile(r"^[^，,]*?(?:[在到住](?:了|的)?|[是为：:])(?:在|住)?$")
"""What leads to a place: 「快递那个是在」."""
_HEARD = re.compile(
    r"(?:[嗯哦噢啊好]|好的?|行|可以|晓得|知道|明白|谢谢[你您]?|了|的|吧)+|(?:还是)?(?:接着)?[讲说]?(?:回)?刚才.{0,8}"
)
"""Says that an answer was heard, or comes back to the matter, and tells nothing of it."""
_ON_THE_MAP = re.compile(r"[路街巷道村镇乡区]|\d")


def answer(draft: Draft, field: str, reading: Reading) -> Draft:
    """The draft after the citizen answered the question for `field` with any words."""
    asked = drafts.put(draft, field)
    text = reading.text
    if draft.facts and text.strip() in draft.facts:
        return asked  # Told once more, and nothing else.
    unknown = signs.knows_not(text) or (
        reading.intent.name == "unknown_detail" and not _NEARBY.search(text)
    )
    if unknown or signs.refuses(text) or signs.files(text):
        return _without(asked, field, reading)
    if field == "place" and not _tells_no_place(reading):
        return placed(asked, reading)
    if field == "place":
        return drafts.supplement(asked, reading)
    if is_place(reading):
        return drafts.enriched(asked, reading.details)
    facts = f"{asked.facts}。{reading.details.matter or text}".strip("。")
    known = replace(
        asked,
        facts=facts,
        category=asked.category or reading.category,
        type=asked.type if draft.facts else order_type(reading),
    )
    return drafts.enriched(known, reading.details)


def _without(draft: Draft, field: str, reading: Reading) -> Draft:
    """The citizen does not know or would not say; what they said besides is kept."""
    known = drafts.enriched(draft, reading.details)
    if signs.withholds_phone(reading.text):
        known = replace(known, contact="", withheld=True)
    missing = field == "place" and not known.place
    return replace(known, place=words.UNKNOWN_PLACE) if missing else known


def placed(draft: Draft, reading: Reading) -> Draft:
    """The place in the citizen's words; clauses that tell more go to the facts."""
    details = reading.details
    where, more = _clauses(reading)
    place = _plain(" ".join(where))[:_LONGEST_PLACE]
    if details.place and details.place not in place:
        place = details.place
    known = drafts.enriched(
        replace(draft, place=_joined(place, draft.known_place)), replace(details, place="")
    )
    if details.area:
        known = replace(known, area=details.area, street=details.street or known.street)
    told = "，".join(more)
    if not told:
        return known
    return replace(known, facts=f"{known.facts}；{told}".removeprefix("；"))


def _joined(place: str, before: str) -> str:
    """A shop or an estate that was named already stands at the road that is told now."""
    if place and _CHAT.search(place) and not _WHERE.search(place):
        place = ""
    if not (place and before):
        return place or before
    if _ON_THE_MAP.search(before) or before in place:
        return place
    return place + before


def _tells_no_place(reading: Reading) -> bool:
    """More is told, in words that say nowhere where: 「种了白菜 还浇粪 臭得很」."""
    words = reading.text.strip()
    told = len(words) > LONGEST_NAME or len(_CLAUSE.split(words)) > 1
    return told and not reading.details.place and not _WHERE.search(words)


def _clauses(reading: Reading) -> tuple[list[str], list[str]]:
    """The clauses that say where, and those that tell something of the matter."""
    where: list[str] = []
    more: list[str] = []
    for clause in filter(None, map(str.strip, _CLAUSE.split(_without_phones(reading.text)))):
        place = reading.details.place
        if place and place in clause:
            where.append(_from(clause, place))
        elif _is_idle(clause):
            continue
        elif _is_more(clause, where, reading):
            more.append(clause)
        else:
            where.append(clause)
    return where, more


def _is_idle(clause: str) -> bool:
    """Neither tells where nor more of the matter."""
    heard = signs.knows_not(clause) or _HEARD.fullmatch(standard(clause))
    return bool(heard or _NO_PLACE.search(clause))


def _from(clause: str, place: str) -> str:
    """The clause from its place on, if what is before it only leads there."""
    before, _, after = clause.partition(place)
    return place + after if _BEFORE.match(before) else clause


def _is_more(clause: str, where: list[str], reading: Reading) -> bool:
    """A clause that tells of the matter, or that stands beside the place and names none."""
    if _TELLS.search(clause) and (where or not _WHERE.search(clause)):
        return True
    return bool(reading.details.place) and not _NEARBY.search(clause)


def _without_phones(text: str) -> str:
    for phone in reversed(find_phones(text)):
        text = f"{text[: phone.start]}，电话，{text[phone.end :]}"
    return text


def _plain(text: str) -> str:
    """A typed place without 「就在」 before and full stops after it."""
    return _LEAD.sub("", text.strip(), count=1).strip("。.，, ！!的呢啊")
