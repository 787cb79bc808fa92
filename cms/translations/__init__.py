"""Message catalogues of the screens: one ``.po`` file a language, read as text when a process first needs it.

A language of the screens is a file of this folder; nothing else names it. Without its catalogue
the program does not start.
"""

import io
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

FOLDER: Final = Path(__file__).parent
SOURCE: Final = "en"
"""Language of the message ids; its catalogue holds only what screens say otherwise than the id."""
DEFAULT: Final = "vi"
"""Language of a screen whose reader has chosen none, and of mails."""


@cache
def languages() -> Mapping[str, str]:
    """Return the languages that have a catalogue, each with its own name, the default one first."""
    found = sorted((path.stem for path in FOLDER.glob("*.po")), key=lambda tag: (tag != DEFAULT, tag))
    return MappingProxyType({tag: _own_name(tag) for tag in found})


@cache
def translations(language: str) -> Translations:
    """Read a catalogue. Raises FileNotFoundError: there is none of this language."""
    with (FOLDER / f"{language}.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)


def in_default_language(message: str) -> str:
    """Translate a message id for texts that are not a screen: mails and documents."""
    return str(translations(DEFAULT).gettext(message))


def _own_name(tag: str) -> str:
    name = Locale.parse(tag).get_display_name() or tag
    return name[:1].upper() + name[1:]
