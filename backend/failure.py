"""How a failure is told in the log: without the words and numbers of citizens."""

import traceback


def describe(error: BaseException) -> str:
    """The type of an error and where it arose, without its message, which may quote a citizen."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    return f"{type(error).__name__} at\n{frames}"
