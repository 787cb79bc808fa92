"""Word errors: words to insert, delete or change, to make what was heard what was said."""

import re
import unicodedata


def word_errors(wanted: str, heard: str) -> int:
    """Count the words to insert, delete or change."""
    want, got = words(wanted), words(heard)
    row = list(range(len(got) + 1))
    for place, word in enumerate(want, start=1):
        above, row = row, [place]
        for at, other in enumerate(got, start=1):
            row.append(min(above[at] + 1, row[at - 1] + 1, above[at - 1] + (word != other)))
    return row[-1]


def words(text: str) -> list[str]:
    """Return the words of a text, without case and punctuation."""
    return re.findall(r"\w+", unicodedata.normalize("NFC", text).casefold())
