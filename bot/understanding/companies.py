"""Names of companies and organisations that a text speaks of."""

import re
from collections.abc import Iterator

import rjieba

_KIND = (
    "(?:股份)?有限(?:责任)?公司|[分总子]公司|物业公司|公司|集团|事务所|合作社|工作室|俱乐部|培训(?:机构|学校|中心|班)"
    "|物业(?:服务中心)?|超市|便利店|商场|购物中心|百货|大?酒店|宾馆|饭店|餐厅|餐馆|酒楼|茶楼|食府|会所|影城|影楼"
    "|[\u4e00-\u9fff]{1,2}店|面馆|菜馆|饭馆|茶馆|火锅店|烧烤店|夜宵店|奶茶店|蛋糕店|早餐店|理发店|美容院|美容店|药店|大药房|药房|诊所|眼镜店|服装店|手机店"
    "|专卖店|旗舰店|[4四][Ss]店|驿站|健身房|健身中心|健身馆|体育馆|瑜伽馆|游泳馆|洗浴中心|棋牌室|KTV|ktv|网吧|网咖|酒吧"
    "|幼儿园|小学|中学|学校|技校|职院|学院|大学|[一二三四五六七八九十]中|驾校|医院|卫生院|门诊部|养老院|敬老院|口腔"
    "|银行|信用社|营业厅|快递|物流|房产|置业|地产|中介|家装|装饰|装修公司|建材|家具城|家居|工厂|砖厂|养猪场|养殖场"
    "|搅拌站|加油站|[^\\W\\d_a-zA-Z推]厂|农庄|门窗|汽修|车行|旅行社|保险|水务|燃气|菜市场|农贸市场"
)
_KIND_END = re.compile(
    rf"(?:{_KIND})+(?:[\u4e00-\u9fff]{{1,4}}支行|[\u4e00-\u9fff]{{1,3}}分店)?(?![长员工主业区里边费卡附停路站街证款])"
)
_REACH = 14
_LOOSE_TAGS = frozenset(
    ("p", "r", "c", "d", "y", "e", "o", "uj", "ul", "uv", "ud", "ug", "uz", "x")
)
_TIME = re.compile(r"[月日天晚早午夜]|[今去明前后]年|[现当]在|目前|时候?$")
_OPENS = re.compile(r"^(?:开了?|搞了?|办了?|黑)+")
_PLAIN = re.compile(r"(?:医院|中学|小学|幼儿园|物业|卫生院|[\u4e00-\u9fff]中)$")
"""What is called by where it is: 「雨湖区中心医院」, 「阳光小区物业」."""
_SOME = re.compile(r"^[家个间所]|[一几某这那][家个间所]|我家|人家")
_WHERE = re.compile(
    r"^.*(?:[\u4e00-\u9fff]{2}(?:[区县市镇乡村]|街道|大道|[东南西北中]?路|街|巷)|\d+号)(?=[\u4e00-\u9fff]{2})"
)
"""What says where a business is, before its name."""
_NO_NAME = frozenset(
    re.findall(
        r"\S+",
        """
        在 有 是 找 去 到 来 从 被 让 叫 给 说 和 跟 与 住 买 卖 开 投诉 举报 反映 咨询 表扬
        感谢 希望 要求 请 建议 通知 联系 要 想 问 进 出 上 下 里 外 前 后 里面 外面 楼下 楼上
        对面 旁边 附近 隔壁 门口 经过 看 修 报 报修 属于 认为 觉得 我们 他们 你们 老板 员工
        业主 领导 开发商 昨天 今天 就是 作为 关于 其中 位于 家住 承包 打 送 读 上班 工作 入住
        办 办理 办卡 购买 消费 吃 吃饭 用 管 归 由 把 将 对 为 向 交 交给 骗 告 查 查处 处理
        整治 严查 一下 做 当 参加 报名 装修 去年 今年
        """,
    )
)
_GENERIC = re.compile(
    r"(?:小区|社区|本地|当地|该|各|某|某某|一[家个间所]|这[家个]|那[家个]|几[家个]|大|小|新|老|私人|私立|公立|民办|公办|有关|相关"
    r"|其他|一些|开发|建筑|施工|装修|家政|广告|网络|快递|物流|保险|物业|楼盘|全市|市|区|县|镇|乡|村|学|国有|电动|自来水|公交|出租车|供电|供水|保安|外地"
    r"|业主|连锁|品牌|房地产|燃气|天然气|通信|移动|中心|人民|第[一二三四五六]|中医|妇幼|实验|网上|的|招聘|劳务|贷款|投资|\d|[一二三四五六七八九十])*"
)


def find_companies(text: str, most: int = 3) -> tuple[str, ...]:
    """The organisations named, each once, in order; 「物业」 or 「那家超市」 alone name none."""
    names = [name for name in _names(text) if name and not _SOME.search(name)]
    longest = [n for n in names if not any(n != other and n in other for other in names)]
    return tuple(dict.fromkeys(longest))[:most]


def _names(text: str) -> Iterator[str]:
    starts = _word_starts(text)
    reached = 0
    for match in _KIND_END.finditer(text):
        if match.end() <= reached:
            continue
        start = _begin(text, match.start(), starts, reached)
        name = text[start : match.end()]
        if not _GENERIC.fullmatch(text, start, match.start()) and len(name) > len(match[0]):
            reached = match.end()
            yield _bare(name, len(match[0]))


def _bare(name: str, kind: int) -> str:
    """The name without the place before it, if something of it is left."""
    where = _WHERE.match(name, 0, len(name) - kind + 2)
    rest = _OPENS.sub("", name[where.end() :] if where else name)
    left = rest[: len(rest) - kind]
    if _GENERIC.fullmatch(left):
        return name if _PLAIN.search(name) else ""
    return rest


def _begin(text: str, position: int, starts: dict[int, tuple[int, str]], reached: int) -> int:
    """How far back the name goes: over words that a name may hold."""
    begin = next((end for end in range(position, position + 4) if end in starts), position)
    while begin in starts:
        start, tag = starts[begin]
        word = text[start:begin]
        if start >= position:
            begin = start
            continue
        if start < max(reached, position - _REACH) or word in _NO_NAME or tag in _LOOSE_TAGS:
            break
        if word in "坏乱差不没太很" or not word.isalnum() or (tag == "t" and _TIME.search(word)):
            break
        begin = start
    return min(begin, position)


def _word_starts(text: str) -> dict[int, tuple[int, str]]:
    """Where the word before each place begins, and its tag."""
    found, start = {}, 0
    for word, tag in rjieba.tag(text):
        found[start + len(word)] = (start, tag)
        start += len(word)
    return found
