"""Plain signs in what a citizen answers: yes, no more, would rather not say, has lost patience."""

import re

from bot.understanding.dialect import standard

_CONSENT = (
    r"(?:其他|其它|别的|剩下的?)(?:的)?(?:都|就)?(?:[没冇]问题|没有问题)|嗯|恩|好[的吧呀啊滴嘞]?|对[的呀啊]?|是的?|行[的吧啊]?|可以的?|中|妥|要得|没错|[没冇]问题|没有问题|没毛病"
    r"|没意见|没有意见|不用改了?|不改了?|没有?(?:什么)?(?:要)?(?:改|补充|修改)的?了?|没有?了|没有?(?:别的|其他)了?"
    r"|无误|正确|同意|确[认定]|提交|登记|报上?去?|交[吧了]|ok|okay|yes|就这样|就这么[办写报]|就[按是]这[个样]"
    r"|这样|这些|这么多|看着办|派单|[👌👍]"
)
_FILLER = (
    r"哦|噢|就是|就|都|帮我|请|直接|赶紧|快点|快|马上|麻烦[了您你]*|谢谢[您你]?|辛苦了?|处理吧|办吧|来吧|核对"
    r"|我?看[过完好]?了|内容|信息|写得|写的|算了|了|吧|呢|哈|啊|呀|咯|嘛|[\s,，。.!！~、🙏]"
)
_FLOWERS = re.compile(r"[^\w\s,，.。!！?？~、👌👍🙏]")
"""What decorates consent and says nothing: 🌹, 😊."""
_YES = re.compile(rf"(?:{_CONSENT}|{_FILLER})+", re.IGNORECASE)
_YES_CORE = re.compile(_CONSENT, re.IGNORECASE)
_OVER = re.compile(
    r"(?:不用|不必|不需要|不要|别)(?:再)?(?:登记|反映|处理|报|投诉|举报|派人|来)了|(?:已经|刚刚?)?(?:自己)?好了.{0,4}不用|"
    r"^(?:没事了|算了)|警察(?:已经)?来了|已经(?:解决|处理好|修好|恢复)了|^(?:我)?(?:不想|不)(?:反映|投诉|举报|报)了|撤回|撤销(?!登记)"
    r"|(?:^|[，,。\s])(?:不用|不需要|不必|没必要)(?:麻烦|你们)*了[。.!！]*$|(?:^|[，,。\s])不(?:用|要|必)(?:再)?(?:给我|帮我)?(?:登记|报|[立开建下做]单子?)(?=$|[，,。\s])|^(?:已经)?(?:来[电水气]|通[电水气]|恢复供[电水气])了"
)
_CLAUSE = re.compile(r"[，,。.；;！!？?~\s]+")
_A_CLAUSE = re.compile(r"[^，,。.；;！!？?~\s]+")
_DROPS = re.compile(
    r"(?:[哎唉哦诶嗯呃]|想了想|仔细想想?|那个?|就|还是|先|我们?|你们?|您|都|也|其实|这个|[那这]件?事|真的?|刚才|刚刚|前面|上面|之前|第?[一1]个)*"
    r"(?:(?:不用|不必|不需要|不要|没必要|莫|别|甭|懒得|不想)(?:再|去|要|麻烦|帮我|给我)*(?:你们|您|他们?)?"
    r"(?:登记|反映|处理|报|投诉|举报|追究|派人|来人?|管|修|弄|搞|查|催|提交|交|填|写|讲|计较|麻烦)*(?:你们|他们?|上去|什么)?"
    r"|不(?:再)?(?:登记|反映|报|投诉|举报|追究|搞|弄|提交|交|填|告|投)|(?:算了)*算|作废|放弃|取消|撤)"
    r"(?:了|啦|咯|吧|掉|球|数|[的呢啊])+(?:谢谢|不(?:再)?[讲说][了哒])?"
)
"""A whole clause that wants nobody any more: 「哎不用了」, 「莫报了」."""
_LATER = re.compile(
    r"(?:算了)?(?:刚才|前面|上面)?(?:的|这|那)(?:个|件|件事)?先?(?:不|别)(?:报|登记|管|说|讲|弄|提)(?:它|了|吧)*"
    r"|[那这]个?(?:事|件事)?不(?:重要|要紧|急)(?:了|的)?"
)
"""「这个先不报」, 「那个不重要」, before what matters more."""
_DOUBTED = re.compile(r"说|其实|并没|没有|还是|骗|提交|登记吧|为什么|怎么")
"""Who tells that others say so, or that it is not so, gives nothing up."""
_UNKNOWN = re.compile(
    r"(?:这个|具体(?:在)?(?:哪里?|位置|地址|地方)?|位置|地址)?我?(?:也|真的?|就|还)?(?:不(?:太|大)?(?:知道|晓得|清楚|记得|确定)|记不(?:清|得)了?|没有|没注意"
    r"|说不(?:上来|清楚?|好|准)|讲不清楚?|忘(?:了|记了?))(?:具体|是|在|的|哪[里条个儿]?|什么|地方|路|位置|叫|名字)*[。，,.!！啊呀哦了的呢嘛咯]*"
)
_REFUSAL = re.compile(
    r"先不(?:说|讲|提|告诉|留)|(?:名字|单位|公司|地址|电话|哪里|哪家)[^，,。]{0,4}(?:不说|不讲|不提|保密)"
    r"|不(?:太)?(?:方便|想|愿意?|能|好|便)(?:再)?(?:告诉|说|讲|留|透露|提供|给|公开|填|回答)|不(?:告诉|说|讲|给|留|提供)(?:你|您|了|行|可以|电话|手机|号码|地址|名字|联系方式)"
    r"|凭什么(?:要)?(?:告诉|给|说)|(?:没|不)(?:有)?必要(?:说|告诉|知道|留)|问(?:这么|那么)多(?:干嘛|干什么|做什么)?|为什么要(?:告诉|说|留|知道)|无可奉告|隐私|(?:有|关)(?:你)?(?:什么|啥)(?:关系|事)|关你|你猜|不重要|别问了?|哪里?有(?:什么)?地址|没有?(?:什么|具体)?地址|不用(?:知道|问)|保密不说"
)
_PHONE = re.compile(r"电话|手机|号码|联系方式")
_KEEP_OUT = re.compile(
    r"(?:别|不要|不用|不想|去掉|删掉?|不)(?:再)?(?:写|登记|留|填|给|记|放|要)|去掉|删掉|删了|拿掉|抹掉"
)
_NO_PHONE = re.compile(
    rf"(?:{_PHONE.pattern})[^，,。\d]{{0,8}}\d{{0,12}}(?:{_KEEP_OUT.pattern})"
    rf"|(?:{_KEEP_OUT.pattern})[^，,。]{{0,8}}(?:{_PHONE.pattern})"
    rf"|(?:{_PHONE.pattern})\D{{0,4}}\d{{7,12}}[，,\s]+(?:还是|就|算了)*(?:{_KEEP_OUT.pattern})[上进去了哈啊吧]*$"
)
_NAME = re.compile(r"名字|姓名|叫什么|身份")
_HURRY = re.compile(
    r"到底|快点|赶紧|搞不搞|管不管|办不办|行不行|态度|不满意|太慢|差劲|有没有人|有人(?:吗|没有?|管)|烦死|气死|火大|垃圾(?:热线|平台|系统|机器人|东西|服务)?$|废物|没用|搞什么|磨磨|啰嗦|罗嗦|等(?:到)?什么时候"
    r"|听不懂|什么破|妈的|他妈|傻|混蛋|蠢|智障|投诉你们"
)
_PAUSE = re.compile(
    r"(?:你|您|先)?(?:等等|等一等|等[一我]?下|稍等|等会儿?|我(?:先)?(?:看看|看一下|想想|想一下|问问|找找|去看看|在忙|在上班|在开车|有事)"
    r"|晚点(?:再)?说|一会儿?(?:再)?说|待会儿?(?:再)?说|[我在跟你说话呢啊哈，,。！!\s])+"
)
_SENDS = re.compile(
    r"(?:发|传|拍)(?:个|送|一个|张|一张|你|给你|一下)*(?:定位|位置|照片|图片|视频|地址)"
)
_MISSAID = re.compile(
    r"(?:不好意思|抱歉|哎呀?|等下|[，,\s])*我?(?:刚才|刚刚|前面)?(?:好像)?(?:说|写|打|填|搞|弄|讲)错了[。.!！啊哦\s]*"
)
_ASKS = re.compile(r"(?:问|咨询|请教|打听)(?:一下|下|个|你|您)")
_WHEN = re.compile(
    r"(?:什么时候|几时|多久|哪天|几天)(?:能|可以|才|会|来|修|处理|解决|有|答复|回复|管)"
)
_APART = re.compile(
    r"单独|分开|另外?(?:登记|报)|各[是办]各|不(?:用|要|想|需要|愿意?)?(?:一并|一起|合并|一块儿?)|不是(?:一回|一件|一码|同一)|不一样"
)
_TOGETHER = re.compile(
    r"(?:一并|一起|一块儿?|合并|并在一起|同意|跟他们|和他们)(?:登记|办理?|处理|报|反映|一起)*|[我咱]们?(?:家)?(?:这里|这边)?也(?:是|一样)(?:这样|这个|的)?"
)
_NO = re.compile(r"(?:不(?:了|用了?|要了?|需要|必了?|行|好)?|别|否|no)[。.!！~\s]*", re.IGNORECASE)
LONGEST_OUTBURST = 24
"""Characters; who writes more tells something, however angrily."""


