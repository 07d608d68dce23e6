"""Inside Rasa's environment: what a model makes of texts, one by one, as its server would.

`python -m config.rasa.predict MODEL` reads a JSON list of texts a line, and answers each line with
one: [[[intent, confidence], ...] of each text].
"""

import asyncio
import json
import logging
import os
import sys
from typing import Any


def main(model: str) -> None:
    """Load the model; answer until there are no more lines."""
    # What Rasa prints goes to the log, so that answers stand alone.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    logging.captureWarnings(True)
    logging.getLogger("py.warnings").disabled = True
    from rasa.core.agent import Agent
    from rasa.utils.log_utils import configure_structlog

    # At level debug Rasa prints each text.
    configure_structlog(logging.WARNING)
    agent = Agent.load(model)
    loop = asyncio.new_event_loop()
    for line in sys.stdin.buffer:
        rankings = loop.run_until_complete(_rankings(agent, json.loads(line)))
        print(json.dumps(rankings), file=answers, flush=True)


async def _rankings(agent: Any, texts: list[str]) -> list[list[tuple[str, float]]]:
    parsed = [await agent.parse_message(text) for text in texts]
    # Of a text without words there is no ranking.
    found = [each.get("intent_ranking", ()) for each in parsed]
    return [[(one["name"], one["confidence"]) for one in ranking] for ranking in found]


if __name__ == "__main__":
    main(*sys.argv[1:])
