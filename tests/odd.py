"""Texts that nobody types by hand and somebody will send: shared by the tests of every door."""

ODD = {
    "ligatures": "ﷺ" * 1000,
    "nul": "\0停水\0了\0",
    "only nul": "\0",
    "controls": "".join(map(chr, range(1, 32))) + "\x7f\x85\u2028",
    "family": "👩‍👩‍👧‍👦" * 300,
    "turned round": "\u202e停水了\u202c\u200f\u200b\ufeff",
    "accents": "e" + "\u0301" * 10_000,
    "brackets": "[" * 10_000,
    "digits": "1" * 20_000,
    "markup": "</xml>]]><script>alert(1)</script>&#0;&amp;{{7*7}}%s%(x)s\\u0000\\x00'\"--",
    "patterns": "%_\\.*+?(|)[^$'" * 20,
    "unassigned": "\U0010ffff\ufffe\uffff\ufdd0",
    "spaces": " \t\n\u3000" * 500,
    "long": "建设北路128号停水了，" * 1_600,
}
"""What UTF-8 can carry."""

SURROGATES = {"lone": "a\ud800b", "many": "\udfff" * 400, "swapped": "\ude00\ud83d停水"}
"""What JSON and broken phones can carry besides; no database and no encoder takes it."""

HUGE = "路" * 100_000
"""More than WeChat delivers and than a webhook takes, but not more than a page or a file."""
