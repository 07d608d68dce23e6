"""What citizens say of an answer is kept with the entry it came from."""

from backend.knowledge import figures
from tests.bot.person import Person

QUESTION = "公积金租房提取需要什么材料"

COLLOQUIAL = "我屋里老婆的驾照掉了 补一个要好多钱咯"


async def said(person: Person) -> list[tuple[int, int, int]]:
    async with person.system.services.database.transaction() as connection:
        rows = await figures.of_all(connection)
    told = [(row["answered"], row["solved"], row["unsolved"]) for row in rows]
    return [counts for counts in told if any(counts)]


async def test_answers_and_what_was_said_of_them_are_counted(person: Person) -> None:
    before = await said(person)
    assert "解决了" in await person.says(QUESTION)
    await person.taps("解决了")
    await person.says(QUESTION)
    await person.taps("没解决")
    known = [sum(column) for column in zip(*before, strict=True)] or [0, 0, 0]
    now = [sum(column) for column in zip(*await said(person), strict=True)]
    assert [after - old for after, old in zip(now, known, strict=True)] == [2, 1, 1]


async def test_a_clear_question_is_offered_what_is_nearest(person: Person) -> None:
    """In the citizen's words, with no entry that is sure to answer."""
    assert "都不是" in await person.says("请问购房合同丢了怎么补")


async def test_a_text_without_words_finds_nothing(person: Person) -> None:
    assert "—— 来源" not in await person.says("👍👍👍")
    assert "1." not in await person.says("。。。？？？")


async def test_dialect_finds_its_entry(person: Person) -> None:
    found = await person.says(COLLOQUIAL)
    assert "驾驶证" in found


async def test_a_question_that_slips_make_look_like_talk_is_offered_what_is_sure(
    person: Person,
) -> None:
    assert "改名字怎么办理" in await person.says("名字太难听想换一个行不")
