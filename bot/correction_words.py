"""How citizens speak of the fields of an order: the vocabulary of corrections.py."""

import re

from bot.understanding.turns import TYPES

AFFIRMED = re.compile(
    rf"(?<!不)(?<!不是)(?<!没有)(?<!不要)(?<!冇)(?<!莫)(?<!写成)(?<!什么)(?<!当成)(?<!不算)(?<!没)(?:{'|'.join(TYPES)})(?!人|者|信|电话|谁|哪个)"
)
"""A type that is not denied."""
ANONYMOUS = re.compile(r"[匿实]名(?P<kind>投诉|举报)")
ADDED = re.compile(
    r"(?:诉求|要求)[^，,。\s]{0,4}?(?:再|还|另外|也|多)*(?:加上?|添加?|增加|补充)(?:一[条个点项])?[，,：:\s]*(?P<value>[^。；;\n]{2,80})"
)
NOT_CALLED = re.compile(r"不(?:是)?姓(?P<old>[\u4e00-\u9fff])")
"""「不是姓王」."""
TITLES = "先生|女士|警官|民警|医生|护士|老师|师傅|经理|主任|队长|书记|同志|组长|工程师|[姐哥工]"
TAIL_DIGITS = re.compile(
    r"(?:(?:(?:最后|末尾?|尾巴?|后面?)上?(?:的)?[一二两三四1-4]?(?:位|个)?(?:数字?|号)?|尾号|尾数)[^\d，,。]{0,6}[，,\s]?(?:应该)?是"
    r"|(?<=是)(?=\d{1,4}(?:结尾|收尾)))(?P<digits>\d{1,4})(?!\d)"
)
WRITTEN = re.compile(
    r"[字名].{0,6}(?:错|不对|不是|有误)|错字|(?:转|听|认|识别|打|写|输)[^，,。\s]{0,3}(?:错|不对)|谐音|同音"
)
"""Says that something is written otherwise."""
ERRS = re.compile(r"[写说讲打填记弄搞看]错|错[了哒]|岔[了哒]|反[了哒]")
"""Says that something was wrong."""
PIN_ERRS = re.compile(r"定位.{0,3}(?:不准|不对|错|飘|偏|歪|不是)")
"""Says that a shared place was not the one."""
STRUCK = re.compile(
    r"(?P<what>[^，,。\s就把]{1,8}?)(?:的)?(?:那|这)(?:一)?(?:句话?|段话?|部分|个词?|点)(?:就|都|请|可以|帮我|给我)*"
    r"(?:删|去|拿|划|抹)(?:掉|了|除)"
)
"""「喝酒那句删掉」: what is wanted out of the facts."""
WRITE = re.compile(
    r"(?:^|[，,。；;\s])(?:就|要|应该)?(?:写成?|改成|换成)(?P<value>[^，,。；;]{4,})"
)
"""「把噪音那个去掉，写油烟…」: what is wanted in their place."""
ONLY = re.compile(
    r"只(?:报|反映|登记|投诉|要报|举报)(?P<what>[^，,。\s]{2,8}?)"
    r"(?:的?(?:事情?|问题)?|那个|就行|就好)*(?:[，,。\s]|$)"
)
"""「只报井盖」: what alone is wanted in them."""
FIELDS = {
    "place": "地址|地点|位置|地方|路名|门牌号?|楼栋|楼号|房号|小区",
    "occurred_at": "时间|日期",
    "contact": "电话|手机号?码?|联系方式|号码",
    "demand": "诉求|要求",
    "facts": "内容|事情|描述",
    "person": "名字|姓名|联系人|称呼",
}
"""The fields of an order as citizens call them."""
CALLED = {name: re.compile(words) for name, words in FIELDS.items()}
CHANGES = re.compile(r"改|更正|换|错|不对|有误|反了|混了")
BACK = re.compile(
    r"还是(?:就)?(?:留|用|写|填|打)我(?:自己|本人)?的|"
    r"[改换调][转回](?:来|去|原来|之前)|还原|恢复(?:原样|原来)|还是(?:按|用|是)?(?:原来|之前|最开始)的?(?:那个|没错|对)?"
    r"|(?:原来|之前|本来|先前|起先|(?:最?开|一开)始)(?:(?:[写讲说报填打]的)?那个|[写讲说报填打]?的)?(?:就)?(?:是对的|没错|才对)"
)
SECRET = re.compile(
    r"保密|匿名|(?:别|不要|不能)把我们?的?(?:名字|姓名|电话|信息)|(?:别|不要|不能)(?:说|讲|提|写)(?:出去)?(?:是我|我的?名|到我)|(?:不要|别|不能|不想|不希望)(?:把|让|给|被|向)?.{0,10}(?:透露|公开|泄露|告诉|知道|给)"
    r".{0,4}(?:他们|对方|别人|姓名|名字|电话|信息|身份|是我)"
)
NAMELESS = re.compile(
    r"(?:名字?|姓名|姓)(?:也|都|就)?(?:不要|不用|不想|别|莫)(?:写|留|登|出现|上)|匿名"
    r"|(?:不要|不用|不想|别|莫)(?:写|留|登|出现)我?的?(?:名字?|姓)|(?:名字|姓名)[^，,。]{0,3}(?:删|去掉|拿掉|划掉)"
)
"""Wants the own name out of the order."""
NOT_SO = re.compile(r"(?:地址|地点|位置|时间)?(?:不是|不在)(?P<old>[^，,。；;\s]{2,20})")
TAIL = re.compile(
    r"(?:[的啊呢哦呀哈哟。.!！，,、~\s]|(?<![网酒书水])吧|(?<![坏断掉破塌漏堵停没丢死])了)+$"
)
