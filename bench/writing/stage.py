"""Console of a furnished province that a browser can open, and the means to end sessions and the server."""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from flask import Flask
from werkzeug.serving import BaseWSGIServer, make_server

from bench.speed.province import NOBODY, PROVINCE, FurnishedProvince
from cms.accounts.model import SignedIn, User
from cms.accounts.repository import People
from cms.accounts.service.passwords import Passwords
from cms.accounts.service.vault import new_secret, secret_hash
from cms.features import FEATURES
from cms.platform import web
from cms.platform.context import Context
from cms.platform.web.request_context import SESSION_COOKIE
from province.machine_clock import utc_now
from province.people import Grant, Role, UserId

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

WRITER: Final = "writer"
"""Login of the person who writes bulletins; the others sign in by a session alone."""
PASSWORD: Final = secrets.token_urlsafe(12)
_HOURS: Final = 12


def _now() -> datetime:
    return utc_now()


@dataclass
class ServedStage:
    """Console on a port of this process, with the people of the province and one who writes bulletins."""

    context: Context
    port: int = 0
    _server: BaseWSGIServer | None = None
    _thread: threading.Thread | None = None
    _app: Flask = field(default_factory=lambda: Flask("bench"))

    @classmethod
    def of(cls, province: FurnishedProvince) -> ServedStage:
        """Serve the province by the real clock: a browser drops cookies that its own clock finds too old."""
        province.context.uow.now = _now
        stage = cls(replace(province.context, now=_now))
        web.register(stage._app, stage.context, FEATURES)
        grants = (Grant(Role.STATION, PROVINCE),)
        hashed = Passwords().hash(PASSWORD)
        user = User(UserId(f"u-{WRITER}"), WRITER, "Lê Thị Viết", hashed, _now(), grants=grants)
        with stage.context.uow() as unit:
            unit[People].add(user)
            unit.commit()
        return stage

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def sign_in(self, context: BrowserContext, login: str = WRITER) -> None:
        """Give the browser a session, as a sign-in in another tab does; a visitor without a login has none."""
        if login == NOBODY:
            return
        secret, now = new_secret(), self.context.now()
        session = SignedIn(
            self.context.new_id(), self._user_id(login), secret_hash(secret), now, now + timedelta(hours=_HOURS)
        )
        with self.context.uow() as unit:
            unit[People].add_session(replace(session, second_factor_at=now))
            unit.commit()
        context.add_cookies([{"name": SESSION_COOKIE, "value": secret, "url": self.url}])

    def sign_in_over(self, page: Page) -> None:
        dialog = page.locator("dialog[open]")
        dialog.locator("[name=login]").fill(WRITER)
        dialog.locator("[name=password]").fill(PASSWORD)
        dialog.locator("[data-step=nothing] button").click()
        dialog.wait_for(state="detached")

    def end_sessions(self, login: str = WRITER) -> None:
        with self.context.uow() as unit:
            unit[People].revoke_sessions(self._user_id(login), self.context.now())
            unit.commit()

    @contextmanager
    def served(self) -> Iterator[ServedStage]:
        logging.getLogger("werkzeug").setLevel(logging.WARNING)
        self.start()
        try:
            yield self
        finally:
            self.stop()

    def stop(self) -> None:
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()
            self._server = None

    def start(self) -> None:
        self._server = make_server("127.0.0.1", self.port, self._app, threaded=True)
        self.port = self._server.port
        arguments: dict[str, Any] = {"poll_interval": 0.05}
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs=arguments, name="web server")
        self._thread.start()

    def _user_id(self, login: str) -> UserId:
        with self.context.uow.reading() as unit:
            user = unit[People].by_login(login)
        assert user is not None, login
        return user.id
