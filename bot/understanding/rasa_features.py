"""Components for Rasa's pipeline: the vectors of our sentence encoder as dense features.

Runs inside Rasa's own environment (`make rasa`), which holds Rasa and the encoder and nothing else
of what Huiying needs. config/rasa/config.yml names them; docs/rasa.md has what they gain.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import FEATURIZER_CLASS_ALIAS
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.understanding.encoder import SentenceEncoder

_BATCH = 64


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class WholeText(Tokenizer):  # type: ignore[misc]  # untyped
    """Takes the whole text for one token: Rasa counts characters of tokens only, and knows no
    tokenizer for Chinese but jieba, whose words gained nothing here."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """What every tokenizer of Rasa has."""
        return {
            "intent_tokenization_flag": False,
            "intent_split_symbol": "_",
            "token_pattern": None,
            "prefix_separator_symbol": None,
        }

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> WholeText:
        """As Rasa makes its components."""
        return cls(config)

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        """One token, or none of an empty text."""
        text = message.get(attribute)
        return [Token(text, 0)] if text else []


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceFeaturizer(DenseFeaturizer, GraphComponent):  # type: ignore[misc]  # untyped
    """Gives each message the vector that the built-in engine sees too, times `scale`.

    Rasa's logistic regression has no setting for its regularisation: vectors longer by `scale`
    have the effect of C = scale².
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`scale` is the length of the vectors."""
        return {**DenseFeaturizer.get_default_config(), "scale": 1.0}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceFeaturizer:
        """As Rasa makes its components."""
        return cls(execution_context.node_name, config)

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Refuse a scale that is not a positive number."""
        if not float(config["scale"]) > 0:
            raise ValueError(f"scale is a positive number, not {config['scale']!r}")

    def __init__(self, name: str, config: dict[str, Any]) -> None:
        """Load the encoder: 80 MB, half a second."""
        super().__init__(name, config)
        self._encoder = SentenceEncoder()

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the features to messages that have a text."""
        told = [message for message in messages if message.get(TEXT)]
        for start in range(0, len(told), _BATCH):
            self._add(told[start : start + _BATCH])
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Add the features to the training examples."""
        self.process(training_data.training_examples)
        return training_data

    def _add(self, messages: list[Message]) -> None:
        vectors = self._encoder.encode([message.get(TEXT) for message in messages])
        scaled = (vectors * self._config["scale"]).astype(np.float32)
        for message, vector in zip(messages, scaled, strict=True):
            origin = self._config[FEATURIZER_CLASS_ALIAS]
            features = Features(vector[np.newaxis], FEATURE_TYPE_SENTENCE, TEXT, origin)
            message.add_features(features)
