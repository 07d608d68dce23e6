"""How things are told to the page: plain JSON, with texts already cut at their links."""

from typing import Any

from channels.simulator import richtext
from channels.simulator.citizen import TYPING, Bubble, Citizen, Sender
from channels.simulator.log import Call
from channels.simulator.richtext import Segment
from channels.simulator.world import World


def bubble(what: Bubble) -> dict[str, Any]:
    """One bubble of a chat."""
    return {
        "id": str(what.id),
        "at": what.at.isoformat(),
        "sender": what.sender,
        "kind": what.kind,
        "way": what.way,
        "segments": _segments(what.text, linked=what.sender is Sender.ACCOUNT),
        "choices": [{"id": choice.id, "label": choice.label} for choice in what.choices],
        "tail": _segments(what.data.get("tail", ""), linked=True),
        "data": dict(what.data),
    }


def citizen(who: Citizen, world: World) -> dict[str, Any]:
    """A citizen in the list, with the last thing on the screen."""
    now = world.clock.now()
    last = who.bubbles[-1] if who.bubbles else None
    typing_until = who.typing_since + TYPING if who.typing_since else None
    return {
        "openid": who.openid,
        "name": who.name,
        "following": who.following,
        "refusing": who.refusing,
        "subscribed": bool(who.subscriptions),
        "typing_until": typing_until.isoformat() if typing_until else None,
        "quota": who.quota.left(now),
        "window_open": who.quota.is_open(now),
        "last": _preview(last) if last else "",
        "last_at": last.at.isoformat() if last else None,
    }


def call(made: Call) -> dict[str, Any]:
    """A line of the log."""
    return {
        "direction": made.direction,
        "at": made.at.isoformat(),
        "path": made.path,
        "request": made.request,
        "status": made.status,
        "answer": made.answer,
        "seconds": round(made.seconds, 3),
        "note": made.note,
    }


def _preview(what: Bubble) -> str:
    kinds = {"image": "[图片]", "voice": "[语音]", "video": "[视频]", "shortvideo": "[视频]"}
    label = {"location": "[位置]", "template": "[服务通知]"}.get(what.kind, "")
    return kinds.get(what.kind) or label + what.words.replace("\n", " ")[:40]


def _segments(text: str, *, linked: bool) -> list[dict[str, Any]]:
    parts = richtext.segments(text) if linked else (Segment(text),) if text else ()
    return [_segment(part) for part in parts]


def _segment(part: Segment) -> dict[str, Any]:
    tap = {"id": part.tap.id, "label": part.tap.label} if part.tap else None
    return {"text": part.text, "href": part.href, "tap": tap}
