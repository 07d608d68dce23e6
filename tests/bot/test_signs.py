import pytest

from bot.signs import given_up


@pytest.mark.parametrize(
    "text",
    ["没事了 刚刚好了 不用登记了", "不用反映了", "已经修好了，谢谢", "警察来了", "算了算了"],
)
def test_the_matter_is_over(text: str) -> None:
    assert given_up(text)


@pytest.mark.parametrize(
    "text",
    [
        "他们说已经解决了，其实没有",
        "物业说已经修好了，我看还是漏",
        "上次说处理，骗人的，已经恢复了又停",
        "路灯坏了一个星期了",
    ],
)
def test_the_matter_goes_on(text: str) -> None:
    assert not given_up(text)
