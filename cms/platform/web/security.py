"""Security headers, cookies and CSRF protection of the console."""

import secrets
from pathlib import Path

from flask import Flask, Response, current_app, request
from flask.sessions import SecureCookieSessionInterface
from flask_wtf import CSRFProtect
from itsdangerous import TimestampSigner, URLSafeTimedSerializer

from cms.platform.process.atomic_file import made_once

# No inline script or style, no foreign origin; the sound player reads our own content, and fresh recordings.
POLICY = (
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "img-src 'self' data:; media-src 'self' blob:"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(self)",
}
AT_THE_POLE = "camera=(self), geolocation=(self), microphone=()"
"""Permissions of pages that scan a label and ask for the position."""
_SECRET_BYTES = 32
_YEAR_S = 365 * 86_400

csrf = CSRFProtect()


def web_secret(folder: Path) -> bytes:
    """Return the key of the CSRF cookie, made once in ``folder``; processes that start together agree on one."""
    return made_once(folder / "web.secret", lambda: secrets.token_bytes(_SECRET_BYTES))


def metrics_token(folder: Path) -> str:
    """Return the token of ``/metrics`` for an operator who set none; made once."""
    return made_once(folder / "metrics.token", lambda: secrets.token_urlsafe(_SECRET_BYTES).encode()).decode()


def install(app: Flask, secret: bytes, *, upload_max_bytes: int, has_hsts: bool = True) -> None:
    """Set up cookies, limits, CSRF and headers. A form may be as large as an upload plus its other fields.

    ``has_hsts``: https pages tell browsers to stay with it; one that does not trust our authority could not go on.
    """
    app.config.update(
        HAS_HSTS=has_hsts,
        SECRET_KEY=secret,
        SESSION_COOKIE_NAME="loa_form",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=upload_max_bytes + 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=1024 * 1024,
        MAX_FORM_PARTS=4000,
        WTF_CSRF_TIME_LIMIT=None,
    )
    app.session_interface = _Sessions()
    csrf.init_app(app)
    app.after_request(_headers)


def host_cookie(name: str) -> str:
    """Return the name in this answer of a cookie that grants access.

    Over https with ``__Host-``: a browser takes it only with Secure, for the whole site and without a domain,
    so no other host of the domain, and no attacker on plain http, can set one. Over http no browser would take it.
    """
    return f"__Host-{name}" if request.is_secure else name


class _Undated(TimestampSigner):
    """Signer whose signatures have no age: a clock that is set back must not refuse every form that is open."""

    def get_timestamp(self) -> int:
        return 0


class _Sessions(SecureCookieSessionInterface):
    """Session interface whose cookie is Secure if it was set over https."""

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        made = super().get_signing_serializer(app)
        if made is not None:
            made.signer = _Undated
        return made

    def get_cookie_name(self, app: Flask) -> str:
        return host_cookie(super().get_cookie_name(app))

    def get_cookie_secure(self, app: Flask) -> bool:
        del app
        return request.is_secure


def _headers(response: Response) -> Response:
    if request.is_secure and current_app.config["HAS_HSTS"]:
        response.headers.setdefault("Strict-Transport-Security", f"max-age={_YEAR_S}")
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store"
    return response
