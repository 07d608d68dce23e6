"""Inside Rasa's environment: one model behind Rasa's HTTP API, warmed up, with a mute log.

Run by `make rasa` (config/rasa/__main__.py) in place of `rasa run`, which takes the token on the
command line, where every user of the machine can read it, and says that it is ready before
the first text has been parsed. What it shall do comes in the variables HUIYING_RASA_…
"""

import asyncio
import logging
import os
import re
from typing import Any

HOST = "127.0.0.1"
WARMING = ("您好", "雨湖区建设北路128号门口的路灯坏了三天了", "公积金租房提取需要什么材料") * 3
_QUOTE = re.compile(r"[:：'\"]")


def main() -> None:
    """Serve until Ctrl-C."""
    # Before Rasa is imported, whose parts warn of one another by the dozen.
    logging.captureWarnings(True)
    logging.getLogger("py.warnings").disabled = True
    from rasa.server import create_app

    app = create_app(auth_token=os.environ.pop("HUIYING_RASA_TOKEN"), cors_origins=[])
    _mute()
    app.register_listener(_load, "before_server_start")
    app.register_listener(_ready, "after_server_start")
    app.run(host=HOST, port=int(os.environ["HUIYING_RASA_PORT"]), access_log=False)
    print("Rasa has stopped.", flush=True)


async def _load(app: Any, loop: asyncio.AbstractEventLoop) -> None:
    from rasa.core.agent import load_agent

    app.ctx.agent = await load_agent(model_path=os.environ["HUIYING_RASA_MODEL"], loop=loop)
    for text in WARMING:
        await app.ctx.agent.parse_message(text)


async def _ready(_app: Any, _loop: asyncio.AbstractEventLoop) -> None:
    print(os.environ["HUIYING_RASA_READY"], flush=True)


def _mute() -> None:
    """No text of a citizen and no token may be logged, whatever fails.

    Rasa prints each message at level debug and quotes exceptions, which may quote a message, at
    level error; Sanic quotes addresses, which hold the token. So all go one way, through a filter.
    """
    from rasa.utils.common import configure_logging_and_warnings
    from rasa.utils.log_utils import configure_structlog

    configure_structlog(logging.WARNING)
    configure_logging_and_warnings(logging.WARNING)
    for logger in map(logging.getLogger, tuple(logging.root.manager.loggerDict)):
        logger.handlers.clear()
        logger.propagate = True
        logger.setLevel(max(logger.level, logging.WARNING))
    for handler in logging.root.handlers:
        handler.addFilter(_without_quotes)


def _without_quotes(record: logging.LogRecord) -> bool:
    """Keep of a record what stands before anything quoted."""
    lines = record.getMessage().splitlines() or [""]
    record.msg, record.args = _QUOTE.split(lines[0], maxsplit=1)[0], ()
    record.exc_info = record.exc_text = record.stack_info = None
    return True


if __name__ == "__main__":
    main()
