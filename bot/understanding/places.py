"""Where it is: the place as the citizen wrote it, whole, and nothing that is not place.

A place is a chain of units (区, road, site, house numbers, 「附近」). Words that no name holds are
masked first, so that a chain ends before them; it starts and ends where a word does.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import rjieba

from bot.understanding.gazetteer import Gazetteer

_HAN = r"[\u4e00-\u9fffA-Za-z0-9０-９·]"
_AREA = "自治州|自治县|经开区|高新区|开发区|示范区|新区|街道|社区|省|市|区|县|镇|乡|村"
_ROAD = (
    "大道|大街|公路|国道|省道|高速|步行街|[东南西北中]路|(?<![绕让修带问赶迷认探拦挡过走])路(?![灯面边人费])|街(?!道)|巷|胡同|弄"
    "|大桥|隧道"
)
_SITE = (
    "小区|花园|花苑|佳苑|嘉园|家园|公寓|大厦|新村|新城|山庄|公馆|别墅|广场|家属院|家属区|宿舍"
    "|安置区|安置房|大?酒店|宾馆|饭店|保健院|中医院|医院|卫生院|小学|中学|[一二三四五六七八九]中"
    "|学校|幼儿园|大学|学院|菜市场|市场|超市|商场|商城|商业街|购物中心|[火汽]车站|客运站|高铁站|地铁站"
    "|公交站台?(?!牌)|加油站|收费站|派出所|工业园|产业园|物流园|科技园|公园|陵园|体育馆|图书馆"
    "|风光带|步道|绿道|政务中心|服务中心|敬老院|水库|码头|车站|大院|菜市|苑|园|城|府|湾|庭|郡|厂|院|桥"
)
_ESTATE = "门第|名邸|世家|华府|名都|名门|名城|豪庭|雅居|丽都"
"""Ends of names of estates that also begin them: 「丽都公寓」."""
_END = f"(?:{_SITE}|{_ROAD}|{_AREA})"
_NAME_END = f"(?:{_SITE}|{_ESTATE}|{_ROAD}|{_AREA})"
_LONG_END = (
    f"(?:{'|'.join(end for end in f'{_SITE}|{_ESTATE}|{_ROAD}'.split('|') if len(end) > 1)})"
)
_AFTER_END = f"{_LONG_END}|村(?![民里支干主口委部])|社区|街道"
_NAMED = re.compile(
    rf"(?!{_END}|农村|城乡|门口|附近|旁边|对面|[修开走]路){_HAN}{{1,8}}?{_NAME_END}(?:{_AFTER_END})*(?:[一二三四五六]期)?"
)
_BARE = re.compile(rf"{_ROAD}|{_AFTER_END}")
_COUNT = r"[\dA-Za-z０-９一二三四五六七八九十百零甲乙丙丁东南西北#]{1,6}"
_HOUSE = re.compile(
    rf"[\s,，、的]?(?:第?{_COUNT}(?:-{_COUNT})?(?:号楼(?![道下上梯顶])|号院子?|号门面|号门(?![口前外对])|号(?![线令文码召])|栋|幢|座(?!位)"
    r"|单元|楼(?![上下梯道])|层|室|户(?!口)|期|(?:村民)?小?组(?![织长])|弄|门面)(?:附\d{1,3}号)?"
    r"|(?<=[栋幢座元楼厦])\d{3,4}(?![\d年月日天个元点路])"
    r"|\d{1,3}-\d{1,3}(?:-\d{2,4})?(?![\d-]))"
)
_GROUP = re.compile(r"[\u4e00-\u9fff]{1,3}组(?![织长合成建])")
"""The name of a 组 of a village, as in 「金塘村柳树组」."""
_PART = re.compile(
    r"(?:人民医院|中心医院|中医院|卫生院|医院|派出所|敬老院|村委会|居委会|村部|卫生室|车管所"
    r"|小学|中学|幼儿园|实验小学|中心小学|中心校|[火汽]车站|客运站|高铁站|公交站台?(?!牌)|收费站|政务中心|服务中心|[一二三四五六]中"
    r"|(?:农贸|综合|建材|批发)?市场|菜场|菜市场|广场|公园|小区|超市|商场|社区|安置[区房]|公租房|廉租房|经适房|家属[区院楼]|宿舍[区楼]?|单身公寓|集镇|老街"
    r"|(?:邮政|电信|移动|联通|供电|燃气|快递)?(?:代办点|代收点|服务[点站]|营业[厅部所]|网点|支行|驿站)"
    r"|(?:社保|人社|医保|公安|民政|税务|教育|住建|城管|交通|市场监管|房产|自然资源|供电|车管)局"
    r"|(?:办事|服务|办税|营业)?大厅(?:\d{1,2}号窗口)?|充电[站桩]|变电[站所]|垃圾(?:中转)?站|泵站|公厕"
    r"|住院部|急诊[科室]?|门诊[部楼]?|[东南西北新老]院区?|[东南西北新老]校区)+(?!路|街|大道|小区)"
)
"""What names itself only after an area, a road or the body that it is part of."""
_SHOP = re.compile(
    rf"{_HAN}{{1,8}}?(?:超市|便利店|驿站|[\u4e00-\u9fff](?:店|馆|吧|[药茶]房)|KTV|[Kk]tv|驾校|会所|影城|公司|工作室"
    r"|餐厅|美食城|食府|酒楼|茶楼|酒店|宾馆|公寓|宿舍|培训班|诊所)(?![长员主家里])"
)
"""A business, which takes any name; found only after a road, an area or a house number."""
_BRAND = re.compile(
    r"(?:恒大|碧桂园|万科|保利|绿地|华润|融创|金科|中建|美的|龙湖|中海)[\u4e00-\u9fff]{2,4}?"
    r"(?=[的\d一二三四五六七八九十,，。、\s]|$)"
)
"""An estate called after its builder."""
_NEAR = re.compile(
    rf"的?{_HAN}{{0,6}}?(?P<word>附近|斜?对面|大?门口|十字路口|红绿灯路口|路口|交叉口|交汇处|交界处"
    r"|段(?![时落子])|(?<=[路街巷])口(?![区岸径罩味水])|[东南西北]{1,2}大?门|[正后侧]大?门|[东南西北]?出入?口|[东南西北][侧面边]|[前后旁][面边]|周边|楼[下顶]|隔壁|[入出进]站?口|村[口头]|(?<![那这])边上?(?=[的有那这，,。\s]|$)|路段|沿线|一带"
    r"|公交站台?(?!牌)|站台|地下车库|(?:地下)?停车场|旁边?)"
)
_NUMBERED = r"第?[一二三四五六七八九十]{1,2}(?:中学?|小学?|完小|医院|人民医院|附中)"
_INSTITUTION = re.compile(
    rf"(?:(?:[市县区省]|湘潭|湘乡|韶山|湘钢|湘机|湘电)?{_NUMBERED}"
    r"|[市县区省](?:人民)?(?:政府|医院|中心医院|人民医院|中医院|妇幼(?:保健院)?|实验[中小]学|图书馆|博物馆"
    r"|体育馆|体育中心|法院|车管所|[\u4e00-\u9fff]{1,3}局|[火汽]车站|政务中心)"
    r"|(?:湘|湖?科|师|理工|工|农|医|财)大|湘?工程|市民之家|(?:老|新)?[火汽]车[东南西北]?站|[东南西北]站|高铁站|客运站|中心医院|(?:城铁|高铁|地铁)[\u4e00-\u9fff]{2,4}站"
    r"|(?:铁路|职业|商业)?(?:医学院|师院|技院|职院|电院))"
)
"""What is called by its short name: a place when a word like 「门口」 follows."""
_EDGE = re.compile(r"村(?=村[口头部委])|[桥路街湖河塘园场](?=边)|[路街巷](?=口)")
"""Where a name ends inside a word that says where it is near: 「唐兴桥边」."""
_CROSSING = re.compile(rf"[与和跟同、到至]{_HAN}{{1,6}}?(?:路|街|大道|巷)(?:{_NEAR.pattern})?")

_GENERIC = re.compile(
    r"(?:[本全我老旧新大小该各某外同附近整住\d一二三四五六七八九十两几多]*)(?:小区|社区|街道|城市|地区|辖区|片区|校区"
    r"|学区|园区|城区|郊区|山区|市区|景区|农村|乡村|县城|老城|市|区|县|镇|乡|村|超市|菜?市场|马路|道路"
    r"|公路|铁路|线路|电路|小路|大路|半路|公交线路|公园|校园|家园|花园|学校|医院|大?酒店|饭店|工厂|学院|大学"
    r"|小学|中学|幼儿园|商场|宿舍|公寓|大厦|广场|派出所|加油站|地铁站|公交站|火车站|汽车站|法院|检察院|国务院"
    r"|省|养老院|敬老院|车站|客运站|门市|上市|夜市|院|楼市|股市|大街|逛街|上街|路|街|巷|大院|新城|新区|政务中心|服务中心)"
)
_NEVER = re.compile(
    r"[个的了被把没不这那我你您他她它们吗呢吧啊呀很也就请问谁哪什怎让给叫说想要会能]|(?<![名丽])都"
)
_NOT_IN_A_NAME = (
    "在 有 是 住 住在 家住 位于 到 去 来 从 走 开 坐 买 "
    "租 反映 投诉 举报 咨询 希望 要求 路过 经过 发生 居住 家 家里 请 建议 "
    "办 办理 停水 停电 停气 施工 看 找 查 修 堵 市民 群众 居民 业主 "
    "用户 市长 领导 政府 物业 路灯 关于 麻烦 地址 地点 位置 现在 目前 刚 刚才 "
    "又 楼上 楼下 邻居 里 上 下 里面 上面 后 前 等 为 去年 今年 "
    "同志 一下 一些 一直 一条 走路 有关 井盖 下水道 红绿灯 垃圾 电梯 路面 开车 骑车 公交车"
)
_VERBS = frozenset(_NOT_IN_A_NAME.split())
_BREAKS = frozenset(
    ("p", "r", "c", "d", "y", "e", "o", "t", "uj", "ul", "uv", "ud", "ug", "uz", "x")
)
_ACTIONS = frozenset(("v", "vd", "vg", "a", "ad"))
_PREFIXES = frozenset("老新小大东南西北附")
"""Adjectives that begin names: 「老电厂宿舍」."""
_LOOSE = re.compile(
    r"[\s，,。.；;！!？?：:、的了被把没不这那我你您他她它们吗呢啊就请问哪什有在是去到从买卖个家]"
    r"|(?<![网酒水书])吧|停[水电气]|路灯|井盖|下水道|红绿灯|垃圾|路面|电梯|施工|市民|居民|业主|物业|门口|附近|旁边|对面"
)
"""What even the name of a shop does not hold."""
_SHORT = re.compile(r"[^省市区县镇乡村道路街园院校站]$")
"""Ends a name that may be the beginning of a longer one: 「韶山」 of 「韶山路」."""
_FREE = frozenset(("nr", "ns", "nt", "nz", "nrt", "nrfg"))
"""Tags of words that name something."""
_PHASE = re.compile(r"[\d一二三四五六七八九十]{1,2}期")
_DIRECTION = re.compile(r"[东南西北]{2}|[太很好更最]")
_ADDRESS = re.compile(r"[号栋幢座室]|单元|号楼")
_MASK = "\x00"


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a text: where it stands, and how closely it tells one where to go."""

    start: int
    end: int
    precision: int


