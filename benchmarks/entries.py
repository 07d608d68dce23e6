"""Knowledge entries made up in any number, and vectors for them without an hour of encoding."""

from collections.abc import Iterator, Sequence

import numpy as np

from bot.understanding.encoder import Encoder, Matrix
from bot.understanding.reading import Entry

_PLACES = ("城东", "城西", "城南", "城北", "河东", "河西", "新区", "老城", "山前", "山后")
_THINGS = [
    "图书馆",
    "公园",
    "体育馆",
    "菜市场",
    "停车场",
    "公交站",
    "幼儿园",
    "游泳池",
    "文化馆",
    "老年食堂",
    "殡仪馆",
    "垃圾站",
    "充电桩",
    "快递柜",
    "自习室",
    "篮球场",
    "展览馆",
    "温室",
    "苗圃",
    "码头",
    "渡口",
    "广场",
    "剧院",
    "电影院",
    "疫苗门诊",
    "口腔门诊",
    "宠物医院",
    "驾校",
    "夜市",
    "花市",
]
_WISHES = [
    "办卡",
    "退卡",
    "预约",
    "取消预约",
    "延期",
    "投标",
    "租用",
    "退租",
    "开放时间",
    "收费标准",
    "年票",
    "团体票",
    "志愿者报名",
    "失物招领",
    "无障碍设施",
    "母婴室",
    "停车优惠",
    "月票",
    "夜场",
    "节假日安排",
]
_WHOM = [
    "老人",
    "学生",
    "教师",
    "军人",
    "残疾人",
    "儿童",
    "外地人",
    "外国人",
    "志愿者",
    "孕妇",
    "企业",
    "社区",
    "学校",
    "家庭",
    "游客",
    "会员",
    "团体",
]


def entries(count: int) -> Iterator[Entry]:
    """As many entries as wanted (up to 102,000), always the same, no two with one title."""
    for number in range(count):
        rest, place = divmod(number, len(_PLACES))
        rest, thing = divmod(rest, len(_THINGS))
        whom, wish = divmod(rest, len(_WISHES))
        named = f"{_PLACES[place]}{_THINGS[thing]}"
        title = f"{named}{_WHOM[whom]}怎么办理{_WISHES[wish]}"
        questions = (
            f"{_WHOM[whom]}去{named}{_WISHES[wish]}要带什么",
            f"{named}{_WISHES[wish]}找谁",
        )
        answer = (
            f"{_WHOM[whom]}带身份证到{named}服务台办理{_WISHES[wish]}。"
            f"办理时间为工作日上午九点到下午五点。"
            f"第{number}号窗口受理，三个工作日内答复；材料不全的一次告知。"
        )
        yield Entry(number + 1, title, questions, "", answer)


class QuickEncoder:
    """Encodes some texts really and gives the others vectors beside those: for the speed of a
    search it does not matter what a vector says."""

    def __init__(self, encoder: Encoder) -> None:
        self.name = encoder.name
        self.size = encoder.size
        self._encoder = encoder
        self._real = encoder.encode([entry.title for entry in entries(500)])
        self._dice = np.random.default_rng(0)

    def encode(self, texts: Sequence[str]) -> Matrix:
        """One row a text."""
        picked = self._real[self._dice.integers(len(self._real), size=len(texts))]
        moved = picked + self._dice.normal(0, 0.03, picked.shape)
        lengths = np.linalg.norm(moved, axis=1, keepdims=True)
        return np.asarray(moved / lengths, dtype=np.float32)
