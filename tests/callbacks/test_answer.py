from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.orders.lifecycle import State
from callbacks.answer import SPOKEN, spoken
from callbacks.policy import ALWAYS, Policy
from callbacks.rating import REASONS, Rating
from callbacks.scheduler import run_once
from tests.callbacks.town import REPLY, Town

POLICY = Policy(
    delay=timedelta(), hours=ALWAYS, reminders=0, expires=timedelta(days=1), grace=timedelta(days=2)
)


async def asked(town: Town, openid: str = "o-li") -> str:
    number = await town.closed(await town.citizen(openid))
    await run_once(town.services, POLICY)
    return number


async def said(town: Town, text: str) -> str | None:
    reply = await town.hears("o-li", text=text)
    return reply.text if reply else None


@pytest.mark.parametrize(
    ("choice", "rating"), [("satisfied", Rating.SATISFIED), ("basic", Rating.BASIC)]
)
async def test_one_tap_rates_and_archives(town: Town, choice: str, rating: Rating) -> None:
    number = await asked(town)
    reply = await town.hears("o-li", tap=f"survey:{await town.token()}:{choice}")
    assert reply is not None
    assert "感谢" in reply.text
    kept = await town.kept(number)
    assert (kept.order.state, kept.order.rating) == (State.ARCHIVED, rating)


async def test_dissatisfied_reopens_at_once_and_asks_why(town: Town) -> None:
    number = await asked(town)
    token = await town.token()
    await town.deliver()
    reply = await town.hears("o-li", tap=f"survey:{token}:dissatisfied")
    assert reply is not None
    assert await town.waiting() == 0, "the answer says it already"
    assert [choice.label for choice in reply.choices] == list(REASONS)
    assert (await town.kept(number)).order.state is State.SIGNING
    thanks = await town.hears("o-li", tap=reply.choices[1].id)
    assert thanks is not None
    [row] = await town.surveys()
    assert (row.rating, row.reason) == ("不满意", "处理太慢")
    last = (await town.history(number))[-1]
    assert (last.kind, last.data["step"], last.data["reason"]) == ("survey", "reason", "处理太慢")


async def test_the_reason_may_be_written(town: Town) -> None:
    await asked(town)
    assert await said(town, "不太满意！")
    assert await said(town, "灯还是不亮，师傅来了就走了")
    [row] = await town.surveys()
    assert row.reason == "灯还是不亮，师傅来了就走了"


async def test_words_of_ones_own_follow_other(town: Town) -> None:
    await asked(town)
    await town.hears("o-li", tap=f"survey:{await town.token()}:dissatisfied")
    assert await said(town, "其他") == "请用一句话写下哪里不满意，我们会转告承办单位。"
    assert await said(town, "少装了一盏")
    [row] = await town.surveys()
    assert row.reason == "其他：少装了一盏"


async def test_another_matter_after_the_rating_is_not_a_reason(town: Town) -> None:
    await asked(town)
    await said(town, "不满意")
    assert await said(town, "社保卡在哪里办？") is None
    assert await said(town, "楼下烧烤摊天天到半夜") is None
    [row] = await town.surveys()
    assert row.reason == ""


async def test_a_second_answer_changes_nothing(town: Town) -> None:
    number = await asked(town)
    token = await town.token()
    await town.hears("o-li", tap=f"survey:{token}:satisfied")
    again = await town.hears("o-li", tap=f"survey:{token}:dissatisfied")
    assert again is not None
    assert "已经评价过" in again.text
    assert "已经评价过" in (await said(town, "不满意") or "")
    kept = await town.kept(number)
    assert (kept.order.state, kept.order.rating) == (State.ARCHIVED, "满意")
    assert (await town.steps(number)).count("rated") == 1


@pytest.mark.parametrize(
    ("choice", "state", "rating"),
    [("satisfied", State.ARCHIVED, "满意"), ("dissatisfied", State.SIGNING, "不满意")],
)
async def test_a_late_answer_counts_within_the_grace(
    town: Town, choice: str, state: State, rating: str
) -> None:
    number = await asked(town)
    town.wait(days=1)
    await run_once(town.services, POLICY)
    assert (await town.kept(number)).order.rating == "未评价"
    town.wait(days=1)
    reply = await town.hears("o-li", tap=f"survey:{await town.token()}:{choice}")
    assert reply is not None
    assert "仍然" in reply.text
    kept = await town.kept(number)
    assert (kept.order.state, kept.order.rating) == (state, rating)


