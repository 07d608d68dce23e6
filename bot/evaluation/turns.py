"""How well what is said to an order is heard: acts, and the words that say what."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bot.evaluation.statistics import Interval, wilson
from bot.understanding.classifier import TextClassifier
from bot.understanding.encoder import Encoder
from bot.understanding.turn_reader import Heard, TurnReader
from bot.understanding.turn_training import fit_turns
from bot.understanding.turns import TurnExample

FOLDS = 4
"""Parts that are held out in turn: each is some of the files, so that no author is in two."""

Pair = tuple[TurnExample, Heard]


@dataclass(frozen=True, slots=True)
class LabelFound:
    """How the words of a label were found: how many there were, the share of them that was marked
    (all of it; a part), and of what was marked the share that was so."""

    label: str
    count: int
    whole: Interval
    partly: Interval
    precise: Interval


@dataclass(frozen=True, slots=True)
class TurnScore:
    """The figures of turns: the share of acts that are right, by act as well, and the words."""

    turns: int
    acts: Interval
    by_act: tuple[tuple[str, int, Interval], ...]
    labels: tuple[LabelFound, ...]


def held_out(
    encoder: Encoder,
    intents: TextClassifier,
    files: Sequence[Sequence[TurnExample]],
    say: Callable[[str], None],
) -> list[Pair]:
    """Each turn as it is heard by a reader that has not seen its file."""
    found: list[Pair] = []
    count = min(FOLDS, len(files))
    for fold in range(count):
        say(f"Hearing part {fold + 1} of {count} ...")
        rest = [one for at, file in enumerate(files) if at % count != fold for one in file]
        reader = TurnReader(encoder, intents, *fit_turns(encoder, intents, rest))
        found += hear(reader, [one for file in files[fold::count] for one in file])
    return found


def hear(reader: TurnReader, examples: Sequence[TurnExample]) -> list[Pair]:
    """Each turn as a reader hears it."""
    return [(one, reader.read(one.text, one.standing)) for one in examples]


def score(pairs: Sequence[Pair]) -> TurnScore:
    """The figures of turns that were heard."""
    right = Counter(one.act for one, heard in pairs if heard.act == one.act)
    there = Counter(one.act for one, _ in pairs)
    by_act = [(act, count, wilson(right[act], count)) for act, count in there.most_common()]
    return TurnScore(
        len(pairs), wilson(right.total(), len(pairs)), tuple(by_act), tuple(_labels(pairs))
    )


def _labels(pairs: Sequence[Pair]) -> Iterator[LabelFound]:
    there = Counter(span.label for one, _ in pairs for span in one.spans)
    for label, count in there.most_common():
        whole = partly = marked = 0
        for one, heard in pairs:
            want = [span for span in one.spans if span.label == label]
            got = [span for span in heard.spans if span.label == label]
            whole += sum(span in got for span in want)
            partly += sum(any(g.start < w.end and w.start < g.end for g in got) for w in want)
            marked += len(got)
        yield LabelFound(
            label,
            count,
            wilson(whole, count),
            wilson(partly, count),
            wilson(min(whole, marked), marked),
        )
