"""Inside Rasa's environment: what a model makes of many texts, one by one, as its server would.

`python -m config.rasa.predict MODEL TEXTS ANSWERS`: TEXTS is a JSON list of texts; ANSWERS becomes
{"rankings": [[[intent, confidence], ...], ...], "seconds": [...], "megabytes": of the process}.
"""

import asyncio
import json
import logging
import resource
import sys
import time
from pathlib import Path
from typing import Any


def main(model: str, texts: str, answers: str) -> None:
    """Load the model, parse the texts, write what came of them."""
    logging.captureWarnings(True)
    logging.getLogger("py.warnings").disabled = True
    from rasa.core.agent import Agent
    from rasa.utils.log_utils import configure_structlog

    # At level debug Rasa prints each text.
    configure_structlog(logging.WARNING)
    agent = Agent.load(model)
    wanted = json.loads(Path(texts).read_text("utf-8"))
    Path(answers).write_text(json.dumps(asyncio.run(_parse(agent, wanted))), "utf-8")


async def _parse(agent: Any, texts: list[str]) -> dict[str, Any]:
    rankings, seconds = [], []
    for text in texts:
        began = time.perf_counter()
        parsed = await agent.parse_message(text)
        seconds.append(time.perf_counter() - began)
        rankings.append([[one["name"], one["confidence"]] for one in parsed["intent_ranking"]])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return {"rankings": rankings, "seconds": seconds, "megabytes": peak}


if __name__ == "__main__":
    main(*sys.argv[1:])
