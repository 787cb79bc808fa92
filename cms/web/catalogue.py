"""Check of the English catalogue against the screens: ``python -m cms.web.catalogue`` adds missing sentences.

Added sentences have no translation yet; a test refuses a catalogue with gaps.
"""

from __future__ import annotations

import io
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from cms.web.languages import CATALOGUE

_CMS = Path(__file__).parent.parent
_WHERE = [
    ("web/**.py", "python"),
    ("web/templates/**.html", "jinja2"),
    ("errors.py", "python"),
    ("health/labels.py", "python"),
]
_OPTIONS = {"web/templates/**.html": {"trimmed": "false", "newstyle_gettext": "true", "silent": "false"}}
_KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    **dict.fromkeys(("_", "__", "N_")),
    "ngettext": (1, 2),
    # Vietnamese has one plural form.
    **dict.fromkeys(("pgettext", "lazy_pgettext"), ((1, "c"), 2)),
}


def said() -> Catalog:
    """Return every sentence of the screens and of the table of errors, as a catalogue without translations."""
    found = Catalog(locale="en")
    for _, _, message, comments, context in extract_from_dir(_CMS, _WHERE, _OPTIONS, keywords=_KEYWORDS):
        found.add(message, None, auto_comments=comments, context=context)
    return found


def stored() -> Catalog:
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="en")


def gaps() -> list[str]:
    """Return sentences without English, and English of unused sentences."""
    known = {_key(message): message for message in stored() if message.id}
    wanted = {_key(message) for message in said() if message.id}
    missing = [text for text in sorted(wanted) if text not in known or not _is_whole(known[text].string)]
    return [*missing, *(f"unused: {text}" for text in sorted(known.keys() - wanted))]


def renew() -> None:
    """Rewrite the catalogue: translations kept, new sentences empty, unused ones dropped."""
    fresh = said()
    translations = {_key(message): message.string for message in stored()}
    for message in fresh:
        if message.id and _key(message) in translations:
            message.string = translations[_key(message)]
    out = io.BytesIO()
    write_po(out, fresh, no_location=True, omit_header=True, sort_output=True, width=116)
    head = b'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
    head += b'"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
    CATALOGUE.write_bytes(head + out.getvalue())


def _key(message: Message) -> str:
    """Return the sentence, with its context if it has one."""
    return f"{message.id} ({message.context})" if message.context else str(message.id)


def _is_whole(translation: object) -> bool:
    return all(translation) if isinstance(translation, (list, tuple)) else bool(translation)


if __name__ == "__main__":
    renew()
