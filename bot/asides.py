"""What is said while an order is made, beside what was asked: talk, a place, another matter."""

import re

from bot import corrections, drafts
from bot.amendments import NUMBERS
from bot.correction_words import AFFIRMED
from bot.dialogue import Draft
from bot.shelf import names
from bot.triage import asks as words_ask
from bot.triage import (
    begins_another,
    goes_on,
    is_place,
    is_question,
    says_another,
    tells_trouble,
)
from bot.turn import Turn
from bot.understanding import place_units, signs
from bot.understanding.reading import Reading
from bot.understanding.turn_reader import Heard
from bot.understanding.turns import NEW, TYPES

EXPECTED = 0.45
"""How sure consent, or giving up, must be where one of the two is expected."""
SHORT = 20
"""Characters of an answer that may say no more than that."""
SHORTEST_MATTER = 12
"""Characters of a matter told whole."""
SHORTEST_TOLD = 6
"""Characters of a matter that is announced as another."""
MAYBE, LIKELY, SURELY = 0.2, 0.5, 0.7
"""How likely an act must be: beside a sign that speaks for it, alone where it is the likeliest, and
alone where being wrong costs most."""
TELLING = ("change", "add", "place", "another", "instead", "wrong", "cancel", "ask")
"""Acts that tell more than consent and talk."""
ELSEWHERE = "elsewhere"
"""What is asked about a text that was sent elsewhere: whether that is right."""
PENDING = ("choice", "clarify", "feedback", ELSEWHERE)
"""What is asked about a text that a place may complete."""
WIDE = {"area", "town"}
"""Units of a place that say little of where in it something is."""
CLEARLY = 2
"""So much more must speak for a question than for a matter."""
KNOWN_KIND = 0.35
"""How sure the category of further words must be to tell another matter by it,"""
MOST_ALIKE = 0.05
"""and how likely they may be of the kind that the order is of;"""
ALIKE_BESIDE = 0.3
"""where they begin like something more (「对了还有…」)."""
_AFTER_ALL = re.compile(r"还是(?:在|是|按|那个)?(?P<what>[^，,。；;！!\s]{2,16})")


def is_just(turn: Turn, intent: str) -> bool:
    """Nothing but this: the likeliest intent of a short answer without any detail."""
    details = turn.reading.details
    told = details.place or details.phone or details.occurred_on or len(turn.text) > SHORT
    return turn.means(intent, at_least=0.6 if told else EXPECTED)


def consents(turn: Turn) -> bool:
    """The order shall be filed as it is."""
    affirmed = is_just(turn, "affirm") and turn.heard.of(*TELLING) < MAYBE
    return affirmed or (turn.heard.of("confirm") >= SURELY and not _tells(turn))


def corrects(turn: Turn) -> bool:
    """Something in the order is wrong, and how it is right is said."""
    heard, labels = turn.heard, {span.label for span in turn.heard.spans}
    if drafts.is_more(turn.text) or _tells_again(turn):
        return False
    swapped = "old" in labels and bool(labels & NEW)
    if heard.act == "wrong" or (heard.act == "place" and labels & NEW - {"place"}):
        return swapped
    asked = turn.dialogue.asking in drafts.QUESTIONS and not swapped
    return heard.act == "change" and heard.of("change") >= (SURELY if asked else MAYBE)


def _tells_again(turn: Turn) -> bool:
    """The story itself is told once more, word for word."""
    draft, text = turn.dialogue.draft, turn.text.strip()
    return draft is not None and len(text) >= SHORTEST_MATTER and text in draft.facts


def repeats(turn: Turn, draft: Draft) -> bool:
    """What is said to be right stands in the order already: 「不是投诉，我提个建议」."""
    heard = turn.heard
    if _affirms(turn) or (heard.act in ("wrong", "change") and _is_settled(turn, draft)):
        return True
    said = (heard.words(label) for label in NEW)
    return corrects(turn) and any(
        words
        and any(kind in words for kind in (draft.type, draft.place, draft.occurred_at) if kind)
        for words in said
    )


def _affirms(turn: Turn) -> bool:
    """What was just corrected is called right."""
    return turn.dialogue.previous is not None and signs.affirms_change(turn.text)


def _is_settled(turn: Turn, draft: Draft) -> bool:
    """The type is called as it is already."""
    affirmed = {match[0] for match in AFFIRMED.finditer(turn.text)}
    of_type = "类型" in turn.text or any(kind in turn.text for kind in TYPES if kind != draft.type)
    others = any(span.label in NEW - {"type"} for span in turn.heard.spans)
    return affirmed == {draft.type} and of_type and not others


