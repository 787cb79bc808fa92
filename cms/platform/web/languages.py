"""Language of a page: chosen by its reader, among those that have a catalogue."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from babel.support import Translations
from flask import Flask, Response, request
from flask_babel import Babel, Domain, get_locale
from flask_babel.speaklater import LazyString
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup, escape

from cms.translations import DEFAULT, languages, translations

COOKIE = "loa_language"
PUBLIC_PATH = "/cong-khai"
ZONE = "Asia/Ho_Chi_Minh"
_YEAR_S = 365 * 86_400
_OUTSIDE: ContextVar[str] = ContextVar("language outside a request", default=DEFAULT)


class TextDomain(Domain):  # type: ignore[misc] # Flask-Babel has no types
    """Translation domain that reads the catalogue's text, so that no compiled file has to be made or shipped.

    Outside a request it speaks the language of ``outside_requests``.
    """

    def get_translations(self) -> Translations:
        locale = get_locale()
        return translations(_OUTSIDE.get() if locale is None else str(locale))


@contextmanager
def outside_requests(language: str) -> Iterator[None]:
    """Speak this language within the block where no reader has chosen one, as on a command line."""
    before = _OUTSIDE.set(language)
    try:
        yield
    finally:
        _OUTSIDE.reset(before)


_DOMAIN = TextDomain()


def _(message: str, **figures: object) -> str:
    """Translate the message into the reader's language and insert its figures."""
    return str(_DOMAIN.gettext(message, **figures))


@pass_eval_context
def _in_template(place: EvalContext, message: str, /, **figures: object) -> str:
    """Translate the message within a template; where that escapes, the catalogue is markup and figures are escaped.

    In place of Jinja's, which a page asks hundreds of times: it looks itself up and fills in figures without any.
    """
    text = str(_DOMAIN.get_translations().ugettext(message))
    if not place.autoescape:
        return text % figures if "%" in text else text
    safe = text % {name: escape(value) for name, value in figures.items()} if "%" in text else text
    return Markup(safe)  # noqa: S704 - the catalogue is ours, and the figures are escaped


def lazy(message: str, **figures: object) -> Any:
    """Return the message as a string that is translated whenever it is shown."""
    return LazyString(_, message, **figures)


def filled(message: Any, figures: Mapping[str, object]) -> str:
    """Translate the lazy message and insert its figures; one that is missing stays blank."""
    return str(message) % defaultdict(str, figures)


def is_public() -> bool:
    """Return whether the request is for a public page; such an answer is cached by URL and depends on no cookie."""
    return request.path == PUBLIC_PATH or request.path.startswith(f"{PUBLIC_PATH}/")


def choose() -> str:
    """Choose the language: the person's, else the browser's, else the default; on public pages the one in the URL."""
    known = languages()
    if is_public():
        asked = request.args.get("lang", DEFAULT)
        return asked if asked in known else DEFAULT
    chosen = request.cookies.get(COOKIE, "")
    return chosen if chosen in known else request.accept_languages.best_match(list(known), DEFAULT)


def remember(response: Response, language: str) -> Response:
    """Keep the choice in a cookie for a year."""
    response.set_cookie(
        COOKIE, language, max_age=_YEAR_S, httponly=True, samesite="Lax", secure=request.is_secure, path="/"
    )
    return response


def install(app: Flask) -> None:
    translations(DEFAULT)
    babel = Babel(app, locale_selector=choose, default_locale=DEFAULT, default_timezone=ZONE)
    babel.domain_instance = _DOMAIN
    app.jinja_env.globals.update(_=_in_template, screen_languages=languages, default_language=DEFAULT)
