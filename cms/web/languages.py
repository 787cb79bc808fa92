"""Languages of the console: Vietnamese is the source, English a catalogue read from text when the app is made."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, Response, request
from flask_babel import Babel, Domain, get_locale, gettext

LANGUAGES = {"vi": "Tiếng Việt", "en": "English"}
COOKIE = "loa_language"
PUBLIC_PATH = "/cong-khai"
ZONE = "Asia/Ho_Chi_Minh"
CATALOGUE = Path(__file__).parent / "translations" / "en.po"
_YEAR_S = 365 * 86_400


def _(sentence: str, **figures: object) -> str:
    """Translate the sentence into the reader's language and insert its figures."""
    return str(gettext(sentence, **figures))


class TextDomain(Domain):  # type: ignore[misc] # Flask-Babel has no types
    """Translation domain that reads the catalogue's text, so that no compiled file has to be made or shipped."""

    def get_translations(self) -> NullTranslations:
        locale = get_locale()
        return _english() if locale is not None and locale.language == "en" else _source()


@cache
def _english() -> Translations:
    with CATALOGUE.open("rb") as file:
        catalogue = read_po(file, locale="en")
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)


@cache
def _source() -> NullTranslations:
    return NullTranslations()


def is_public() -> bool:
    """Return whether the request is for a public page; such an answer is cached by URL and depends on no cookie."""
    return request.path == PUBLIC_PATH or request.path.startswith(f"{PUBLIC_PATH}/")


def choose() -> str:
    """Choose the language: the person's, else the browser's, else Vietnamese; on public pages the one in the URL."""
    if is_public():
        return "en" if request.args.get("lang") == "en" else "vi"
    chosen = request.cookies.get(COOKIE, "")
    return chosen if chosen in LANGUAGES else request.accept_languages.best_match(list(LANGUAGES), "vi")


def remember(response: Response, language: str) -> Response:
    """Keep the choice in a cookie for a year."""
    response.set_cookie(
        COOKIE, language, max_age=_YEAR_S, httponly=True, samesite="Lax", secure=request.is_secure, path="/"
    )
    return response


def install(app: Flask) -> None:
    babel = Babel(app, locale_selector=choose, default_locale="vi", default_timezone=ZONE)
    babel.domain_instance = TextDomain()
