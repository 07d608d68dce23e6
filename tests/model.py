"""`python -m tests.model`: train the model that the tests share, before they need it.

Training takes longer than a test may, and test files run beside each other.
"""

from pathlib import Path

from bot.understanding.understanding import load_builtin

ROOT = Path(__file__).parent.parent
MODEL = ROOT / ".pytest_cache" / "d" / "huiying-model"
"""Where pytest's cache keeps it, for `pytestconfig.cache.mkdir("huiying-model")`."""


def main() -> None:
    """Train it if its data or code have changed; say what is being done."""
    load_builtin(ROOT / "nlu_data", ROOT / "config" / "city", MODEL, print)


if __name__ == "__main__":
    main()