async def test_an_answer_after_the_grace_is_declined_politely(town: Town) -> None:
    number = await asked(town)
    town.wait(days=1)
    await run_once(town.services, POLICY)
    town.wait(days=2)
    reply = await town.hears("o-li", tap=f"survey:{await town.token()}:dissatisfied")
    assert reply is not None
    assert "已经结束" in reply.text
    assert await said(town, "满意") is None
    assert (await town.kept(number)).order.rating == "未评价"


async def test_nobody_answers_for_another(town: Town) -> None:
    number = await asked(town)
    token = await town.token()
    await town.citizen("o-other")
    reply = await town.hears("o-other", tap=f"survey:{token}:dissatisfied")
    assert reply is not None
    assert "没有找到" in reply.text
    assert (await town.kept(number)).order.rating == ""


@pytest.mark.parametrize(
    "tap",
    ["survey:", "survey:x", "survey:\x00:satisfied", "survey:没有:basic", "survey:a:b:c:d"],
)
async def test_made_up_taps_get_an_answer(town: Town, tap: str) -> None:
    await asked(town)
    assert await town.hears("o-li", tap=tap) is not None


async def test_a_made_up_choice_of_a_real_survey_changes_nothing(town: Town) -> None:
    number = await asked(town)
    for choice in ("", "great", "why:", "why:0", "why:9", "why:1"):
        assert await town.hears("o-li", tap=f"survey:{await town.token()}:{choice}") is not None
    assert (await town.kept(number)).order.rating == ""


async def test_a_bare_number_counts_only_right_after_the_question(town: Town) -> None:
    number = await asked(town)
    await town.act(number, "notify", "agent:wang", text="x")
    assert await said(town, "４") is None
    assert await said(town, "2") is not None
    assert (await town.kept(number)).order.rating == "基本满意"
    second = await asked(town)
    await asked(town)
    await town.hears("o-li", tap=f"survey:{await town.token()}:satisfied")
    await town.act(await town.order(await town.citizen()), "close", "handler:lisi", reply=REPLY)
    assert await said(town, "1") is None
    assert (await town.kept(second)).order.rating == ""


async def test_without_a_survey_nothing_is_taken(town: Town) -> None:
    await town.citizen()
    for text in ("满意", "不满意", "1", "态度不好", "你好", ""):
        assert await said(town, text) is None


async def test_who_wants_no_more_surveys_says_so(town: Town) -> None:
    number = await asked(town)
    assert await said(town, "不再回访")
    await run_once(town.services, POLICY)
    kept = await town.kept(number)
    assert (kept.order.state, kept.order.rating) == (State.ARCHIVED, "未评价")


@pytest.mark.parametrize(
    ("text", "rating"),
    [
        ("满意", Rating.SATISFIED),
        (" 非常满意！👍", Rating.SATISFIED),
        ("对处理结果很满意，谢谢你们", Rating.SATISFIED),
        ("我比较满意吧", Rating.BASIC),
        ("不太满意。。。", Rating.DISSATISFIED),
        ("我对这次办理结果不满意", Rating.DISSATISFIED),
        ("满意吗？", None),
        ("你们满意吗", None),
        ("满意个鬼", None),
        ("邻居装修噪音太大，物业的处理我不满意", None),
        ("不是不满意", None),
        ("希望能给个满意的答复", None),
        ("", None),
    ],
)
def test_only_whole_sentences_rate(text: str, rating: Rating | None) -> None:
    assert spoken(text) is rating


@given(st.text(min_size=3), st.sampled_from([word for said in SPOKEN.values() for word in said]))
def test_a_rating_inside_a_longer_text_does_not_count(text: str, word: str) -> None:
    letters = "".join(char for char in text if char.isalnum())
    assert spoken(f"路灯{letters}坏了{word}") is None


async def test_a_late_answer_about_an_earlier_closing_does_not_count(town: Town) -> None:
    number = await asked(town)
    old = await town.token()
    town.wait(days=1)
    await run_once(town.services, POLICY)
    await town.act(number, "reopen", "supervisor:zhao", reason="抽查不合格")
    await town.act(number, "sign", "handler:lisi")
    await town.close(number)
    await run_once(town.services, POLICY)
    await town.hears("o-li", tap=f"survey:{await town.token()}:satisfied")
    reply = await town.hears("o-li", tap=f"survey:{old}:dissatisfied")
    assert reply is not None
    assert "已经结束" in reply.text
    kept = await town.kept(number)
    assert (kept.order.state, kept.order.rating) == (State.ARCHIVED, "满意")
