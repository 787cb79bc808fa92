"""Names of programme files: readable by people, plain enough for any playout software, and never the same twice."""

from typing import Final

from cms.platform.clean_text import hyphenated

TITLE_MAX: Final = 40


def file_stem(title: str, programme_id: str) -> str:
    """Return the name without its ending: words of the title, and the id by which the as-run log names it."""
    words = hyphenated(title)
    kept = words if len(words) <= TITLE_MAX else words[: TITLE_MAX + 1].rpartition("-")[0] or words[:TITLE_MAX]
    return f"{kept}_{programme_id}" if kept else programme_id
