"""What a message is for: a matter to be dealt with, a question, or just talk.

The intent alone does not tell: 「路灯坏了」 and 「路灯坏了找谁」 are near each other in any model.
So its probabilities are summed by kind, and plain signs in the words are added.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from bot.understanding.dialect import standard
from bot.understanding.reading import MATTERS, Reading

NOISE = frozenset({"invalid_abuse", "invalid_ad", "invalid_noise"})
TALK = NOISE | {
    "greet",
    "thanks",
    "goodbye",
    "affirm",
    "deny",
    "cancel",
    "human",
    "my_orders",
    "urge_order",
    "new_order",
    "help",
    "correct",
    "unknown_detail",
    "satisfied",
    "basically_satisfied",
    "dissatisfied",
    "solved",
    "unsolved",
    "opt_out",
    "vague",
    "chitchat",
    "off_topic",
}

_WISH = re.compile(
    r"投诉|举报|我要反映|反映一下|反映：|想反映|帮(?:我们?|[他她]|忙)?反映|表扬|点赞|感谢信|"
    r"^(?:[您你]好[，,。！! ]*)?现?反映(?!什么|问题的)|"
    r"(?:希望|(?<![申邀聘])请|恳请|盼|麻烦|要求|强烈要求).{0,12}(?:解决|处理|维修|修|整治|清理|查|管|协调|尽快|落实|恢复|制止|退|赔|说法|道歉)|"
    r"^建议|我建议|提个建议|能不能(?:派人|来人|帮|尽快|来|出面|多[设放开装摆安])|出面协调|给(?:我们?)?(?:一?个)?(?:准信|说法|答复)|派(?:个|几个)?人"
)
_TROUBLE = re.compile(
    r"坏了|坏掉|不亮|没亮|漏水|漏了|堵了|堵塞|停水|停电|停气|没水|没电|断水|断电|塌|破损|损坏|松动|"
    r"没人管|无人管|没人清|没人修|没人来|乱停|乱扔|乱堆|占道|占用|扰民|太吵|噪音|噪声|很吵|"
    r"油烟|臭|异味|污水|垃圾|违建|私搭|拖欠|欠薪|欠了?我|不发工资|没发工资|不退|拒绝退|欺骗|虚假|"
    r"乱收费|多收|欺负|堵车|拥堵|积水|淹|裂|掉下来|脱落|很黑|太[黑暗]|声音(?:太|好|很)大|过期|变质|发霉|拉肚子|飞线|养狗|狗叫|没拴|跑路|关门了"
)
_ASKING = re.compile(
    r"怎么(?!还|没|又|老|总|不来|不管|这么)|如何|多少|什么(?!时候(?:来|能|修|处理|解决|恢复))|哪里|哪儿|哪些|哪个|"
    r"能不能(?!派|来|帮)|可不可以|可以.{0,12}吗|需要.{0,8}(?:吗|什么)|要不要|是不是要|条件|材料|流程|手续|"
    r"(?:可以|能|要|行|得|有|是|会).{0,14}(?:不|没|没有|冇|啵|啦)[?？。 ]*$|几多|好多钱|"
    r"(?:要|能|可以|交|报|补|贷|领|拿|收|扣)好多|(?!能)([\u4e00-\u9fff])不\1|有没有(?!人)|有什么|(?<![好了过])几(?:成|岁|档|次|回|号)(?!了)|[找该归是]谁|找哪个|"
    r"[\u4e00-\u9fff](?<![是也都很好])不[?？。 ]*$|"
    r"么子|怎么搞|在哪(?:个|儿|里)?(?:办|领|买|交|查|报|申请|补|开)|政策|几点(?:钟)?(?:开|关|上|下|算|之?前|之?后|才|必须|能|可以|停)|算不算|规定|(?<![好这那前过])几天|多久|请问|咨询|"
    r"吗(?:$|[?？ ，。])|么[?？]?$|呢[?？]?$"
)
_RHETORICAL = re.compile(r"(?:[这那]|难道)不(?:就)?是[^，,。？?！!]{1,10}[吗嘛][？?]?")
"""Asks nothing: 「这不是害人吗」."""
_MORE = re.compile(r"^(?:补充|另外补充|再补充|对了他们|还有就是|他们|它们|就是那个|而且|并且)")
"""How a text goes on about the matter before it."""
_ANOTHER = re.compile(
    r"(?:还有|另外|另|再|顺便|先|换)(?:还有|我|来|跟你们?)?(?:说|讲|报|反映|投诉|登记)?"
    r"(?:(?:另外|别|其他)(?:的|一?[个件桩])|[一另]?(?:个|件|桩)|反映|投诉)"
)
_BESIDES = re.compile(r"^(?:哦|噢|啊|那个|[，,\s])*(?:还有|另外|再就是|再一个|顺便|此外|对了)")
LONGEST = 600
"""Characters in which a question is looked for."""
_SURELY = 0.9
"""So much speaks for what is surely a matter."""
_PLACE_ONLY = 0.7
"""Share of a text that its place takes up when it says nothing else."""
_AROUND_A_PLACE = re.compile(
    r"[在是就住到我的啊哦呢吧嗯\s，,。.！!：:~]|我们?家?|那[个里边]?|这[个里边]?|地址|地点|位置|具体"
)
_MOST_BESIDE = 2
"""Characters beside a place that may still say nothing: 「食堂那个是在…」."""


@dataclass(frozen=True, slots=True)
class Purpose:
    """How much speaks for each: sums of probabilities and signs, 0 to about 2."""

    matter: float
    question: float
    talk: float
    noise: float

    @property
    def is_matter(self) -> bool:
        """Something to be dealt with, more than a question."""
        return self.matter >= 0.45 and self.matter >= self.question and self.talk < 0.6

    @property
    def is_talk(self) -> bool:
        """Neither a matter nor a question."""
        most = max(self.matter, self.question)
        return self.talk >= 0.5 and self.talk > most and not self.is_matter


def purpose(reading: Reading) -> Purpose:
    """Weigh what a text is for."""
    text = reading.text
    matter = _sum(reading, MATTERS) + dangers(reading)
    question = _sum(reading, (g.name for g in reading.ranking if g.name.startswith("ask_")))
    talk = _sum(reading, TALK)
    wish, trouble = _WISH.search(text), _names_trouble(reading)
    asking = asks(reading)
    matter += 0.5 * bool(wish) + (0.3 if asking else 0.5) * bool(trouble)
    if (wish or trouble) and not asking:
        # Trouble that is told and not asked about wants somebody to come.
        question *= 0.3
    if reading.details.place:
        matter += 0.4
    if not asking and any(map(str.isdigit, reading.details.place)):
        # Who tells the very house and asks nothing wants somebody to go there.
        matter += 0.2
        question *= 0.3
        talk *= 0.3
    if reading.details.phone and (wish or trouble or reading.details.place):
        # Who leaves a number wants to be called back.
        matter += 0.5
        question *= 0.5
    if asking:
        question += 0.4
    return Purpose(matter, question, talk, _sum(reading, NOISE | {"chitchat"}))


def _sum(reading: Reading, names: Iterable[str]) -> float:
    wanted = frozenset(names)
    return sum(guess.confidence for guess in reading.ranking if guess.name in wanted)


def dangers(reading: Reading) -> float:
    """How likely a danger is told of; one that is not there now is a matter like any other."""
    return sum(g.confidence for g in reading.ranking if g.name.startswith("danger_"))


def goes_on(reading: Reading) -> bool:
    """True if a text adds to the matter before it."""
    return bool(_MORE.search(reading.text.strip()))


def says_another(reading: Reading) -> bool:
    """True if a text says itself that it is about something else."""
    return bool(_ANOTHER.search(reading.text))


def begins_another(reading: Reading) -> bool:
    """True if a text begins as if something else came: 「对了还有…」."""
    return bool(_BESIDES.search(reading.text))


def asks(reading: Reading) -> bool:
    """True if the words of a text ask something, whatever it is for."""
    said = _RHETORICAL.sub("", reading.text)
    return bool(_ASKING.search(said) or _ASKING.search(standard(said, LONGEST)))


def wants_somebody(reading: Reading) -> bool:
    """True if a text wants somebody to come or to act: it names a place, wishes for it, or tells
    of trouble, or of what is surely a matter, without asking about it."""
    trouble = _names_trouble(reading) or purpose(reading).matter >= _SURELY
    told = trouble and not asks(reading)
    return bool(reading.details.place) or bool(_WISH.search(reading.text)) or told


def tells_trouble(reading: Reading) -> bool:
    """True if a text names a trouble or wishes for its end."""
    return _names_trouble(reading) or bool(_WISH.search(reading.text))


def _names_trouble(reading: Reading) -> bool:
    """True if a text names a trouble, in dialect or not."""
    return bool(_TROUBLE.search(reading.text) or _TROUBLE.search(standard(reading.text, LONGEST)))


def is_question(reading: Reading) -> bool:
    """True if a text asks something, also in the middle of an order."""
    weighed = purpose(reading)
    leads = weighed.question > weighed.matter and weighed.talk < weighed.question
    return leads and asks(reading)


def is_place(reading: Reading) -> bool:
    """True if a text names a place and nothing else."""
    place = reading.details.place
    rest = reading.text.replace(place, "", 1).strip()
    if not place or _TROUBLE.search(rest) or _WISH.search(rest):
        return False
    told = _AROUND_A_PLACE.sub("", rest)
    return len(place) >= _PLACE_ONLY * len(reading.text.strip()) and len(told) <= _MOST_BESIDE
