"""Known browsers: a signed cookie names those a person signed in with, so that attackers cannot lock the person out.

It grants nothing: it only selects the counter by which wrong passwords from it are throttled.
"""

from datetime import timedelta
from typing import Final

from flask import current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.wrappers import Response

from cms.accounts.service.throttle import mark_of

COOKIE: Final = "loa_browser"
LASTS: Final = timedelta(days=400)
LOGINS_MOST: Final = 8
_ID_BYTES: Final = 26


def id_for(login: str) -> str:
    """Return this browser's id if it was used to sign in with the login; empty for an unknown browser."""
    browser_id, marks = _held()
    return browser_id if mark_of(login) in marks else ""


def remember(response: Response, login: str, new_id: str) -> None:
    """Store in the cookie that this browser was used with the login, beside the last few others."""
    browser_id, marks = _held()
    mark = mark_of(login)
    kept = [mark, *(each for each in marks if each != mark)][:LOGINS_MOST]
    response.set_cookie(
        COOKIE,
        _signer().dumps([browser_id or new_id[:_ID_BYTES], kept]),
        max_age=round(LASTS.total_seconds()),
        httponly=True,
        samesite="Lax",
        secure=request.is_secure,
        path="/",
    )


def _held() -> tuple[str, list[str]]:
    try:
        browser_id, marks = _signer().loads(request.cookies.get(COOKIE, ""), max_age=round(LASTS.total_seconds()))
    except (BadSignature, ValueError, TypeError):
        return "", []
    return str(browser_id), [str(each) for each in marks]


def _signer() -> URLSafeTimedSerializer:
    key = current_app.secret_key
    assert isinstance(key, bytes)
    return URLSafeTimedSerializer(key, salt="known-browser")