def agrees(text: str) -> bool:
    """True for 「对的 就这样」, 「没问题」, 「嗯」: nothing but consent."""
    said = _FLOWERS.sub("", standard(text.strip()))
    return (
        bool(said)
        and len(said) <= 30
        and bool(_YES.fullmatch(said))
        and bool(_YES_CORE.search(said))
    )


def given_up(text: str) -> bool:
    """True if the matter is over, or nobody is wanted for it any more."""
    said = standard(text[:100])
    if asks_about_filing(text):
        return False
    clauses = [clause for clause in _CLAUSE.split(said) if clause]
    others = [clause for clause in clauses if not _DROPS.fullmatch(clause)]
    if clauses and _DROPS.fullmatch(clauses[-1]):
        return True
    over = bool(_OVER.search(said)) or len(others) < len(clauses)
    return over and not _DOUBTED.search(" ".join(others))


def instead(text: str) -> str:
    """What is told in place of what its first clauses give up: 「那个不报了 我讲个要紧的…」; ''."""
    given, reached = False, 0
    for clause in re.finditer(_A_CLAUSE, text[:100]):
        said = standard(clause[0])
        if not (_DROPS.fullmatch(said) or _LATER.fullmatch(said) or _SETTLED.search(said)):
            break
        given, reached = True, clause.end()
    rest = text[reached:].lstrip("，,。.；;！!？?~ ")
    return rest if given and len(rest) >= LONGEST_OUTBURST // 2 else ""


