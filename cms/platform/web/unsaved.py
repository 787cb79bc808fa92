"""Unsaved input: a form sent without a session, or with an invalid CSRF token, is shown again to be sent again.

The values travel in a hidden field of the sign-in pages, never in a cookie and never in the server's memory.
"""

import base64
import json
import re
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from flask import Flask, current_app, g, redirect, render_template, request, session, url_for
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.routing import RequestRedirect
from werkzeug.wrappers import Response

from cms.platform.web.languages import _
from cms.platform.web.request_context import identify, is_before_sign_in, is_fragment, local_path, visitor

Answer = str | tuple[str, int] | Response

SAVED_COOKIE: Final = "loa_saved"
"""Cookie with the marks of saved forms: the page's script deletes its copies of them."""
STALE_HEADER: Final = "X-Loa-Form"
_SECRETS: Final = frozenset(
    {"csrf_token", "code", "word", "carried", "claim_code", "old", "new", "again", "credential"}
)
_MARK: Final = re.compile(r"[0-9a-z]{16,40}")
_MARKS_MOST: Final = 8
_COOKIE_S: Final = 86_400
_BYTES_MOST: Final = 2 * 1024 * 1024
_FIELDS_MOST: Final = 4000
_PROSE_MOST: Final = 20
_WORDS_LEAST: Final = 2

FORMS_AGAIN: Final[dict[str, Callable[..., str]]] = {}
"""Endpoints whose form can be rendered filled in, without saving anything, by the ``act`` ``again``."""


@dataclass(frozen=True)
class Carried:
    """Values of a form sent to ``path``. ``act`` is the button that was pressed."""

    path: str
    fields: tuple[tuple[str, str], ...]

    @property
    def act(self) -> str:
        return next((value for name, value in self.fields if name == "act"), "")

    @property
    def others(self) -> list[tuple[str, str]]:
        return [(name, value) for name, value in self.fields if name != "act"]

    @property
    def prose(self) -> list[str]:
        """Longer texts that the person typed, by which the form is recognised."""
        found = [value for _name, value in self.fields if len(value.split()) >= _WORDS_LEAST]
        return found[:_PROSE_MOST]


def install(app: Flask) -> None:
    app.jinja_env.globals.update(carried=carried_along, kept_mark=kept_mark)
    app.after_request(_acknowledge)


def onward(response: Response) -> Response:
    """Redirect a finished step of the sign-in to ``carry_on`` if a form is carried along.

    Status 307 makes the browser send its fields again.
    """
    if unpacked(request.form.get("carried", "")) is None:
        return response
    leading = redirect(url_for("web.carry_on"), HTTPStatus.TEMPORARY_REDIRECT)
    for cookie in response.headers.getlist("Set-Cookie"):
        leading.headers.add("Set-Cookie", cookie)
    return leading


def signed_out() -> Answer:
    """Answer a request that needs a session and has none: the sign-in form, which carries the sent values."""
    if not _is_carriable():
        return redirect(url_for("web.sign_in_form"))
    g.carried = packed()
    said = _("Your session has ended, so nothing was sent. What you typed is still here: sign in again to send it.")
    page = render_template("accounts/sign_in.html", next="", login="", refusal=said)
    return page, HTTPStatus.UNAUTHORIZED


def stale() -> Answer:
    """Answer a form with an invalid CSRF token: the filled form if it can be shown, else its values."""
    if is_fragment():
        return Response(_stale_words(), HTTPStatus.BAD_REQUEST, {STALE_HEADER: "stale"})
    if request.endpoint == "web.sign_in":
        page = render_template(
            "accounts/sign_in.html",
            next=request.form.get("next", ""),
            login=request.form.get("login", ""),
            refusal=_("This page was open too long. Enter your password again."),
        )
        return page, HTTPStatus.BAD_REQUEST
    identify()
    if is_before_sign_in(request.endpoint or "") or not _is_carriable():
        return _refused()
    if visitor() is None:
        return signed_out()
    again = FORMS_AGAIN.get(request.endpoint or "")
    if again is not None:
        return again(**(request.view_args or {})), HTTPStatus.BAD_REQUEST
    kept = Carried(_path(), _fields())
    page = render_template("carried.html", heading=_("The page was open too long"), kept=kept, can_refill=False)
    return page, HTTPStatus.BAD_REQUEST


