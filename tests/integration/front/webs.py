"""The web processes behind nginx, on a LOA_HOME of their own: no broker, no gateway."""

from __future__ import annotations

import os
import re
import socket
import threading
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode

import urllib3

from bench.demo import world as demo_world
from bench.ports import free_port
from cms.accounts.repository import People
from cms.accounts.service import codes
from cms.accounts.service.second_factor import NO_STEP
from cms.platform.cli import embedded
from cms.platform.cli.supervisor import Supervisor
from cms.platform.cli.up import APP_DIR
from cms.platform.context import Context
from cms.platform.settings import Settings
from tests import homes
from tests.programs import forked_by_supervisor

DEADLINE_S = 120


@dataclass
class Webs:
    context: Context
    world: demo_world.World
    url: str
    supervisor: Supervisor

    @property
    def log(self) -> str:
        """Access log of the front."""
        return (self.context.settings.log_dir / "access.log").read_text()

    def connect(self, source: str = "127.0.0.1") -> socket.socket:
        """Open a connection and send nothing."""
        settings = self.context.settings
        return socket.create_connection(
            (settings.web_host, settings.web_port), timeout=DEADLINE_S, source_address=(source, 0)
        )

    def code(self, login: str) -> str:
        """Return the person's current TOTP code, and forget that it was used a moment ago."""
        with self.context.uow() as unit:
            user = unit[People].by_login(login)
            assert user is not None
            factor = unit[People].second_factor(user.id)
            assert factor is not None
            unit[People].save_second_factor(replace(factor, last_step=NO_STEP))
            unit.commit()
        secret = next(each.totp_secret for each in self.world.people if each.login == login)
        return codes.code_at(secret, codes.step_of(self.context.now()))

    def get(self, path: str, **headers: str) -> urllib3.BaseHTTPResponse:
        """Send a GET, and wait for the answer up to a generous deadline."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        with urllib3.PoolManager(retries=False, timeout=DEADLINE_S) as pool:
            return pool.request("GET", self.url + path, headers=named, redirect=False)


class Browser:
    """Browser that keeps cookies and sends forms."""

    def __init__(self, webs: Webs) -> None:
        self._url = webs.url
        self.headers: dict[str, str] = {}
        self._page = ""
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def open(self, path: str, form: Mapping[str, str] | None = None) -> str:
        """Return the page or, with ``form``, the answer to that form sent with its token."""
        if form is None:
            data = None
        else:
            (token, *_) = re.findall(r'name="csrf_token"[^>]* value="([^"]+)"', self._page)
            data = urlencode({**form, "csrf_token": token}).encode()
        asked = urllib.request.Request(self._url + path, data, self.headers)
        with self._opener.open(asked, timeout=DEADLINE_S) as answer:
            self._page = str(answer.read(), "utf-8")
        return self._page

    def sign_in(self, webs: Webs, login: str, then: str) -> str:
        """Sign in with password and, where asked for, a code; return the page that ``then`` names."""
        person = next(each for each in webs.world.people if each.login == login)
        self.open(f"/sign-in?next={then}")
        page = self.open("/sign-in", {"login": login, "password": person.password, "next": then})
        return self.open("/second-factor", {"code": webs.code(login), "next": then}) if person.totp_secret else page


@contextmanager
def open_webs(home: Path, **settings: object) -> Iterator[Webs]:
    chosen = Settings.model_validate({"home": home, "web_port": free_port(), "mqtt_port": free_port(), **settings})
    env = {**chosen.as_environment(), "PYTHONUNBUFFERED": "1", "PYTHONPATH": str(APP_DIR)}
    with homes.prepared(chosen) as context, forked_by_supervisor():
        world = homes.furnish(context)
        supervisor = Supervisor(embedded.front_programs(chosen, APP_DIR, {**os.environ, **env}), chosen.log_dir)
        supervisor.start()
        loop = threading.Thread(target=supervisor.run, name="webs")
        loop.start()
        try:
            yield Webs(context, world, f"http://{chosen.web_host}:{chosen.web_port}", supervisor)
        finally:
            supervisor.stop()
            loop.join()