def drops_outright(text: str) -> bool:
    """True if a text gives a matter up in so many words, whatever is said around it."""
    return bool(_OUTRIGHT.search(text))


def mends(text: str) -> bool:
    """True for 「帮我改一下」, 「写错了」: the same matter, told otherwise."""
    return bool(_MENDS.search(text))


_OUTRIGHT = re.compile(
    r"(?:就|那|都|先)?不(?:用|必|再|想|要)?(?:再)?(?:报|登记|提交|反映|投诉|追究)了|撤了吧"
)
_SETTLED = re.compile(rf"{_OUTRIGHT.pattern}|已经.{{0,4}}(?:好|亮|来|修|通|解决|处理)")
"""A clause that gives a matter up, whatever else it says: 「算了路灯的事不报了」."""
_MENDS = re.compile(r"改一下|改成|更正|[写说讲打]错")


def files(text: str) -> bool:
    """True if a clause tells us to file the order: 「照片发了 可以提交了」."""
    said = standard(text.strip())
    clauses = [clause for clause in _CLAUSE.split(said) if clause]
    if len(said) > LONGEST_OUTBURST:
        clauses = clauses[-1:]
    told = any(_FILES.fullmatch(clause) or _FILES_IT.search(clause) for clause in clauses)
    return len(said) <= LONGEST_QUESTION and told


