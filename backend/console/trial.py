"""The try-it box (试一试): what would the bot answer, and why; nothing is recorded or sent.

From a message in a chat one comes here with it (`?message=12`), sees what happened and what would
happen now, and can say which entry should have answered.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from aiohttp import web
from sqlalchemy import select

from backend import forms
from backend.console.context import PREFIX, console, flash, need, number_in, page, part, services
from backend.console.entry_form import entry_in, number_of
from backend.database import Connection
from backend.knowledge import store
from backend.knowledge.entry import Entry, Refused, Unknown
from backend.knowledge.revisions import By
from backend.questions import asking, editing
from backend.tables import knowledge, message
from backend.trial import LONGEST, Attempt

routes = web.RouteTableDef()

RULES: Mapping[str, str] = {
    "Danger": "话里有正在发生的险情：先提示拨打 119、120、110、122，并在工作台报警。",
    "Survey": "像是在评价或退订回访。",
    "Handoff": "市民要找人工，转坐席。",
    "Progress": "市民在问工单进度或催办。",
    "Redirect": "不归热线受理，告诉市民去哪里。",
    "Order": "这是要办的事，进入登记工单的对话。",
    "Courtesy": "寒暄、感谢之类，客气地回一句。",
    "Invalid": "没有可办的内容（谩骂、广告、乱码或与本市无关）。",
    "Clarify": "前面的规则都没有接下，追问一句；再不清楚就转人工或登记咨询工单。",
}


@routes.get("/trial", name="trial")
async def show(request: web.Request) -> web.Response:
    """The box, filled with a citizen's message or an entry if one is named."""
    need(request, "trial.use")
    async with services(request).database.transaction() as connection:
        said = await _message(connection, number_in(request, "message"))
        entry = await _entry(connection, number_in(request, "entry"))
    values = {"said": said, "entry": entry, "longest": LONGEST}
    return await page(request, "trial.html", values | {"there": console(request).trial is not None})


@routes.post("/trial", name="attempt")
async def ask(request: web.Request) -> web.Response:
    """What the bot would answer to a sentence, as a part of the page."""
    need(request, "trial.use")
    form, trial = await forms.fields(request), console(request).trial
    text = str(form.get("text", "")).strip()
    if trial is None:
        return _refuse(request, "试一试现在用不了：机器人没有接到工作台上，请联系管理员。")
    if not text:
        return _refuse(request, "请先写一句市民会说的话。")
    try:
        edited = await _edited(request, form)
    except (Refused, Unknown) as refused:
        return _refuse(request, str(refused))
    attempt = await trial.ask(text, edited)
    values = {"attempt": attempt, "why": why(attempt), "message_id": form.get("message", "")}
    return part(request, "_trial.html", values | {"refused": ""})


@routes.post("/trial/teach", name="teach")
async def teach(request: web.Request) -> web.Response:
    """「应该这样答」: add the sentence to an entry, or let the editors know that it should be."""
    member, shared = need(request, "trial.use"), services(request)
    form = await forms.fields(request)
    entry_id, message_id = number_of(form, "entry"), number_of(form, "message")
    text, now = str(form.get("text", "")).strip(), shared.clock.now()
    teaching = _Teaching(text, entry_id, message_id, str(form.get("why", "")).strip())
    try:
        async with shared.database.transaction() as connection:
            if "teach" in request.query:
                need(request, "questions.act")
                said = await _teach(connection, teaching, By(member.actor, now, teaching.why))
            else:
                need(request, "questions.report")
                said = await _point_out(connection, teaching)
    except (Refused, Unknown) as refused:
        return web.Response(status=422, text=str(refused))
    shared.live.tell("knowledge", "questions")
    await flash(request, said)
    back = f"?message={message_id}" if message_id else ""
    return web.Response(headers={"HX-Redirect": f"{PREFIX}/trial{back}"})


@dataclass(frozen=True, slots=True)
class _Teaching:
    """What somebody says should have been answered with which entry."""

    text: str
    entry_id: int | None
    message_id: int | None
    why: str


