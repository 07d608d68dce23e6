"""Quantities with their measure words, and number plates: what is corrected in what happened."""

import re

QUANTITY = re.compile(
    r"(?P<number>[\d一二两三四五六七八九十百千万零〇半]+(?:\.\d+)?(?:来|多|几)?[万千百]?)"
    r"(?P<measure>个月|个人|平方|公里|公斤|块钱|元钱|路公交|路车|号线"
    r"|[元块斤吨个天周月年人户条台辆头只次回岁路桌蔸盏棵根亩米瓶箱件家份两位倍层杯度页笔趟扇排期名双节班]|(?=[\s，,。！!；;）)的工]|$))"
)
"""「三千块」, 「6个人」, 「15路」; a bare number where nothing follows."""
_SPANS = "个(?:星期|礼拜|钟头|小时|来?月)|小时|钟头|分钟|星期|礼拜|[天周月年]"
DURATION = re.compile(
    rf"(?P<number>[\d一二两三四五六七八九十半几]+(?:来|多|几)?)(?P<measure>{_SPANS})(?![前后内份])"
)
"""「三个星期」: how long something lasts."""
PLATE = re.compile(r"[湘粤京沪鄂赣桂渝川贵浙苏皖豫冀鲁晋陕闽琼][A-Z][·\s]?[A-Z0-9]{5,6}")
_MONEY = frozenset("元块")


def counterpart(text: str, quantity: re.Match[str]) -> str:
    """The last quantity of a text that measures the same and says another number, or another time
    that something lasts; '' for none."""
    if quantity.re is DURATION:
        spans = [found[0] for found in DURATION.finditer(text) if found[0] != quantity[0]]
        return spans[-1] if spans else ""
    if not quantity["measure"]:
        return _number(text, quantity[0]) if quantity[0] == quantity.string else ""
    alike = (
        found[0]
        for found in QUANTITY.finditer(text)
        if _is_same_measure(found["measure"], quantity["measure"]) and found[0] != quantity[0]
    )
    return next(reversed(list(alike)), "")


def _number(text: str, number: str) -> str:
    """The number of a text that one without a measure stands for: the only one of as many digits,
    or the only amount of money."""
    others = [found for found in QUANTITY.finditer(text) if found["number"] != number]
    long = [found["number"] for found in others if len(found["number"]) == len(number)]
    money = [found["number"] for found in others if found["measure"][:1] in _MONEY]
    return next((known[0] for known in (long, money) if len(known) == 1), "")


def _is_same_measure(one: str, other: str) -> bool:
    return one[:1] == other[:1] or {one[:1], other[:1]} <= _MONEY