_FILES_IT = re.compile(
    r"(?:^|请|麻烦|可以|就|那|把|将|予)[^不别莫没甭么几]{0,12}"
    r"(?:提交|[报交]上去|上报|(?<=可以|帮我)(?:交|报|登记))(?:吧|了|咯|一下|即可|就行|就好)?$"
)
"""「请把刚才的事提交吧」, 「请予提交」."""
_FILES = re.compile(
    r"(?:[那就你您请快都嗯好行对]|收到|没错|可以|能|帮我|直接|赶紧|马上|现在|麻烦|先|给我|这样|尽管|只管)*"
    r"(?:提交|上报|登记|报|递|交|转|发)(?:上去|出去|过去|给他们)?"
    r"(?:了|吧|咯|算了|就行|就是|就好|就可以|啊|呀|嘛)*"
)


def thinks_better(text: str) -> bool:
    """True for 「还是报吧」, 「还是帮我登记」: what was given up is wanted after all."""
    said = standard(text.strip())
    return len(said) <= LONGEST_QUESTION and bool(_AFTER_ALL.search(said))


_AFTER_ALL = re.compile(
    r"还是(?:要|想|得|帮我|给我|麻烦)*(?:反映|报|登记|提交|投诉|举报|交)|刚才(?:那|的|取消).{0,8}(?:报|登记|提交|交|恢复)"
)


def insists(text: str) -> bool:
    """True for 「这事不能就这么算了」."""
    return bool(_INSISTS.search(text))


_INSISTS = re.compile(r"(?:不能|不会|不可能|别想|休想|没那么容易|哪能)[^，,。]{0,6}算了")


def knows_not(text: str) -> bool:
    """True for 「不知道」 and the like, and nothing else."""
    return bool(_UNKNOWN.fullmatch(standard(text.strip()[:60])))


def refuses(text: str) -> bool:
    """True if the citizen would rather not say: 「不告诉你」, 「不方便说」."""
    return bool(_REFUSAL.search(text[:60]))


def withholds_phone(text: str) -> bool:
    """True for 「不想留电话」."""
    head = standard(text[:60])
    return bool(_PHONE.search(head)) and (refuses(head) or bool(_NO_PHONE.search(head)))


def keeps_out(text: str) -> bool:
    """True for 「别写进去」, 「不留」."""
    return bool(_KEEP_OUT.search(text))


def affirms_change(text: str) -> bool:
    """True for 「这个才是我的号码」, 「这回对了」: said of what was just corrected."""
    return len(text.strip()) <= LONGEST_QUESTION and bool(_NOW_RIGHT.search(text))


_NOW_RIGHT = re.compile(
    r"(?:其他|别的)的?(?:都)?(?:[没冇]错|是?对的)|^(?:是|对|嗯)[^，,。]{0,3}[，,\s]+就是"
    r"|[这现](?:个|回|次|下|在|样)(?:的|这个)?(?:[才就]是|[才就都]?对(?![面门方不]))"
)


def withholds_name(text: str) -> bool:
    """True for 「不想说名字」."""
    return refuses(text) and bool(_NAME.search(text[:60]))


def pauses(text: str) -> bool:
    """True for 「等等」, 「我看看」, 「晚点说」."""
    said = text.strip()
    return 1 < len(said) <= LONGEST_OUTBURST and bool(_PAUSE.fullmatch(said))


def has_called(text: str) -> bool:
    """True for 「120打了 他们已经在路上」: who can help knows."""
    called = bool(_CALLED.search(text)) and not _IN_VAIN.search(text)
    return called and len(text.strip()) <= LONGEST_OUTBURST


