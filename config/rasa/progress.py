"""How `make rasa` tells what it does, and why it cannot go on."""

from collections.abc import Callable

Say = Callable[[str], None]


class NotStarted(Exception):
    """Rasa cannot be installed, trained or served; the text says why and what to do."""
