"""``loa bench interruptions``: somebody writes bulletins and is interrupted some hundred times; nothing may be lost."""

from __future__ import annotations

import itertools
import logging
import secrets
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, Final

import click
from flask import Flask
from werkzeug.serving import BaseWSGIServer, make_server

from bench.speed.province import DATA_SET, PROVINCE
from bench.speed.rows import Row, print_rows
from bench.writing.interruptions import InterruptedWriter, Interruption, typing_steps
from cms import bootstrap
from cms.accounts.model import SignedIn, User
from cms.accounts.repository import People
from cms.accounts.service.passwords import Passwords
from cms.accounts.service.vault import new_secret, secret_hash
from cms.areas.service import data_sets
from cms.features import FEATURES
from cms.platform import web
from cms.platform.context import Context
from cms.platform.settings import Settings
from cms.platform.web.request_context import SESSION_COOKIE
from province.people import Grant, Role, UserId
from province.wall_clock import local_date

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

LOGIN: Final = "writer"
PASSWORD: Final = secrets.token_urlsafe(12)
SIZES: Final = ((1280, 800), (360, 740))
_EACH: Final = 5
"""Interruptions of one bulletin."""
_DEADLINE_MS: Final = 60_000


@click.command()
@click.option("--times", default=200, show_default=True, help="Interruptions.")
@click.option("--seed", default=18, show_default=True, help="Seed of their moments.")
@click.option("--browser", default="chromium-headless-shell", show_default=True, help="Executable of the browser.")
@click.option("--json", "as_json", is_flag=True, help="JSON lines instead of a table.")
def interruptions(*, times: int, seed: int, browser: str, as_json: bool) -> None:
    """Interrupt somebody who writes: sessions, tabs, the server and the line end; count what was typed and is gone."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder))
        bootstrap.prepare(settings)
        context = bootstrap.build(settings)
        data_sets.load(context.uow, DATA_SET, now=context.now())
        stage = ServedStage(context)
        logging.getLogger("werkzeug").setLevel(logging.WARNING)
        stage.start()
        try:
            writers = list(_writers(stage, times, Random(seed), browser))  # noqa: S311 - moments
        finally:
            stage.stop()
            stage.context.engine.dispose()
    lost = [each for writer in writers for each in writer.lost]
    for each in lost:
        click.echo(each, err=True)
    made = sum(writer.count.total() for writer in writers)
    print_rows(
        [
            *(Row(f"interruptions: {kind}", made, sum(w.count[kind] for w in writers), "") for kind in Interruption),
            Row("lost", made, len(lost), ""),
        ],
        as_json=as_json,
    )
    if lost:
        raise click.ClickException("typed text was lost")


def _writers(stage: ServedStage, times: int, chance: Random, browser: str) -> Iterator[InterruptedWriter]:
    """Yield the writers of as many bulletins as it takes, by turns at a desk and on a telephone."""
    on = local_date(stage.context.now()) + timedelta(days=1)
    steps, kinds = len(typing_steps(on)), itertools.cycle(Interruption)
    left = times
    for size in itertools.cycle(SIZES):
        if left <= 0:
            return
        moments = sorted(chance.sample(range(steps), min(_EACH, left)))
        plan = dict(zip(moments, kinds, strict=False))
        with _browser_of(stage, size, browser) as context:
            writer = InterruptedWriter(stage, context)
            writer.write(on, plan)
            yield writer
        left -= len(plan)


@contextmanager
def _browser_of(stage: ServedStage, size: tuple[int, int], executable: str) -> Iterator[BrowserContext]:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - a tool of developers, not on a server

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=_found(executable), args=["--no-sandbox", "--disable-gpu"]
        )
        width, height = size
        context = chromium.new_context(locale="vi-VN", viewport={"width": width, "height": height}, base_url=stage.url)
        context.set_default_timeout(_DEADLINE_MS)
        stage.sign_in(context)
        yield context
        chromium.close()


@dataclass
class ServedStage:
    """Console on a port of this process, with one person who may write in the province."""

    context: Context
    port: int = 0
    _server: BaseWSGIServer | None = None
    _thread: threading.Thread | None = None
    _app: Flask = field(default_factory=lambda: Flask("bench"))

    def __post_init__(self) -> None:
        web.register(self._app, self.context, FEATURES)
        user = User(
            UserId("u-writer"),
            LOGIN,
            "Lê Thị Viết",
            Passwords().hash(PASSWORD),
            self.context.now(),
            grants=(Grant(Role.STATION, PROVINCE),),
        )
        with self.context.uow() as unit:
            unit[People].add(user)
            unit.commit()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def sign_in(self, context: BrowserContext) -> None:
        secret, now = new_secret(), self.context.now()
        until = now + timedelta(hours=1)
        with self.context.uow() as unit:
            unit[People].add_session(
                SignedIn(self.context.new_id(), UserId("u-writer"), secret_hash(secret), now, until)
            )
            unit.commit()
        context.add_cookies([{"name": SESSION_COOKIE, "value": secret, "url": self.url}])

    def sign_in_over(self, page: Page) -> None:
        dialog = page.locator("dialog[open]")
        dialog.locator("[name=login]").fill(LOGIN)
        dialog.locator("[name=password]").fill(PASSWORD)
        dialog.locator("[data-step=nothing] button").click()
        dialog.wait_for(state="detached")

    def end_sessions(self) -> None:
        with self.context.uow() as unit:
            unit[People].revoke_sessions(UserId("u-writer"), self.context.now())
            unit.commit()

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


def _found(executable: str) -> str:
    path = shutil.which(executable)
    if path is None:
        raise click.ClickException(f"no browser {executable} is installed")
    return path
