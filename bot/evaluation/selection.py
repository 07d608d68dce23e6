"""Which examples are measured on, and which are trained on before: what a user gave, made ready."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bot.evaluation.labelled import LabelledTexts
from bot.understanding.corpus import Example


class CannotMeasure(Exception):
    """The data does not allow the measurement; the text says why."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What is measured: `train` is empty for cross-validation. `notes` tell what was left out."""

    examples: tuple[Example, ...]
    train: tuple[Example, ...] = ()
    notes: tuple[str, ...] = ()


def for_cross_validation(examples: Sequence[Example], at_least: int) -> Selection:
    """The examples of labels with `at_least` of them. Raises CannotMeasure."""
    kept = _frequent(Counter(one.label for one in examples), at_least)
    _check(kept, at_least)
    chosen = tuple(one for one in examples if one.label in kept)
    return Selection(chosen, notes=_left_out(examples, chosen, f"fewer than {at_least} messages"))


def for_holding_out(train: LabelledTexts, test: LabelledTexts, at_least: int) -> Selection:
    """Both files without the labels that have fewer than `at_least` messages in the two together.

    A message that is in both is not measured on. Raises CannotMeasure.
    """
    kept = _frequent(train.counts() + test.counts(), at_least)
    _check(kept & train.counts().keys(), at_least)
    taught = train.only(kept).examples
    known = {one.text for one in taught}
    frequent = test.only(kept).examples
    chosen = tuple(one for one in frequent if one.text not in known)
    if not chosen:
        raise CannotMeasure("nothing is left to measure on: all messages are in --train too")
    notes = _left_out(test.examples, frequent, f"fewer than {at_least} messages in both files")
    if len(chosen) < len(frequent):
        notes += (f"{len(frequent) - len(chosen)} messages left out: they are in --train too",)
    never = Counter(one.label for one in chosen if one.label not in train.counts())
    if never:
        notes += (f"always wrong, as --train has none of them: {_counted(never)}",)
    return Selection(chosen, taught, notes)


def _frequent(counts: Counter[str], at_least: int) -> frozenset[str]:
    return frozenset(label for label, count in counts.items() if count >= at_least)


def _check(labels: frozenset[str], at_least: int) -> None:
    if len(labels) < 2:
        raise CannotMeasure(
            f"at least two labels with {at_least} messages or more are needed; there "
            + ("is only " + next(iter(labels)) if labels else "are none")
        )


def _left_out(before: Sequence[Example], after: Sequence[Example], reason: str) -> tuple[str, ...]:
    counts = Counter(one.label for one in before)
    gone = counts - Counter(one.label for one in after)
    if not gone:
        return ()
    return (f"{gone.total()} messages left out, of labels with {reason}: {_counted(gone)}",)


def _counted(counts: Counter[str], most: int = 12) -> str:
    said = [f"{label} {count}" for label, count in counts.most_common(most)]
    more = [f"and {len(counts) - most} more labels"] if len(counts) > most else []
    return ", ".join(said + more)
