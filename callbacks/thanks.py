"""What a citizen is told after answering a survey, in the chat and on the page."""

from backend.message import Reply
from callbacks.rating import OTHER, Rating, reason_choices
from callbacks.surveys import TAKEN, Answer, Result, Survey

SORRY = "很抱歉没有让您满意。"
UNKNOWN = "没有找到这次评价，它可能已经过期。有事请直接告诉我们。"
WHY = "请问哪里不满意？点一下，或直接写一句话。"
PASSED_ON = "谢谢您，已经转告承办单位。"
IN_YOUR_WORDS = "请用一句话写下哪里不满意，我们会转告承办单位。"


def told(answer: Answer) -> str:
    """One or two sentences on what became of an answer."""
    known = answer.survey
    if known is None:
        return UNKNOWN
    match answer.result:
        case Result.ACCEPTED:
            return _thanks(known)
        case Result.LATE:
            return f"评价时间虽然已过，您的评价我们仍然记下了。{_thanks(known)}"
        case Result.REPEATED:
            return (
                f"您已经评价过工单 {known.number}：{known.rating}。"
                "每次办结以第一次评价为准，有新的情况请直接告诉我们。"
            )
        case _:
            return f"工单 {known.number} 的这次评价已经结束。问题没有解决的话，请直接告诉我们。"


def _thanks(known: Survey) -> str:
    match known.rating:
        case Rating.DISSATISFIED:
            return f"{SORRY}工单 {known.number} 已退回重新办理，有结果会告诉您。"
        case Rating.BASIC:
            return "感谢您的评价，我们会继续改进。"
        case _:
            return "感谢您的评价，祝您生活愉快！"


def reply(answer: Answer) -> Reply:
    """The words after a rating, with the question why after 不满意."""
    known = answer.survey
    if known is None or not asks_why(answer):
        return Reply(told(answer))
    return Reply(f"{told(answer)}\n{WHY}", reason_choices(known.token))


def asks_why(answer: Answer) -> bool:
    """True if somebody not satisfied has not said yet why."""
    known = answer.survey
    heard = answer.result in (*TAKEN, Result.REPEATED)
    return heard and known is not None and unexplained(known)


def unexplained(known: Survey) -> bool:
    """True for 不满意 without a reason."""
    return known.rating == Rating.DISSATISFIED and not known.reason


def for_reason(answer: Answer) -> Reply:
    """The words after a reason."""
    if answer.result is not Result.ACCEPTED or answer.survey is None:
        return Reply(told(answer))
    return Reply(IN_YOUR_WORDS if answer.survey.reason == OTHER else PASSED_ON)
