"""What tells the real thing from a drill once more before it is let out: a word typed, and a fresh one-time code."""

from __future__ import annotations

from datetime import timedelta

from flask import g, request

from cms.accounts import second_factor
from cms.accounts.errors import NoCodeError
from cms.web import visit
from province.people import Actor

LIVE_WORD = "THẬT"
# Whoever gave a code this long ago gives another one before a live alert is handed over; a drill does not ask.
CODE_LASTS = timedelta(minutes=15)
# One authenticator shows one code in 30 s: signing in must not make an approval wait for the next.
CODE_FRESH = timedelta(seconds=60)
# What a person without Vietnamese keys types for the same.
_TYPED = frozenset({LIVE_WORD.casefold(), "that", "thât"})


def is_live_word(text: str) -> bool:
    return " ".join(text.split()).casefold() in _TYPED


def needs_code() -> bool:
    """Whether the visitor's last code is too old for a live alert to be handed over."""
    given_at = visit.actor().second_factor_at
    return given_at is None or visit.context().now() - given_at > CODE_LASTS


def is_code_fresh() -> bool:
    """Whether the visitor gave a code so lately that the approval that it was for need not wait for the next one."""
    given_at = visit.actor().second_factor_at
    return given_at is not None and timedelta(0) <= visit.context().now() - given_at <= CODE_FRESH


def take_code(purpose: str, *, or_fresh: bool = False) -> Actor:
    """The visitor with a fresh code; it is used up. Raises AccountError with why it was not taken.

    ``or_fresh``: without one, that of a sign-in within the last minute counts.
    """
    context = visit.context()
    if not request.form.get("code", "").strip():
        if or_fresh and is_code_fresh():
            return visit.actor()
        raise NoCodeError
    with context.uow() as uow:
        g.actor = second_factor.confirm(
            uow,
            visit.actor().user_id,
            request.form.get("code", ""),
            context.now(),
            vault=context.vault,
            purpose=purpose,
            source=request.remote_addr or "",
        )
        uow.commit()
    return visit.actor()
