"""Numbers in Chinese characters."""

DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九十")} | {"〇": 0, "两": 2}


def number(words: str) -> int:
    """12, 十二, 二十三; at most two places. Raises KeyError or ValueError for anything else."""
    if words.isdecimal():
        return int(words)
    tens, ten, ones = words.partition("十")
    high = DIGITS[tens] if tens else 1
    return high * 10 + (DIGITS[ones] if ones else 0) if ten else DIGITS[words.lstrip("零") or "零"]