def packed() -> str:
    """Pack the fields of this request for a hidden field."""
    text = json.dumps([_path(), _fields()], ensure_ascii=False).encode()
    return base64.b64encode(zlib.compress(text, 9)).decode("ascii")


def unpacked(kept: str) -> Carried | None:
    """Unpack a hidden field; None if it is not ours."""
    try:
        unpacking = zlib.decompressobj()
        text = unpacking.decompress(base64.b64decode(kept, validate=True), _BYTES_MOST)
        path, fields = json.loads(text)
        pairs = tuple((str(name), str(value)) for name, value in fields[:_FIELDS_MOST])
        return Carried(local_path(str(path)), pairs)
    except (ValueError, TypeError, RecursionError, zlib.error):
        return None


def carried_along() -> str:
    """Return the value of the hidden field on the pages of the sign-in."""
    return str(g.get("carried", "")) or _sent("carried")


def kept_mark() -> str:
    """Return the mark of the submitted form, under which the browser keeps the typed values."""
    mark = _sent("kept_as")
    return mark if _MARK.fullmatch(mark) else ""


def _sent(name: str) -> str:
    """Return a field of this request's form; empty if the request is too large."""
    with suppress(RequestEntityTooLarge):
        return request.form.get(name, "") if request.method == "POST" else ""
    return ""


def _refused() -> Answer:
    page = render_template(
        "refusal.html",
        status=HTTPStatus.BAD_REQUEST.value,
        heading=_("The page was open too long"),
        remedy=_stale_words(),
        code="CSRF",
        details=[],
        back="",
    )
    return page, HTTPStatus.BAD_REQUEST


def _stale_words() -> str:
    return _("Go back, reload the page, and send it again.")


def _is_carriable() -> bool:
    """Return whether the form is from our own pages: one forged by another site must not be offered again."""
    if request.method != "POST" or not request.form:
        return False
    site = request.headers.get("Sec-Fetch-Site", "")
    if site:
        return site == "same-origin"
    source = request.headers.get("Origin") or request.headers.get("Referer") or ""
    return bool(source) and urlsplit(source).netloc == request.host


def can_refill(kept: Carried) -> bool:
    """Return whether the page at that path can be shown filled in without saving."""
    try:
        endpoint, _args = current_app.url_map.bind("").match(urlsplit(kept.path).path, method="POST")
    except (HTTPException, RequestRedirect):
        return False
    return endpoint in FORMS_AGAIN


def _path() -> str:
    return request.full_path.rstrip("?")


def _fields() -> tuple[tuple[str, str], ...]:
    pairs = request.form.items(multi=True)
    return tuple((name, value) for name, value in pairs if name not in _SECRETS and "password" not in name)


def _acknowledge(response: Response) -> Response:
    """Tell the page's script that its copy under this mark is saved."""
    if request.method != "POST" or response.status_code not in {HTTPStatus.FOUND, HTTPStatus.SEE_OTHER}:
        return response
    mark = kept_mark()
    if not mark or visitor() is None or is_before_sign_in(request.endpoint or "") or _has_refusal():
        return response
    known = [each for each in request.cookies.get(SAVED_COOKIE, "").split(".") if _MARK.fullmatch(each)]
    marks = ".".join([*known, mark][-_MARKS_MOST:])
    response.set_cookie(SAVED_COOKIE, marks, max_age=_COOKIE_S, samesite="Lax", secure=request.is_secure, path="/")
    return response


def _has_refusal() -> bool:
    """Return whether the next page shows a refusal."""
    flashes: list[tuple[str, str]] = session.get("_flashes", [])
    return any(kind == "bad" for kind, _sentence in flashes)
