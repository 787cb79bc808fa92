"""Check of the message catalogues against the screens: ``python -m scripts.catalogue`` adds missing messages.

Added messages have no translation yet; a test refuses a catalogue with gaps.
"""

import io
import re
from functools import cache
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

import cms
from cms import translations

_CMS = Path(cms.__file__).parent
_WHERE = [("**.py", "python"), ("**.html", "jinja2")]
_OPTIONS = {"**.html": {"trimmed": "false", "newstyle_gettext": "true", "silent": "false"}}
_KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    **dict.fromkeys(("_", "__", "N_")),
    "ngettext": (1, 2),
    **dict.fromkeys(("pgettext", "lazy_pgettext"), ((1, "c"), 2)),
}
_FIGURE: Final = re.compile(r"%\(\w+\)[a-z]|\{\w+\}")


@cache
def said() -> Catalog:
    """Return every message of the screens and of the table of errors, as a catalogue without translations."""
    found = Catalog(locale=translations.SOURCE)
    for _, _, message, comments, context in extract_from_dir(_CMS, _WHERE, _OPTIONS, keywords=_KEYWORDS):
        found.add(message, None, auto_comments=comments, context=context)
    return found


def stored(language: str) -> Catalog:
    with (translations.FOLDER / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)


def gaps(language: str) -> list[str]:
    """Return messages without a translation, translations that cannot be shown, and those of unused messages.

    The catalogue of the source language needs no translations: its screens show the message ids.
    """
    known = {_key(message): message for message in stored(language) if message.id}
    wanted = {_key(message) for message in said() if message.id}
    missing = [] if language == translations.SOURCE else sorted(wanted - known.keys())
    broken = [key for key, message in sorted(known.items()) if message.fuzzy or not _is_whole(message)]
    return [*missing, *broken, *(f"unused: {text}" for text in sorted(known.keys() - wanted))]


def renew(language: str) -> None:
    """Rewrite a catalogue: translations kept, new messages empty, unused ones dropped."""
    known = {_key(message): message.string for message in stored(language)}
    fresh = Catalog(locale=language)
    for message in said():
        translation = known.get(_key(message))
        if message.id and (translation or language != translations.SOURCE):
            fresh.add(message.id, translation, auto_comments=message.auto_comments, context=message.context)
    out = io.BytesIO()
    write_po(out, fresh, no_location=True, omit_header=True, sort_output=True, width=116)
    head = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
    head += f'"Plural-Forms: {fresh.plural_forms}\\n"\n'
    text = out.getvalue()
    (translations.FOLDER / f"{language}.po").write_bytes(head.encode() + (b"\n" + text if text.strip() else b""))


def _key(message: Message) -> str:
    """Return the message id, with its context if it has one."""
    return f"{message.id} ({message.context})" if message.context else str(message.id)


def _is_whole(message: Message) -> bool:
    """Return whether no form of the translation is empty, and each has the figures of the message."""
    ids = message.id if isinstance(message.id, (list, tuple)) else (message.id,)
    forms = message.string if isinstance(message.string, (list, tuple)) else (message.string,)
    figures = set(_FIGURE.findall(ids[-1]))
    found = [set(_FIGURE.findall(form)) for form in forms if form]
    return len(found) == len(forms) and found[-1] == figures and all(each <= figures for each in found)


if __name__ == "__main__":
    for each in translations.languages():
        renew(each)
