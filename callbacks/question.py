"""The words with which a citizen is asked, and the ways they can reach them."""

from backend.citizen_pages.words import matter, shorten
from backend.clock import city_time
from backend.message import Body, Notice, Reply
from backend.orders.store import Kept
from callbacks.rating import rating_choices

OPT_OUT = "不再回访"
"""What a citizen writes to be asked no more."""

HINT = f"点一下就算评价。不想再收到回访，请回复“{OPT_OUT}”。"


def question(kept: Kept, token: str, *, again: bool = False) -> tuple[Body, ...]:
    """The rungs of asking about an order: buttons in the chat, else a notice with the page."""
    return _reply(kept, token, again=again), _notice(kept, token)


def _reply(kept: Kept, token: str, *, again: bool) -> Reply:
    opening = "再打扰您一次：您的" if again else "您的"
    lines = [f"{opening}工单 {kept.number} 已办结，请问您对办理结果满意吗？"]
    lines.append(f"反映内容：{matter(kept.order, 40)}")
    if kept.order.reply and not kept.order.confidential:
        lines.append(f"办理结果：{shorten(kept.order.reply, 80)}")
    return Reply("\n".join(lines), rating_choices(token), HINT)


def _notice(kept: Kept, token: str) -> Notice:
    closed = kept.order.closed_at or kept.order.updated_at
    fields = {
        "number": kept.number,
        # WeChat's `thing` fields hold 20 characters and refuse to be empty (47003).
        "matter": matter(kept.order, 20),
        "unit": shorten(kept.order.unit or "承办单位", 20),
        "time": f"{city_time(closed):%Y-%m-%d %H:%M}",
    }
    return Notice("survey", fields, url=f"survey:{token}")
