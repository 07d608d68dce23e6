"""Questions asked in vain (群众问而未答): the groups, and one group with all that can be done."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from backend import forms
from backend.console.context import (
    PREFIX,
    console,
    flash,
    need,
    number_in,
    page,
    part,
    services,
)
from backend.console.entry_form import entry_in, number_of
from backend.database import Connection
from backend.knowledge import store
from backend.knowledge.entry import Entry, Refused, Unknown
from backend.knowledge.revisions import By
from backend.questions import editing, listing, news
from backend.questions.groups import State
from backend.questions.listing import Group
from backend.staff import everyone
from backend.trial import Attempt

PAGE = 30
CHECKED = 8
"""Wordings of a group that are tried with a draft: enough to judge it by, 4 ms each."""
TABS = {State.OPEN: "待处理", State.PUBLISHED: "已答复", State.DISMISSED: "不属于知识库"}

routes = web.RouteTableDef()
ID = r"{group_id:\d{1,18}}"


@routes.get("/questions", name="questions")
async def show(request: web.Request) -> web.Response:
    """The groups of one state, those asked most first."""
    need(request, "questions.read")
    state = request.query.get("state", State.OPEN)
    latest = request.query.get("sort") == "latest"
    shared = services(request)
    async with shared.database.transaction() as connection:
        groups = await listing.page(
            connection,
            state if state in TABS else State.OPEN,
            shared.clock.now(),
            latest=latest,
            before=_before(request),
            limit=PAGE + 1,
        )
    values = {"groups": groups[:PAGE], "more": len(groups) > PAGE and not latest}
    return await page(
        request, "questions.html", values | {"state": state, "latest": latest, "tabs": TABS}
    )


def _before(request: web.Request) -> tuple[int, int] | None:
    asked, group_id = number_in(request, "asked"), number_in(request, "before")
    return None if asked is None or group_id is None else (asked, group_id)


@routes.get(f"/questions/{ID}", name="question-group")
async def group(request: web.Request) -> web.Response:
    """One group: its questions, the entry in the making, what was done, who was told."""
    need(request, "questions.read")
    group_id, shared = int(request.match_info["group_id"]), services(request)
    async with shared.database.transaction() as connection:
        found = await _find(request, connection)
        values = {
            "group": found,
            "questions": await listing.questions(
                connection, group_id, number_in(request, "before")
            ),
            "wordings": await listing.wordings(connection, group_id),
            "events": await listing.events(connection, group_id),
            "tally": await news.tally(connection, group_id),
            "others": await listing.page(connection, State.OPEN, shared.clock.now(), limit=50),
            "names": {member.login: member.name for member in await everyone(connection)},
        }
    attempt = await _attempt(request, found.title) if found.asked else None
    values |= {"attempt": attempt, "draft": await _draft(request, found, values, attempt)}
    return await page(
        request, "question_group.html", values | {"undoable": editing.UNDOABLE, "tabs": TABS}
    )


async def _find(request: web.Request, connection: Connection) -> Group:
    group_id = int(request.match_info["group_id"])
    found = await listing.get(connection, group_id, services(request).clock.now())
    if found is None:
        raise web.HTTPNotFound
    return found


async def _attempt(request: web.Request, text: str) -> Attempt | None:
    trial = console(request).trial
    return await trial.ask(text) if trial else None


async def _draft(
    request: web.Request, found: Group, values: Mapping[str, Any], attempt: Attempt | None
) -> Mapping[str, Any]:
    """What an editor has written, or a beginning: title and similar questions from the group,
    unit and category from the entry nearest to it."""
    if found.draft:
        return found.draft
    near = attempt.near[0] if attempt and attempt.near else None
    like: Entry | None = None
    if near and attempt and near.confidence >= attempt.choices_from:
        async with services(request).database.transaction() as connection:
            like = await store.find(connection, near.knowledge_id)
    others = [text for text in values["wordings"] if text != found.title]
    return {
        "title": found.title,
        "questions": "\n".join(others),
        "answer": "",
        "unit": like.unit if like else "",
        "source": "",
        "valid_until": "",
        "category": (like.category if like else "") or (attempt.category if attempt else ""),
    }


@routes.post(f"/questions/{ID}/check", name="question-check")
async def check(request: web.Request) -> web.Response:
    """Try the questions of the group with the entry as it is written, before it is published."""
    need(request, "questions.act")
    form, trial = await forms.fields(request), console(request).trial
    async with services(request).database.transaction() as connection:
        found = await _find(request, connection)
        texts = await listing.wordings(connection, found.id, CHECKED)
    entry = entry_in(form)
    refused = "" if entry.title.strip() and entry.answer.strip() else "请先写好标题和答案"
    attempts = [await trial.ask(text, entry) for text in texts] if trial and not refused else []
    right = [one for one in attempts if _answers(one)]
    values = {"attempts": attempts, "right": len(right), "refused": refused}
    return part(request, "_check.html", values)


def _answers(attempt: Attempt) -> bool:
    """True if the entry being written is what the citizen would be told."""
    return attempt.outcome == "answered" and bool(attempt.near) and attempt.near[0].edited


Act = Callable[[Connection, int, By, Mapping[str, Any]], Awaitable[str]]


async def _do(request: web.Request, act: Act) -> web.Response:
    """Do something to a group; 422 with the reason when it is refused, and nothing is lost."""
    member, shared = need(request, "questions.act"), services(request)
    group_id, form = int(request.match_info["group_id"]), await forms.fields(request)
    why = str(form.get("why", "")).strip()
    by = By(member.actor, shared.clock.now(), why)
    values = {**form, "chosen": form.getall("chosen", [])}
    try:
        async with shared.database.transaction() as connection:
            await _find(request, connection)
            said = await act(connection, group_id, by, values)
    except (Refused, Unknown) as refused:
        return web.Response(status=422, text=str(refused))
    shared.live.tell("questions", "knowledge", "outbox")
    await flash(request, said)
    return web.Response(headers={"HX-Redirect": f"{PREFIX}/questions/{group_id}"})


@routes.post(f"/questions/{ID}/draft", name="question-draft")
async def save(request: web.Request) -> web.Response:
    """Keep what was written so far."""

    async def act(connection: Connection, group_id: int, by: By, form: Mapping[str, Any]) -> str:
        names = ("title", "questions", "answer", "unit", "source", "valid_until", "category")
        draft = {name: str(form.get(name, "")) for name in names}
        await editing.keep_draft(connection, group_id, draft)
        return "草稿已保存，市民还看不到。写好后点“发布”。"

    return await _do(request, act)


@routes.post(f"/questions/{ID}/publish", name="question-publish")
async def publish(request: web.Request) -> web.Response:
    """Publish the entry; those who asked are told."""

    async def act(connection: Connection, group_id: int, by: By, form: Mapping[str, Any]) -> str:
        await editing.publish(connection, group_id, entry_in(form), _because(by))
        return "已发布。机器人马上就会这样答复，正在告诉问过的市民。"

    return await _do(request, act)


@routes.post(f"/questions/{ID}/merge", name="question-merge")
async def merge(request: web.Request) -> web.Response:
    """Add the questions to an entry that is there; those who asked are told its answer."""

    async def act(connection: Connection, group_id: int, by: By, form: Mapping[str, Any]) -> str:
        entry_id, texts = (
            number_of(form, "entry", "entry_number"),
            [str(text) for text in form["chosen"]],
        )
        if entry_id is None:
            raise Refused("请选一条知识，或者填它的编号")
        entry = await editing.merge(connection, group_id, entry_id, texts, _because(by))
        return f"已加为《{entry.title}》的相似问，正在告诉问过的市民。"

    return await _do(request, act)


@routes.post(f"/questions/{ID}/dismiss", name="question-dismiss")
async def dismiss(request: web.Request) -> web.Response:
    """Say that the group is none of the knowledge base's business."""

    async def act(connection: Connection, group_id: int, by: By, form: Mapping[str, Any]) -> str:
        await editing.dismiss(connection, group_id, by)
        return "已移出待处理。以后问的人多了很多，它会自己回来。"

    return await _do(request, act)


@routes.post(f"/questions/{ID}/move", name="question-move")
async def move(request: web.Request) -> web.Response:
    """Put the chosen questions into another group, or a new one."""

    async def act(connection: Connection, group_id: int, by: By, form: Mapping[str, Any]) -> str:
        chosen = [int(text) for text in form["chosen"] if str(text).isdecimal()]
        target = await editing.move(connection, group_id, chosen, number_of(form, "target"), by)
        return f"已移走 {len(chosen)} 个问题，现在在第 {target} 组。"

    return await _do(request, act)


@routes.post(f"/questions/{ID}/undo", name="question-undo")
async def undo(request: web.Request) -> web.Response:
    """Take back the last act."""

    async def act(connection: Connection, group_id: int, by: By, form: Mapping[str, Any]) -> str:
        await editing.undo(connection, group_id, number_of(form, "event") or 0, by)
        return "已撤销。已经发出去的消息收不回来。"

    return await _do(request, act)


def _because(by: By) -> By:
    return By(by.actor, by.at, by.why or "群众问而未答")
