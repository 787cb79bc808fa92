"""Confirmation of a live alert before it is sent: a typed word, so that it is not taken for a drill, and a code."""

from datetime import timedelta

from flask import request

from broadcast.alerts.model import Alert
from cms.accounts.errors import NoCodeError
from cms.accounts.service import passkeys, second_factor
from cms.accounts.service.passkeys import PasskeyDecision
from cms.accounts.service.vault import vault_of
from cms.accounts.views import passkeys as passkey_views
from cms.alerts.service.approval import content_sha256
from cms.platform.web import request_context
from cms.platform.web.request_context import new_unit
from province.people import Actor
from province.wall_clock import is_recent

LIVE_WORD = "THẬT"
# A code older than this must be given again before a live alert is submitted; a drill does not ask for one.
CODE_LASTS = timedelta(minutes=15)
# An authenticator shows one code for 30 s: an approval right after sign-in must not wait for the next one.
CODE_FRESH = timedelta(seconds=60)
# Spellings of the same word without Vietnamese keys.
_TYPED = frozenset({LIVE_WORD.casefold(), "that", "thât"})


def is_live_word(text: str) -> bool:
    return " ".join(text.split()).casefold() in _TYPED


def needs_code() -> bool:
    """Return whether the user's last code is too old to submit a live alert."""
    given_at = request_context.actor().second_factor_at
    return given_at is None or request_context.context().now() - given_at > CODE_LASTS


def is_code_fresh() -> bool:
    """Return whether the user's last code is so recent that an approval need not wait for the next one."""
    given_at = request_context.actor().second_factor_at
    return given_at is not None and is_recent(given_at, request_context.context().now(), CODE_FRESH)


def decision_of(alert: Alert, act: str) -> PasskeyDecision:
    """Return the user's decision about exactly this content, for a passkey to confirm."""
    what = f"alert.{act}:{alert.id}:{content_sha256(alert)}"
    return PasskeyDecision(
        request_context.actor().user_id, what, purpose="alert.approve", source=request.remote_addr or ""
    )


def take_passkey(decision: PasskeyDecision) -> Actor:
    """Check the submitted answer of a passkey to this very decision, use it up, and return the user with it.

    Raises PasskeyRefusedError.
    """
    context = request_context.context()
    answer = request.form.get("credential", "")[: passkeys.JSON_MOST]
    with new_unit().urgent() as uow:
        confirmed = passkeys.confirm(
            uow, vault_of(context), passkey_views.site(), answer, decision=decision, now=context.now()
        )
        request_context.sign_in_as(confirmed)
        uow.commit()
    return request_context.actor()


def take_code(purpose: str, *, or_fresh: bool = False) -> Actor:
    """Check the submitted one-time code, use it up, and return the user with it. Raises AccountError if it is refused.

    ``or_fresh``: without a code, accept that of a sign-in within the last minute.
    """
    context = request_context.context()
    if not request.form.get("code", "").strip():
        if or_fresh and is_code_fresh():
            return request_context.actor()
        raise NoCodeError
    with new_unit().urgent() as uow:
        confirmed = second_factor.confirm(
            uow,
            request_context.actor().user_id,
            request.form.get("code", ""),
            context.now(),
            vault=vault_of(context),
            purpose=purpose,
            source=request.remote_addr or "",
        )
        # A call of its own, later than the code: one from the future would not be fresh.
        request_context.sign_in_as(confirmed)
        uow.commit()
    return request_context.actor()
