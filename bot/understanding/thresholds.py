"""Where a probability becomes a decision; fitted with the model, changed as data."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of a knowledge hit's confidence: from `answer` it is given, from `choices` it is offered;
    `category` is the confidence from which a category is named."""

    answer: float = 0.6
    choices: float = 0.15
    category: float = 0.35