_IN_VAIN = re.compile(r"没人|还没|冇|不通|不来|不行|快点")
_CALLED = re.compile(
    r"(?:1[12]\d|警|电话)[^，,。]{0,3}(?:打|报|叫)[过了]|(?:打|报|叫)[过了].{0,2}(?:1[12]\d|警)|在路上"
)


def holds(text: str) -> bool:
    """True for 「先莫提交 我还没讲完」: the order shall wait for what is still to come."""
    return len(text.strip()) <= LONGEST_QUESTION and bool(_HOLDS.search(standard(text.strip())))


_HOLDS = re.compile(
    r"先(?:莫|别|不要|不急着?|等[等下])(?:提交|交|报|登记|发)(?!了)|还[没冇](?:有)?[讲说写]完"
)


def will_send(text: str) -> bool:
    """True for 「我发定位给你」."""
    return len(text.strip()) <= LONGEST_OUTBURST and bool(_SENDS.search(text))


def takes_back(text: str) -> bool:
    """True for 「我说错了」, and nothing else."""
    return bool(_MISSAID.fullmatch(text.strip()[:40]))


def stands_alone(text: str) -> bool:
    """True for 「单独登记」, 「不要一起」: the citizen would rather not join others."""
    return len(text.strip()) <= LONGEST_OUTBURST // 2 and bool(_APART.search(text))


def submits(text: str) -> bool:
    """True for 「确认提交」: the order as it is, with no answer to any question beside it."""
    return agrees(text) and any(word in text for word in ("提交", "确认", "报上", "交上"))


def declines(text: str) -> bool:
    """True for a bare 「不用」."""
    return bool(_NO.fullmatch(text.strip()[:20]))


def is_content(text: str) -> bool:
    """True for 「退钱就行」: something less is wanted, and that is wanted."""
    return bool(_ENOUGH.search(text))


_ENOUGH = re.compile(r"[^，,。\s]{2,}(?:就行|就好|就可以|就够)了?[。.!！~]*$")


def joins(text: str) -> bool:
    """True for 「一起吧」, 「我们也是」: the citizen joins others."""
    return len(text.strip()) <= LONGEST_OUTBURST // 2 and bool(_TOGETHER.search(text))


def asks_about_filing(text: str) -> bool:
    """True for 「要不要填身份证」, 「会不会有人知道是我」, 「要本人来办吗」."""
    return len(text.strip()) <= LONGEST_QUESTION and bool(_FILING.search(text))


LONGEST_QUESTION = 40
"""Characters of a question about the order itself."""
_FILING = re.compile(
    r"(?:要|用|得)(?:不要|不用|不得)?(?:填|写|报|给|要)?(?:我的)?身份证|实名|本人(?:来|去|办|到场)|代(?:我|他|她|家|别人|为)"
    r"|会不会(?:泄露|有人知道|知道是我|找我|打击)|知道是我|泄露|(?:反映|登记|投诉|举报)(?:要|会)?(?:不要|收)?(?:钱|费)"
    r"|(?:能不能|能否|可不可以|可以|能)(?:再)?(?:撤回|撤销|取消|改|修改)(?:的|不|吗|么|了)*[？?]?$"
)


def asks(text: str) -> bool:
    """True for 「帮我问下…」."""
    return bool(_ASKS.search(text[:60]))


def asks_in_words(text: str) -> bool:
    """True for 「请问…」, 「想问一下…」."""
    return len(text.strip()) <= LONGEST_QUESTION and bool(_IN_WORDS.search(text))


_IN_WORDS = re.compile(r"请问|想问|问一?下|咨询一?下")


def asks_when(text: str) -> bool:
    """True for 「什么时候来」: asked of what is not filed yet."""
    return len(text.strip()) <= LONGEST_OUTBURST and bool(_WHEN.search(text))


def is_outburst(text: str) -> bool:
    """True for impatience and anger that say nothing of the matter."""
    return len(text.strip()) <= LONGEST_OUTBURST and bool(_HURRY.search(text))
