"""Forms: answers of a view, and the page shown again with the problems of what was typed."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

from babel.numbers import get_decimal_symbol
from flask import Response as FlaskResponse
from flask import abort, flash, redirect, url_for
from flask_babel import get_locale
from werkzeug.wrappers import Response

from cms.platform.web import sound_refusals
from cms.platform.web.messages import area_names
from province.errors import InvalidError, NotAllowedError, Problem

Answer = str | tuple[str, int] | Response
_TYPED = re.compile(r"(?:(\d{1,3}):)?(\d{1,5})(?:[.,](\d{1,3}))?")


def confirmed(sentence: str, endpoint: str, **values: Any) -> Response:
    """Redirect to a screen, which confirms with this sentence that it is done."""
    flash(sentence, "good")
    return redirect(url_for(endpoint, **values))


def flash_undoable(sentence: str, endpoint: str, **values: Any) -> None:
    """Confirm an act on the next page, with a button that takes it back by a POST to this endpoint.

    The button is offered for ten seconds, with scripts; the opposite act is possible later too, from its own page.
    """
    flash(cast("str", [sentence, url_for(endpoint, **values)]), "undo")


@contextmanager
def redisplay(page: Callable[..., str], *shown: object, not_yours: str = "", **more: object) -> Iterator[None]:
    """Show the page again, with its problems and status 422 (413: too large), where the input within is invalid.

    ``not_yours`` names the field of areas: those in which the user lacks the right are a problem of that field.
    """
    try:
        yield
    except InvalidError as error:
        problems = tuple(error.problems)
    except NotAllowedError as error:
        if not (not_yours and error.areas):
            raise
        problems = (Problem(not_yours, "NOT_YOURS", {"areas": area_names(error.areas)}),)
    else:
        return
    abort(FlaskResponse(page(*shown, problems=problems, **more), sound_refusals.status_of(problems)))


def written(length_ms: int) -> str:
    """Format in seconds, with the decimal mark of the reader's language."""
    seconds, part = divmod(length_ms, 1000)
    return f"{seconds}{_fraction(part)}"


def clock(length_ms: int) -> str:
    """Format in minutes and seconds, to the millisecond: reading it gives the same length."""
    minutes, rest_ms = divmod(length_ms, 60_000)
    seconds, part = divmod(rest_ms, 1000)
    return f"{minutes}:{seconds:02d}{_fraction(part)}"


def _fraction(part: int) -> str:
    return f"{get_decimal_symbol(get_locale())}{part:03d}".rstrip("0") if part else ""


def milliseconds(text: str) -> int | None:
    """Read a length; None if it is none."""
    found = _TYPED.fullmatch(text)
    if found is None:
        return None
    minutes, seconds, part = found.groups()
    return (int(minutes or 0) * 60 + int(seconds)) * 1000 + int((part or "0").ljust(3, "0"))