def tells_instead(turn: Turn, told: str) -> bool:
    """Another matter is `told` in place of this one; 「应该是下水道堵了，改一下」 is the same."""
    enough = SHORTEST_TOLD if turn.heard.of("instead") >= SURELY else SHORTEST_MATTER
    instead = turn.heard.act == "instead" and not signs.mends(turn.text)
    return instead and len(told) >= enough


def completes(turn: Turn) -> bool:
    """What was missing is told, and nothing more of the matter."""
    heard = turn.heard
    asked = turn.dialogue.asking in drafts.QUESTIONS
    wish = heard.words("demand")
    told = bool(wish) and len(turn.text) > len(wish) + SHORTEST_TOLD
    return heard.act in ("add", "secret") and not (heard.words("more") or told or asked)


def takes_back(turn: Turn) -> bool:
    """The last correction was none, or what was told besides is not wanted."""
    before = turn.dialogue.previous
    if _affirms(turn) or (before and turn.reading.details.phone not in before.contact):
        return False
    if turn.heard.of("drop") >= LIKELY and before and not turn.dialogue.shelved:
        return True
    if turn.heard.of("back") >= LIKELY or corrections.takes_back(turn.text):
        return True
    return _returns(turn)


def _returns(turn: Turn) -> bool:
    """「还是昨天」: what the order said before its last correction is right after all."""
    before, now = turn.dialogue.previous, turn.dialogue.draft
    told = _AFTER_ALL.search(turn.text)
    if before is None or now is None or told is None:
        return False
    said = told["what"].rstrip("的吧了啊呢")
    return len(said) > 1 and said in _words_of(before) and said not in _words_of(now)


def _words_of(draft: Draft) -> str:
    return "\n".join((draft.facts, draft.place, draft.occurred_at, draft.contact, draft.person))


def drops(turn: Turn) -> bool:
    """The matter is given up, in words that say so; 「请把刚才的事提交吧」 wants the contrary."""
    kept = (
        signs.files,
        signs.withholds_phone,
        signs.insists,
        signs.asks_about_filing,
        signs.holds,
    )
    content = signs.is_content(turn.text) and not signs.drops_outright(turn.text)
    if content or any(keeps(turn.text) for keeps in kept):
        return False
    heard = turn.heard
    told = signs.given_up(turn.text) and heard.of("cancel", "drop", "instead") >= MAYBE
    outright = signs.drops_outright(turn.text) and not _tells(turn)
    return told or outright or (heard.act == "cancel" and heard.of("cancel") >= LIKELY)


def gives_up(turn: Turn) -> bool:
    """Nobody is wanted any more; 「把钱退给我们」 and 「退钱就行」 want something."""
    kept = (signs.is_content, signs.insists, signs.holds)
    wants = turn.reading.details.demand or any(keeps(turn.text) for keeps in kept)
    return is_just(turn, "cancel") and turn.heard.of("cancel") >= MAYBE and not wants


def waits(turn: Turn) -> bool:
    """「等等」, 「我发定位给你」."""
    sends = signs.will_send(turn.text) and not turn.reading.details.place
    held = signs.pauses(turn.text) or (signs.holds(turn.text) and not _tells(turn))
    return held or sends or turn.heard.of("wait") >= SURELY


def is_denial(turn: Turn) -> bool:
    """Something is wrong, and what is not said."""
    denied = turn.means("deny", "correct", at_least=0.6) and not turn.reading.details.phone
    denied = denied and turn.heard.of("wrong", "change", "back") >= MAYBE
    return denied or turn.heard.of("wrong") >= LIKELY or signs.takes_back(turn.text)


def asks(turn: Turn) -> bool:
    """A question of information; never one that is surely something else."""
    asked = is_question(turn.reading) or signs.asks(turn.text)
    return (asked and turn.heard.of("ask", "when", "another") >= MAYBE) or _surely(turn, "ask")


def asks_besides(turn: Turn) -> bool:
    """「对了 请问大件家具丢哪里」: a question in so many words, and no trouble at a place."""
    told = tells_trouble(turn.reading) or (
        turn.reading.details.place and not words_ask(turn.reading)
    )
    asked = signs.asks_in_words(turn.text) and not signs.asks_about_filing(turn.text)
    return asked and not told


def asks_when(turn: Turn) -> bool:
    """「什么时候来」: asked of what is not filed yet."""
    return signs.asks_when(turn.text) or _surely(turn, "when")