async def _teach(connection: Connection, wanted: _Teaching, by: By) -> str:
    if wanted.entry_id is None or not wanted.text:
        raise Refused("请选一条知识，或者填它的编号")
    because = By(by.actor, by.at, by.why or "这样问也应由它答复")
    plain = asking.masked(wanted.text, ())
    old, new = await editing.teach(connection, wanted.entry_id, [plain], because)
    if wanted.message_id:
        await asking.settle(connection, wanted.message_id)
    if old.revision == new.revision:
        return f"《{new.title}》里已经有这个问法了。"
    return f"已加为《{new.title}》的相似问，两秒内生效。"


async def _point_out(connection: Connection, wanted: _Teaching) -> str:
    if wanted.message_id is None:
        raise Refused("请从会话里的一条消息打开“试一试”，才能指出它答得不对")
    await asking.point_out(connection, wanted.message_id, wanted.entry_id)
    return "已交给知识编辑，列在“问而未答”里。"


def why(attempt: Attempt) -> list[str]:
    """The rule of triage that decided, and what it weighed, in plain words."""
    best = attempt.near[0] if attempt.near else None
    if attempt.skill == "Answer" and best is not None:
        return [_answer(attempt, best.confidence)]
    lines = [RULES.get(attempt.skill, attempt.skill)]
    if best is not None and attempt.skill in ("Order", "Clarify"):
        lines.append(_no_answer(attempt, best.confidence))
    return lines


def _answer(attempt: Attempt, confidence: float) -> str:
    sure, enough = f"{confidence:.0%}", f"{attempt.answer_from:.0%}"
    if attempt.outcome == "answered":
        return f"最近的知识把握 {sure}，到了直接答复的 {enough}。"
    if confidence >= attempt.answer_from:
        return (
            f"最近的知识把握 {sure}，但这句话像在陈述，不像提问，"
            "要更有把握才直接答复：请市民选一次。"
        )
    return (
        f"最近的知识把握 {sure}，不到直接答复的 {enough}，"
        f"但到了给出选项的 {attempt.choices_from:.0%}：请市民选一次。"
    )


def _no_answer(attempt: Attempt, confidence: float) -> str:
    if confidence < attempt.choices_from:
        return f"最近的知识把握只有 {confidence:.0%}，不到给出选项的 {attempt.choices_from:.0%}。"
    if attempt.is_matter:
        return "说的是一件要办的事，不用知识库的话去答。"
    return f"最近的知识把握 {confidence:.0%}，但这句话不像在提问，不直接答复。"


def _refuse(request: web.Request, words: str) -> web.Response:
    return part(request, "_trial.html", {"attempt": None, "refused": words})


async def _edited(request: web.Request, form: Mapping[str, Any]) -> Entry | None:
    """The entry as it would be; None if nothing is to be changed."""
    if not str(form.get("title", "")).strip():
        return None
    entry_id = number_of(form, "entry")
    async with services(request).database.transaction() as connection:
        kept = await store.find(connection, entry_id) if entry_id else None
        written = entry_in(form, kept.id if kept else 0)
        await _check_title(connection, written)
    return written if written.answer else _with_answer(written, kept)


def _with_answer(written: Entry, kept: Entry | None) -> Entry:
    return replace(written, answer=kept.answer if kept else "（答案还没有写）")


async def _check_title(connection: Connection, entry: Entry) -> None:
    query = select(knowledge.c.id).where(
        knowledge.c.title == entry.title, knowledge.c.id != entry.id
    )
    if await connection.scalar(query) is not None:
        raise Refused("已有同名的知识：请填它的编号来试，或者换个标题")


async def _message(connection: Connection, message_id: int | None) -> Any:
    """A citizen's message with what became of it; None if there is none of this number."""
    if message_id is None:
        return None
    query = (
        select(message, knowledge.c.title)
        .outerjoin_from(message, knowledge, knowledge.c.id == message.c.knowledge_id)
        .where(message.c.id == message_id)
    )
    return (await connection.execute(query)).first()


async def _entry(connection: Connection, entry_id: int | None) -> Entry | None:
    if entry_id is None:
        return None
    try:
        return await store.find(connection, entry_id)
    except Unknown:
        return None
