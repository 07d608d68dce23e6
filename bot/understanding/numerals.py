"""Numbers in Chinese characters."""

DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九十")} | {"〇": 0, "两": 2}


def number(words: str) -> int:
    """12, 十二, 二十三, 零五; at most two places. Raises KeyError or ValueError for others."""
    if words.isdecimal():
        return int(words)
    tens, ten, ones = (words.lstrip("零") or "零").partition("十")
    if not ten:
        return DIGITS[tens]
    return (DIGITS[tens] if tens else 1) * 10 + (DIGITS[ones] if ones else 0)
