"""Title of a bulletin whose author gave it none."""

from typing import Final

from broadcast.speech.sentence_bounds import sentences

MADE_MOST: Final = 80
"""Letters of a made title: one line of a list."""
GREETING_WORDS: Final = 5
"""A first sentence this short greets rather than tells: "Kính thưa toàn thể bà con"."""
_STOPS: Final = ".!?…,;:- \t\n"


def made_title(text: str) -> str:
    """Return the first sentence that tells something, cut at a word; empty where the text has none."""
    found = [text[each.start : each.end].strip(_STOPS).split() for each in sentences(text)]
    telling = next((words for words in found if len(words) > GREETING_WORDS), found[0] if found else [])
    title = " ".join(telling)
    if len(title) <= MADE_MOST:
        return title
    shorter = title[:MADE_MOST].rpartition(" ")[0] or title[: MADE_MOST - 1]
    return f"{shorter.rstrip(_STOPS)}…"
