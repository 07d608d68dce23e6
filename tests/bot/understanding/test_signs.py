import pytest

from bot.understanding.signs import (
    affirms_change,
    agrees,
    asks_about_filing,
    asks_when,
    files,
    given_up,
    insists,
    instead,
    is_outburst,
    knows_not,
    pauses,
    refuses,
    thinks_better,
    withholds_phone,
)


@pytest.mark.parametrize(
    "text",
    [
        "没事了 刚刚好了 不用登记了",
        "不用反映了",
        "已经修好了，谢谢",
        "警察来了",
        "算了算了",
        "莫报哒，我自己去讲",
        "哎不用了 他刚才答应搬走",
        "来电了，不用管了",
        "想了想还是别报了，我直接跟他讲",
        "报什么报 你们又说要核实 不报了",
    ],
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
        "修到一半他们就不管了",
        "物业都不来修了",
        "不用的电线杆要倒了",
    ],
)
def test_the_matter_goes_on(text: str) -> None:
    assert not given_up(text)


@pytest.mark.parametrize(
    "text",
    [
        "嗯",
        "对的 就这样",
        "没问题",
        "好的，谢谢",
        "算了，不改了，就这样提交",
        "没有要补充的了",
        "OK",
        "没有了 就这些 提交",
        "我看了 没问题",
        "没毛病",
        "可以可以 快点派单",
        "要得 就咯样",
        "对的对的，辛苦了🌹",
    ],
)
def test_consent_has_many_words(text: str) -> None:
    assert agrees(text)
    assert not given_up(text)


@pytest.mark.parametrize(
    "text", ["报警", "是路灯", "对面", "好多人", "谢谢", "快点", "我", "是我", "", "好" * 29 + "x"]
)
def test_other_words_are_no_consent(text: str) -> None:
    assert not agrees(text)


@pytest.mark.parametrize(
    "text", ["照片发了 可以提交了", "在哪里不重要 你登记就是了", "收到就帮我交上去"]
)
def test_a_clause_may_tell_us_to_file(text: str) -> None:
    assert files(text)


@pytest.mark.parametrize("text", ["先别提交", "提交了三次都没人管", "上次登记的没下文", "发水了"])
def test_other_clauses_do_not(text: str) -> None:
    assert not files(text)


@pytest.mark.parametrize(
    "text",
    ["不告诉你", "不方便说", "凭什么告诉你", "你问这么多干嘛", "单位名字先不说", "电话我不讲"],
)
def test_who_would_rather_not_say_is_heard(text: str) -> None:
    assert refuses(text)


@pytest.mark.parametrize(
    "text", ["不知道", "这个我不清楚啊", "忘了", "我不知道是哪条路", "记不清了"]
)
def test_who_does_not_know_says_so(text: str) -> None:
    assert knows_not(text)


def test_anger_haste_and_patience_say_nothing_of_the_matter() -> None:
    assert is_outburst("你们到底搞不搞 快点")
    assert asks_when("你们什么时候来")
    assert pauses("我在上班 晚点说")
    assert not pauses("我在上班的路上摔了一跤")
    assert not is_outburst("路灯坏了三天，晚上一片漆黑，你们到底管不管，有两个老人摔倒了")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("算了这个不报了 我说个急的，云塘桥头的护栏断了一截", "我说个急的，云塘桥头的护栏断了一截"),
        ("刚才那个不要了，西街菜场的下水道堵了一地水", "西街菜场的下水道堵了一地水"),
        ("那件事先不管，我家门口的电线杆歪得要倒了", "我家门口的电线杆歪得要倒了"),
        ("不用了 谢谢", ""),
        ("算了 我自己去讲", ""),
        ("物业不管了 电梯一直坏着没人来修理", ""),
    ],
)
def test_what_is_told_in_place_of_what_is_given_up(text: str, told: str) -> None:
    assert instead(text) == told


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("对了这里要不要填身份证号码？", True),
        ("请问这个要本人来办，还是我代她反映也可以？", True),
        ("我举报了他会不会知道是我", True),
        ("身份证丢了怎么补", False),
        ("要等好久才有人来", False),
    ],
)
def test_a_question_about_the_order_itself(text: str, *, about: bool) -> None:
    assert asks_about_filing(text) is about


@pytest.mark.parametrize("text", ["请把刚才道闸的事情提交吧", "信息无误，请予提交。", "那就提交"])
def test_a_sentence_that_files(text: str) -> None:
    assert files(text)


@pytest.mark.parametrize("text", ["先别提交", "提交不了", "就不提交了", "什么时候提交"])
def test_a_sentence_that_does_not(text: str) -> None:
    assert not files(text)


@pytest.mark.parametrize(
    "text", ["想来想去还是要报", "还是帮我登记吧", "刚才那个取消的 还是提交吧"]
)
def test_what_was_given_up_is_wanted_after_all(text: str) -> None:
    assert thinks_better(text)


@pytest.mark.parametrize("text", ["这事不能就这么算了", "别想就这样算了"])
def test_who_insists_gives_nothing_up(text: str) -> None:
    assert insists(text)


@pytest.mark.parametrize("text", ["这个才是我的号码，前面那个打反了", "这回对了", "其他的没错"])
def test_what_was_just_corrected_is_called_right(text: str) -> None:
    assert affirms_change(text)


@pytest.mark.parametrize(
    ("text", "withheld"),
    [
        ("电话还是莫写上去了", True),
        ("算了电话莫写！上回留了电话", True),
        ("号码就不要登记了", True),
        ("老板打电话把钱退了，那就不用登记了", False),
        ("我电话13812345678 不要告诉别人", False),
    ],
)
def test_a_phone_is_withheld_in_the_clause_that_names_it(text: str, withheld: bool) -> None:
    assert withholds_phone(text) is withheld
