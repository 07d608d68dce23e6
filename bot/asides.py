"""What is said while an order is made, beside what was asked: talk, a place, another matter."""

from bot import drafts, signs
from bot.amendments import NUMBERS
from bot.dialogue import Draft
from bot.triage import begins_another, goes_on, is_place, says_another, tells_trouble
from bot.turn import Turn
from bot.understanding.reading import Reading

EXPECTED = 0.45
"""How sure consent, or giving up, must be where one of the two is expected."""
SHORT = 20
"""Characters of an answer that may say no more than that."""
SHORTEST_MATTER = 12
"""Characters of a matter told whole."""
PENDING = ("choice", "clarify", "feedback")
"""What is asked about a text that a place may complete."""
CLEARLY = 2
"""So much more must speak for a question than for a matter."""
KNOWN_KIND = 0.35
"""How sure the category of further words must be to tell another matter by it,"""
MOST_ALIKE = 0.05
"""and how likely they may be of the kind that the order is of;"""
ALIKE_BESIDE = 0.3
"""where they begin like something more (「对了还有…」)."""


def is_just(turn: Turn, intent: str) -> bool:
    """Nothing but this: the likeliest intent of a short answer without any detail."""
    details = turn.reading.details
    told = details.place or details.phone or details.occurred_on or len(turn.text) > SHORT
    return turn.means(intent, at_least=0.6 if told else EXPECTED)


def gives_up(turn: Turn) -> bool:
    """Nobody is wanted any more; 「把钱退给我们」 and 「退钱就行」 want something."""
    wants = turn.reading.details.demand or signs.is_content(turn.text)
    return is_just(turn, "cancel") and not wants


def wants_it_filed(turn: Turn) -> bool:
    """「那登记吧」, 「地址不方便说」: as if what was asked before were an order already."""
    pending = turn.dialogue.asking in PENDING and bool(turn.dialogue.question)
    return pending and (signs.files(turn.text) or signs.refuses(turn.text))


def says_where(turn: Turn) -> bool:
    """「在雨湖区」: an area alone, of what was said before and not understood then."""
    pending = turn.dialogue.asking in PENDING and bool(turn.dialogue.question)
    return pending and bool(turn.reading.details.area) and len(turn.text) <= SHORTEST_MATTER


def is_place_of(turn: Turn, draft: Draft) -> bool:
    """A place, while none is known; or one and nothing else."""
    if is_place(turn.reading):
        return True
    unplaced = draft.place in ("", drafts.UNKNOWN_PLACE)
    return unplaced and bool(turn.reading.details.place) and not is_another(turn, draft)


def is_talk(turn: Turn) -> bool:
    """Thanks, greetings, chat."""
    talk = turn.means("thanks", "greet", "help", "goodbye", at_least=0.6)
    return talk or (turn.means("chitchat", at_least=0.5) and len(turn.text) <= 16)


def is_abuse(turn: Turn) -> bool:
    """Abuse that tells nothing."""
    return turn.means("invalid_abuse", at_least=0.6) and len(turn.text) <= 30


def is_apart(turn: Turn, draft: Draft) -> bool:
    """Of another category, or a question and no trouble: who asks how their matter came about
    tells more of it."""
    category, weighed = turn.reading.category, turn.purpose
    other = bool(category) and category != draft.category
    asked = weighed.question >= CLEARLY * weighed.matter and not tells_trouble(turn.reading)
    return (other or asked) and not turn.reading.details.place


def announces_another(turn: Turn) -> bool:
    """「先说别的，…」: another matter, whatever was asked last."""
    tells = turn.purpose.is_matter and len(turn.text) >= SHORTEST_MATTER
    return tells and says_another(turn.reading)


def is_another(turn: Turn, draft: Draft) -> bool:
    """A whole new matter, not a word more about this one."""
    is_short = len(turn.text) < SHORTEST_MATTER
    if not turn.purpose.is_matter or is_short or goes_on(turn.reading):
        return False
    return _is_elsewhere(turn.reading, draft) or _is_of_another_kind(turn.reading, draft)


def _is_elsewhere(reading: Reading, draft: Draft) -> bool:
    """Trouble told at a place of its own, while the matter has another."""
    place = "" if NUMBERS.fullmatch(reading.details.place) else reading.details.place
    known = draft.place not in ("", drafts.UNKNOWN_PLACE)
    apart = place not in draft.place and draft.place not in place
    named = reading.intent.name in ("complaint", "request_help", "report")
    return bool(place) and known and apart and named


def _is_of_another_kind(reading: Reading, draft: Draft) -> bool:
    """Hardly of the kind of the order; 「对了…」 may tell of another matter of that kind."""
    begun, _, _ = draft.category.partition("/")
    if not begun or not reading.subjects or reading.subjects[0].confidence < KNOWN_KIND:
        return False
    besides = begins_another(reading)
    kind, most = (draft.category, ALIKE_BESIDE) if besides else (begun, MOST_ALIKE)
    alike = (guess.confidence for guess in reading.subjects if guess.name.startswith(kind))
    return sum(alike) < most
