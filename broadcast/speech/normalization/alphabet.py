"""Classes of characters for patterns: Python's re knows no upper and lower case of its own."""

import re

_LATIN = [chr(code) for block in (range(0x41, 0x250), range(0x1E00, 0x1F00)) for code in block if chr(code).isalpha()]
UPPER = "[" + "".join(c for c in _LATIN if c.isupper()) + "]"
LOWER = "[" + "".join(c for c in _LATIN if c.islower()) + "]"
DASH = r"\s?[-–—]\s?"
"""Between the ends of a range."""
START = r"(?<!\w)(?<!\d[.,/:-])"
"""Start of a number: not inside a word, a number or a code."""
END = r"(?!\w)(?![.,/:-]\d)"
"""End of a number."""
SYLLABLE = re.compile(r"(?:NGH?|NH|GH|GI|KH|PH|TH|TR|CH|QU|[BCDĐGHKLMNPRSTVX])?[AEIOUYƯ]{1,3}(?:NG|NH|CH|[CMNPT])?")
"""Capitals that can be said as a word."""
