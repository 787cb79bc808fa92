"""Second person of an alert, at the console: has its page open, and presses again where nothing happens."""

from __future__ import annotations

import re
import threading
import time
from dataclasses import replace
from datetime import timedelta
from typing import Final

import urllib3

from broadcast.alerts.model import Alert, AlertStatus
from cms.accounts.model import SignedIn, User
from cms.accounts.repository import People
from cms.accounts.service.vault import new_secret, secret_hash
from cms.alerts.repository.alerts import Alerts
from cms.alerts.views.confirmation import LIVE_WORD
from cms.platform.context import Context
from cms.platform.web.request_context import SESSION_COOKIE

PATIENCE_S: Final = 2.0
"""A person who sees nothing happen presses again."""
_AGAIN_S: Final = 0.2
_LASTS: Final = timedelta(hours=1)
_CSRF: Final = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


class NotApprovedError(Exception):
    """Failure of an approval: the page did not come, or the button did not help in time."""


class SecondPerson:
    """Person of this login with the page of a submitted alert open, signed in with a code given just now."""

    def __init__(self, context: Context, login: str, alert: Alert) -> None:
        """Open the page. Raises NotApprovedError: it has no button."""
        self._context = context
        self._alert = alert
        self._http = urllib3.PoolManager(retries=False)
        self._url = f"{context.settings.effective_public_url}/alerts/{alert.id}"
        cookie = f"{SESSION_COOKIE}={_signed_in(context, login)}"
        page = self._http.request("GET", self._url, headers={"Cookie": cookie}, redirect=False)
        found = _CSRF.search(page.data.decode())
        if found is None:
            raise NotApprovedError(f"the alert's page came with {page.status}")
        self._headers = {"Cookie": f"{cookie}; {page.headers['Set-Cookie'].partition(';')[0]}"}
        self._form = {"csrf_token": found[1], "act": "approve", "version": str(alert.version), "word": LIVE_WORD}

    def press(self, until_s: float) -> int:
        """Approve; return how often the button was pressed. Raises NotApprovedError: it did not help in time."""
        pressed, said = 0, ""
        while time.monotonic() < until_s:
            pressed += 1
            try:
                answer = self._http.request(
                    "POST",
                    f"{self._url}/decision",
                    fields=self._form,
                    headers=self._headers,
                    timeout=PATIENCE_S,
                    redirect=False,
                )
                said = f"{answer.status} {answer.headers.get('Location', '')}"
            except urllib3.exceptions.HTTPError as error:
                said = type(error).__name__
            # Also after an answer that was lost: the page shows how the alert stands.
            if stored(self._context, self._alert).status is AlertStatus.ACTIVE:
                return pressed
            threading.Event().wait(_AGAIN_S)
        raise NotApprovedError(f"the approval did not go through: {said}")


def stored(context: Context, alert: Alert) -> Alert:
    """Return the alert as it stands in the store."""
    with context.uow.reading() as unit:
        return unit[Alerts].get(alert.id)


def user_of(context: Context, login: str) -> User:
    with context.uow.reading() as unit:
        found = unit[People].by_login(login)
    assert found is not None
    return found


def _signed_in(context: Context, login: str) -> str:
    """Sign the person in, with a code given just now; return the session's secret."""
    secret, now = new_secret(), context.now()
    session = SignedIn(context.new_id(), user_of(context, login).id, secret_hash(secret), now, now + _LASTS)
    with context.uow() as unit:
        unit[People].add_session(replace(session, second_factor_at=now))
        unit.commit()
    return secret
