"""Sessions of the browser: who is signed in, and the cookie that says so."""

import logging
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from flask import after_this_request, current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from cms.accounts.model import SignedIn
from cms.accounts.service import own_account
from cms.accounts.service.signing_in import SignInStep, Welcome, standing
from cms.accounts.service.throttle import mark_of
from cms.platform.web.request_context import context, session_cookie, session_secret, sign_in_as

COOKIE: Final = "loa_browser"
LASTS: Final = timedelta(days=400)
LOGINS_MOST: Final = 8
_ID_BYTES: Final = 26
log = logging.getLogger(__name__)


def browser_id(login: str) -> str:
    """Return this browser's id if it was used to sign in with the login; empty for an unknown browser."""
    browser_id, marks = _held()
    return browser_id if mark_of(login) in marks else ""


def remember_browser(response: Response, login: str, new_id: str) -> None:
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


def with_session(response: Response, welcome: Welcome) -> Response:
    """Return the answer with the session's cookie, which the browser keeps until the session expires."""
    set_session_cookie(response, welcome.secret, welcome.expires_at)
    if welcome.wanted is SignInStep.NOTHING:
        remember_browser(response, welcome.login, context().new_id())
    return response


def set_session_cookie(response: Response, secret: str, expires_at: datetime) -> None:
    response.set_cookie(
        session_cookie(),
        secret,
        # Max-Age, not Expires: the browser's clock may be wrong.
        max_age=round((expires_at - context().now()).total_seconds()),
        httponly=True,
        samesite="Lax",
        secure=request.is_secure,
        path="/",
    )


def identify() -> None:
    """Look up the user of the session, and extend the session as it is in use."""
    secret = session_secret()
    if not secret:
        return
    with context().uow.reading() as uow:
        found = standing(uow, secret, context().now())
    if found is not None and found.wanted is SignInStep.NOTHING:
        sign_in_as(replace(found.user.actor, second_factor_at=found.session.second_factor_at))
        _slide(found.session, secret)


def _slide(session: SignedIn, secret: str) -> None:
    """Extend the session in use, and the browser's cookie with it."""
    settings = context().settings
    idle, longest = timedelta(hours=settings.session_hours), timedelta(hours=settings.session_hours_max)
    try:
        until_at = own_account.seen(context().uow, session, context().now(), idle=idle, longest=longest)
    except SQLAlchemyError:  # a page view must not fail for it
        log.warning("session.not_touched", exc_info=True)
        return
    if until_at != session.expires_at:

        @after_this_request
        def renewed(response: Response) -> Response:
            if f"{session_cookie()}=" not in str(response.headers.getlist("Set-Cookie")):
                set_session_cookie(response, secret, until_at)
            return response