class PlaceReader:
    """Finds the places in a text."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer

    def find(self, text: str, taken: Iterable[tuple[int, int]] = ()) -> Place | None:
        """The most precise place, the first of equals. `taken` spans are times and numbers."""
        scan = _Scan(text, self._gazetteer, taken)
        places = scan.places()
        return max(places, key=lambda place: (place.precision, -place.start), default=None)


class _Scan:
    """One pass over one text."""

    def __init__(self, text: str, gazetteer: Gazetteer, taken: Iterable[tuple[int, int]]) -> None:
        self.text = text
        self.names = {name.start: name for name in gazetteer.find(text)}
        self.shorts = {name.end for name in self.names.values() if _SHORT.search(text[: name.end])}
        tokens = _tokens(text)
        self.tags = {start + len(word): tag for start, word, tag in tokens}
        self.starts = {start for start, _, _ in tokens} | set(self.names)
        self.ends = set(self.tags)
        self.ends |= {name.end for name in self.names.values()}
        self.ends |= {match.end() for match in _EDGE.finditer(text)}
        self.mask = self._masked(tokens, taken)
        self.loose = _LOOSE.sub(lambda match: _MASK * len(match.group()), text)

    def places(self) -> list[Place]:
        """Every chain of units, left to right, none overlapping."""
        found: list[Place] = []
        reached = 0
        for start in sorted(self.starts):
            if start < reached:
                continue
            place = self._chain(start) or self._institution(start)
            if place:
                found.append(place)
                reached = place.end
        return found

    def _masked(self, tokens: list[tuple[int, str, str]], taken: Iterable[tuple[int, int]]) -> str:
        chars = list(_NEVER.sub(_MASK, self.text))
        following = [word for _, word, _ in [*tokens, (0, "", "")][1:]]
        for (start, word, tag), after in zip(tokens, following, strict=True):
            if _breaks(word, tag, after):
                chars[start : start + len(word)] = _MASK * len(word)
        for name in self.names.values():
            chars[name.start : name.end] = self.text[name.start : name.end]
        for start, end in taken:
            chars[start:end] = _MASK * (end - start)
        return "".join(chars)

    def _chain(self, start: int) -> Place | None:
        reached, position, units, known = start, start, 0, False
        while found := self._unit(position, start):
            known |= position in self.names
            end, whole = found
            position, units = end, units + 1
            if whole or end in self.ends:
                reached = end
        if reached == start or _GENERIC.fullmatch(self.text, start, reached):
            return None
        return self._place(start, reached, units, known)

    def _unit(self, position: int, start: int) -> tuple[int, bool] | None:
        """Where the unit at this position ends, and whether it may end inside a word."""
        if position in self.names:
            return self.names[position].end, True
        house = _HOUSE.match(self.mask, position) or _HOUSE.match(self.text, position)
        if house and _MASK not in self.mask[house.start() + 1 : house.end()]:
            return house.end(), position > start
        if position > start and (after := self._after(position)):
            return after, True
        if named := _NAMED.match(self.mask, position):
            return named.end(), False
        free = self._free(position) if position > start else 0
        return (free, True) if free else None

    def _after(self, position: int) -> int:
        """Where a unit ends that needs one before it; 0 when there is none."""
        if self.text[position - 1] == "村" and (group := _GROUP.match(self.mask, position)):
            return group.end()
        part = _PART.match(self.text, position)
        if not part and position in self.shorts:
            part = _BARE.match(self.text, position)
        if part:
            return part.end()
        shop = _SHOP.match(self.loose, position)
        return shop.end() if shop and shop.end() in self.ends else 0

    def _free(self, position: int) -> int:
        """A name of two to six characters with no known ending, before 「3栋」 or 「附近」, or
        one of a proper noun alone."""
        ends = (end for end in range(position + 2, position + 7) if end in self.ends)
        for end in ends:
            if _MASK in self.mask[position:end] or _DIRECTION.match(self.text, position):
                return 0
            if _NAMED.fullmatch(self.mask, position, end):
                return 0
            if _HOUSE.match(self.mask, end) or self.tags.get(end) in _FREE:
                return end
        return 0

    def _institution(self, start: int) -> Place | None:
        found = _INSTITUTION.match(self.text, start) or _BRAND.match(self.mask, start)
        if not found:
            return None
        end, near = self._extended(found.end())
        certain = near or found.re is _BRAND
        return Place(start, end, 2 + near) if certain else None

    def _place(self, start: int, end: int, units: int, known: bool) -> Place | None:
        text = self.text[start:end]
        has_name = known or _NAMED.match(text) is not None
        house = _ADDRESS.search(text) is not None
        if not (has_name or _ADDRESS.search(text)):
            return None
        end, near = self._extended(end)
        return Place(start, end, units + 2 * known + 2 * house + 2 * has_name + near)

    def _extended(self, end: int) -> tuple[int, bool]:
        """Take in 「与…路交叉口」 and 「附近」."""
        crossing = _CROSSING.match(self.text, end)
        if crossing and crossing.end() in self.ends:
            return crossing.end(), True
        near = _NEAR.match(self.mask, end) or _NEAR.match(self.text, end)
        if not near or _MASK in self.mask[end + 1 : near.start("word")]:
            return end, False
        whole = near.end() in self.ends or len(near["word"]) > 2
        return (near.end(), True) if whole else (end, False)


def _tokens(text: str) -> list[tuple[int, str, str]]:
    tokens, start = [], 0
    for word, tag in rjieba.tag(text):
        tokens.append((start, word, tag))
        start += len(word)
    return tokens


def _breaks(word: str, tag: str, after: str) -> bool:
    """「建设」 is a verb, and in 「建设北路」 a name; so are 「里」 and 「幸福里2栋」."""
    if (word == "里" and after[:1].isdigit()) or _PHASE.fullmatch(word):
        return False
    if word in _VERBS or tag in _BREAKS:
        return True
    if word in _PREFIXES or (len(word) == 1 and tag == "a" and _NAMED.fullmatch(after)):
        return False
    return tag in _ACTIONS and len(word) <= 2 and not re.match(f"{_END}|里$", after)
