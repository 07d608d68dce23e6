"""Danger now: say at once whom to call, alert the console, then offer the order."""

from dataclasses import dataclass, replace

from backend.message import DIAL, Choice, Outcome, Reply
from bot import drafts, words
from bot.dialogue import Draft
from bot.triage import dangers
from bot.turn import Ending, Turn
from bot.understanding import signs


@dataclass(frozen=True, slots=True)
class Rescue:
    """Whom to call in a danger, and what to do until they come."""

    number: str
    advice: str


RESCUES = {
    "danger_fire": Rescue(
        "119", "请马上撤离到安全的地方，不要乘电梯，不要返回取东西，然后拨打119。"
    ),
    "danger_gas": Rescue(
        "119", "不要开关任何电器、不要点火，请打开门窗、关上阀门，马上到室外再拨打119。"
    ),
    "danger_medical": Rescue(
        "120", "请马上拨打120，说清地点和病人情况，听医生指导，等候时不要离开。"
    ),
    "danger_crime": Rescue("110", "请先保证自己的安全，马上拨打110；不方便说话可发短信到12110。"),
    "danger_traffic": Rescue(
        "122", "请先到路边安全处、打开双闪，马上拨打122；有人受伤同时拨打120。"
    ),
    "danger_structure": Rescue(
        "119", "请马上远离现场、提醒旁人不要靠近；有人被困或受伤请拨打119、120。"
    ),
}
SURELY = 0.75
"""How likely words to an open order correct, confirm or drop it, that are no emergency: of 160
emergencies said to an order none was a correction with 0.4 or gave up with 0.65."""
CERTAIN = 0.95
"""A danger so likely is one, whatever it might say to the order: of 711 emergencies said to one of
three orders, 36 looked like a correction or like giving up, and one of them is less likely. Of
another 264, most of them oblique, 10 in 792 cases are; that they shall stay secret, none."""
PLAINLY = 0.97
"""So likely words to an order are of it even where they sound of danger for certain: of 341
emergencies said to one of three orders (1,026 cases) none was."""
OTHER = Rescue("110", "请先保证自己的安全，马上拨打110。")


class Danger:
    """Comes before everything else, also while a human has the chat."""

    async def handle(self, turn: Turn) -> Ending | None:
        """End the turn when the text tells of a danger that is there now."""
        if turn.choice.startswith(DIAL):
            return self._dial(turn)
        if not turn.reading.danger or _is_of_order(turn):
            return None
        rescue = RESCUES.get(turn.reading.danger, OTHER)
        draft = self._draft(turn)
        reply = Reply(
            f"【紧急】{rescue.advice}\n{words.DANGER_ORDER}",
            (
                Choice(f"{DIAL}{rescue.number}", f"拨打{rescue.number}"),
                Choice(f"file:{draft.id}", "登记工单"),
                Choice("safe", "不用登记"),
            ),
        )
        dialogue = replace(turn.dialogue, draft=draft, shelved=self._shelf(turn))
        return Ending(
            Outcome.DANGER,
            (reply,),
            dialogue.offering(reply, "file"),
            confidence=turn.reading.intent.confidence,
            topics=("alerts", "chats"),
        )

    def _dial(self, turn: Turn) -> Ending:
        """The number was chosen where it could not be dialled with a tap."""
        said = Reply(words.DIAL.format(number=turn.choice.removeprefix(DIAL)))
        return Ending(Outcome.COMMAND, (said,), turn.dialogue)

    def _draft(self, turn: Turn) -> Draft:
        draft = drafts.begin(turn.message_id, turn.reading, turn.conversation.phone)
        begun = turn.dialogue.draft
        if begun is not None and not begun.facts:
            # A picture or a place came first: it shows the danger.
            draft = replace(draft, attachments=begun.attachments)
            draft = drafts.pinned(draft, begun.place) if begun.place else draft
        return replace(draft, type="求助")

    def _shelf(self, turn: Turn) -> tuple[Draft, ...]:
        """An order begun before waits until this one is done with."""
        begun = turn.dialogue.draft
        waits = begun is not None and begun.facts
        return (*turn.dialogue.shelved, begun) if begun and waits else turn.dialogue.shelved


def _is_of_order(turn: Turn) -> bool:
    """「8栋 打快了」 sounds of blows, and corrects an order."""
    over = signs.given_up(turn.text) or signs.has_called(turn.text)
    if turn.dialogue.asking == "file" and over:
        return True
    if turn.reading.peril > dangers(turn.reading):
        # A piece tells of it: what the others say to the order is beside it.
        return False
    heard = turn.heard
    acts = max(heard.of("change", "confirm", "secret"), heard.of("cancel"))
    return acts >= (PLAINLY if turn.reading.peril >= CERTAIN else SURELY)