def is_silent(turn: Turn) -> bool:
    """Would rather not say, or does not know."""
    silent = signs.refuses(turn.text) or signs.knows_not(turn.text)
    return silent or (_surely(turn, "silent") and not turn.reading.details.place)


def _surely(turn: Turn, act: str) -> bool:
    return turn.heard.of(act) >= SURELY


def _tells(turn: Turn) -> bool:
    """Some words are marked that change or add something."""
    return any(span.label != "old" for span in turn.heard.spans)


def comes_back(turn: Turn) -> bool:
    """What was given up just now is wanted after all, and not another matter."""
    before = turn.dialogue.previous
    if before is None or turn.dialogue.draft is not None or turn.reading.details.place:
        return False
    told = turn.purpose.is_matter and not names(turn.text, before)
    return not told and (signs.files(turn.text) or signs.thinks_better(turn.text))


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
    place = turn.reading.details.place
    if is_place(turn.reading) or (turn.heard.of("place") >= SURELY and place):
        return True
    if _is_closer(place, draft):
        return True
    return bool(place) and not draft.known_place and not is_another(turn, draft)


def _is_closer(place: str, draft: Draft) -> bool:
    """A place within the one of the order, which names no more than the area and the town."""
    known = draft.place.removeprefix(draft.area)
    wide = bool(known) and place_units.kinds(draft.place) <= WIDE
    return wide and known in place and known != place.removeprefix(draft.area)


def is_talk(turn: Turn) -> bool:
    """Thanks, greetings, chat."""
    talk = turn.means("thanks", "greet", "help", "goodbye", at_least=0.6)
    chat = turn.means("chitchat", at_least=0.5) and len(turn.text) <= 16
    return ((talk or chat) and turn.heard.of(*TELLING) < LIKELY) or _surely(turn, "talk")


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
    draft = turn.dialogue.draft
    if draft is not None and _is_closer(turn.reading.details.place, draft):
        return False
    tells = turn.purpose.is_matter and len(turn.text) >= SHORTEST_MATTER
    heard = turn.heard.act == "another" and turn.heard.of("another") >= LIKELY
    told = heard and len(turn.heard.words("matter")) >= SHORTEST_TOLD
    return (tells and says_another(turn.reading)) or (told and not _goes_on_telling(turn))


def _goes_on_telling(turn: Turn) -> bool:
    """More is told where the place was asked, without a place and a word that it is another; or
    for the first time what happened at a place."""
    if turn.dialogue.draft is not None and not turn.dialogue.draft.facts:
        return True
    new = says_another(turn.reading) or begins_another(turn.reading)
    return turn.dialogue.asking == "place" and not turn.reading.details.place and not new


def is_another(turn: Turn, draft: Draft) -> bool:
    """A whole new matter, not a word more about this one."""
    is_short = len(turn.text) < SHORTEST_MATTER
    if not turn.purpose.is_matter or is_short or goes_on(turn.reading):
        return False
    if turn.heard.acts and (_goes_on_telling(turn) or not _may_be_another(turn.heard)):
        return False
    return _is_elsewhere(turn.reading, draft) or _is_of_another_kind(turn.reading, draft)


def _may_be_another(heard: Heard) -> bool:
    """Another matter may be meant, or nobody knows what is."""
    best = heard.acts[0]
    unsure = best.confidence < LIKELY and best.name not in ("change", "wrong")
    return unsure or heard.of("another", "instead") >= LIKELY


def _is_elsewhere(reading: Reading, draft: Draft) -> bool:
    """Trouble told at a place of its own, while the matter has another."""
    place = "" if NUMBERS.fullmatch(reading.details.place) else reading.details.place
    apart = place not in draft.place and draft.place not in place
    named = reading.intent.name in ("complaint", "request_help", "report")
    return bool(place and draft.known_place) and apart and named


def _is_of_another_kind(reading: Reading, draft: Draft) -> bool:
    """Hardly of the kind of the order; 「对了…」 may tell of another matter of that kind."""
    begun, _, _ = draft.category.partition("/")
    if not begun or not reading.subjects or reading.subjects[0].confidence < KNOWN_KIND:
        return False
    besides = begins_another(reading)
    kind, most = (draft.category, ALIKE_BESIDE) if besides else (begun, MOST_ALIKE)
    alike = (guess.confidence for guess in reading.subjects if guess.name.startswith(kind))
    return sum(alike) < most
