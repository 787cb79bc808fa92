"""A console with a small province behind it: real store, real content folder, one person for each role."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch

from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from jinja2 import StrictUndefined
from ulid import ULID
from werkzeug.routing import Rule
from werkzeug.test import TestResponse
from werkzeug.wrappers import Response

from bench.signing import local_signer
from cms import bootstrap
from cms.accounts.model import SecondFactor, SignedIn, Token, TokenScope, User
from cms.accounts.repository import People
from cms.accounts.service import codes
from cms.accounts.service.passwords import Passwords
from cms.accounts.service.second_factor import NO_STEP
from cms.accounts.service.signing_in import Welcome
from cms.accounts.service.vault import Vault, new_secret, secret_hash, vault_of
from cms.accounts.views import sessions, signing_in
from cms.areas.repository import Places
from cms.bulletins.service.paper_seal import seal_key
from cms.bulletins.service.signature_check import FolderSignatureCheck
from cms.exchange.service.signer import MessageSigner
from cms.features import FEATURES
from cms.fleet.repository.devices import Devices
from cms.platform import api as v1
from cms.platform import web
from cms.platform.api import caller
from cms.platform.context import Context
from cms.platform.keyring import Keyring
from cms.platform.process import disk
from cms.platform.settings import Settings
from cms.platform.store.uow import make_uow_factory
from cms.platform.web import application, request_context
from cms.platform.web.request_context import EXTENSION
from cms.platform.web.security import web_secret
from devices.enrolment import make_signing_key
from devices.model import Device, DeviceId, DeviceKind
from devices.protocol import jws
from media.storage import FolderContentStore
from media.uploads import FolderUploads
from province.areas import Area, AreaId, Point
from province.events import Event
from province.people import Actor, Grant, Role, UserId
from province.policy import Policy, needs_second_factor
from tests.databases import engine_of, new_sqlite
from tests.fakes.sound import FigureVoice

PASSWORD = "mot mat khau dai"
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # of everybody who needs one
UPLOAD_MAX_MB = 2
START = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)  # 09:00 in Vietnam
PROVINCE, DISTRICT, FAR_DISTRICT = AreaId("bt"), AreaId("bt-phan-thiet"), AreaId("bt-tuy-phong")
COMMUNE, COMMUNE_2, FAR_COMMUNE = AreaId("bt-mui-ne"), AreaId("bt-ham-tien"), AreaId("bt-lien-huong")
AREAS = (
    Area(PROVINCE, "Bình Thuận", "province", None, date(2000, 1, 1)),
    Area(DISTRICT, "Phan Thiết", "city", PROVINCE, date(2000, 1, 1)),
    Area(COMMUNE, "Mũi Né", "ward", DISTRICT, date(2000, 1, 1), point=Point(10.94, 108.28)),
    Area(COMMUNE_2, "Hàm Tiến", "ward", DISTRICT, date(2000, 1, 1), point=Point(10.95, 108.22)),
    Area(FAR_DISTRICT, "Tuy Phong", "district", PROVINCE, date(2000, 1, 1)),
    Area(FAR_COMMUNE, "Liên Hương", "township", FAR_DISTRICT, date(2000, 1, 1), point=Point(11.22, 108.73)),
)
FIRMWARE_PEM = make_signing_key()
"""Firmware key that is on no server; the console's devices trust its public half."""
# login → role and its area; two of those who may write or review, to distinguish "another" from "oneself".
PEOPLE = {
    "editor": (Role.PROVINCE_EDITOR, PROVINCE),
    "approver": (Role.APPROVER, PROVINCE),
    "operator": (Role.COMMUNE_OPERATOR, COMMUNE),
    "station": (Role.STATION, DISTRICT),
    "officer": (Role.EMERGENCY_OFFICER, PROVINCE),
    "technician": (Role.TECHNICIAN, PROVINCE),
    "auditor": (Role.AUDITOR, PROVINCE),
    "admin": (Role.ADMIN, PROVINCE),
    "far-operator": (Role.COMMUNE_OPERATOR, FAR_COMMUNE),
    "far-approver": (Role.APPROVER, FAR_COMMUNE),
}

CHEAP = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@cache
def cheap_hash() -> str:
    """Return one real argon2 hash of ``PASSWORD``, made cheaply and once."""
    return CHEAP.hash(PASSWORD)


_BUILDERS: dict[tuple[str, tuple[tuple[bool, str], ...], bool], Callable[..., tuple[str, str]]] = {}
_compile_builder = Rule._compile_builder


def _compile_once(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
    """Compile the URL builder of a route once per process, keyed by how the route is written.

    Each test has an app of its own; compiling for each took a third of such a test's time.
    """
    if rule.defaults:
        return _compile_builder(rule, append_unknown)
    written = (rule.rule, tuple(rule._trace), append_unknown)
    if written not in _BUILDERS:
        _BUILDERS[written] = _compile_builder(rule, append_unknown)
    return _BUILDERS[written]


Rule._compile_builder = _compile_once  # type: ignore[method-assign, assignment]


@dataclass
class Clock:
    """Fake clock; ``tick`` passes at each reading, as on a real machine."""

    at: datetime = START
    tick: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        self.at += self.tick
        return self.at

    def pass_by(self, **length: float) -> None:
        self.at += timedelta(**length)


@dataclass
class Console:
    """App and context of a test. ``tokens`` by login."""

    app: Flask
    context: Context
    clock: Clock
    tokens: dict[str, str]

    def client(self, login: str = "", *, language: str = "vi") -> FlaskClient:
        """Return a browser, signed in where a login is named, on the pages only if an unusual step remains."""
        client = self.app.test_client()
        client.set_cookie("loa_language", language)
        if login and not self._open_session(client, login):
            answer = post(client, "/sign-in", {"login": login, "password": PASSWORD})
            if answer.headers.get("Location", "").startswith("/second-factor"):
                answer = post(client, "/second-factor", {"code": self.code(login)})
            assert answer.status_code == 302, answer.text
        return client

    def _open_session(self, client: FlaskClient, login: str) -> bool:
        """Give the browser the session and cookies of a sign-in in 3 ms, which takes its pages 17.

        Return False where the password alone, or with it a code of ``TOTP_SECRET``, does not open everything.
        """
        now, secret = self.clock(), new_secret()
        with self.app.test_request_context("/sign-in", environ_base=client.environ_base):
            with self.context.uow() as uow:
                user = uow[People].by_login(login)
                if user is None or user.disabled_at or user.must_change_password or user.password_hash != cheap_hash():
                    return False
                has_code = uow[People].has_second_factor(user.id)
                if needs_second_factor(user.grants) and not has_code:
                    return False
                until = now + timedelta(hours=self.context.settings.session_hours)
                given_at, source = now if has_code else None, request_context.source()
                opened = SignedIn(
                    self.context.new_id(), user.id, secret_hash(secret), now, until, second_factor_at=given_at
                )
                uow[People].add_session(replace(opened, source=source, agent=request_context.agent()))
                uow.record(Event("user.signed_in", user.id, now, user.id, user.name, {"source": source}))
                uow.commit()
            answer = sessions.with_session(Response(), Welcome(user.actor, secret, until, login=user.login))
        client._update_cookies_from_response("localhost", "/sign-in", answer.headers.getlist("Set-Cookie"))
        return True

    def code(self, login: str) -> str:
        """Return the person's current TOTP code, and forget that an earlier test used it at this time step."""
        with self.context.uow() as uow:
            user = uow[People].by_login(login)
            assert user is not None
            factor = uow[People].second_factor(user.id)
            assert factor is not None, f"{login} has no second factor"
            uow[People].save_second_factor(replace(factor, last_step=NO_STEP))
            uow.commit()
        return codes.code_at(TOTP_SECRET, codes.step_of(self.clock()))

    def set(self, **changes: object) -> None:
        """Serve with these settings changed."""
        self.use(settings=self.context.settings.model_copy(update=changes))

    def use(self, **parts: Any) -> None:
        """Serve with these parts of the context changed."""
        self.context = replace(self.context, **parts)
        self.app.extensions[EXTENSION] = self.app.extensions[v1.EXTENSION].extensions[caller.EXTENSION] = self.context

    def actor(self, login: str) -> Actor:
        with self.context.uow() as uow:
            user = uow[People].by_login(login)
        assert user is not None
        return user.actor

    def bearer(self, login: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens[login]}"}


def csrf_of(client: FlaskClient, base_url: str | None = None) -> str:
    """Return the CSRF token of this browser's session; end-to-end tests check that every form carries it.

    Taken from a page, it would cost a page for each form that is sent.
    """
    with client.session_transaction(base_url=base_url) as session:
        token = session.setdefault("csrf_token", secrets.token_hex(20))
    key = cast("bytes", client.application.secret_key)
    return URLSafeTimedSerializer(key, salt="wtf-csrf-token").dumps(token)


def post(client: FlaskClient, path: str, form: Mapping[str, object] | None = None, **options: object) -> TestResponse:
    """Send a form as the page itself would."""
    return client.post(path, data={"csrf_token": csrf_of(client), **(form or {})}, **options)


def device(number: int, area_id: AreaId = COMMUNE, point: Point | None = None) -> Device:
    return Device(
        id=DeviceId(f"{area_id}-l{number:02d}"),
        serial=f"S-{area_id}-{number}",
        name=f"Cụm loa {number}",
        kind=DeviceKind.CLUSTER,
        area_id=area_id,
        enrolled_at=START,
        point=point or Point(10.93 + number / 1000, 108.28 + number / 500),
    )


@dataclass(frozen=True)
class _Beginning:
    """Initial state of every console: key files by name, database file, and session tokens by login."""

    keys: dict[str, bytes]
    database: bytes
    tokens: dict[str, str]


@contextmanager
def open_console(
    folder: Path, *, upload_max_mb: int = UPLOAD_MAX_MB, public_url: str = "", database_url: str = ""
) -> Iterator[Console]:
    """Open a console in the folder: what is equal for all tests is made once per process, and the app is reused.

    ``database_url``: a database with all tables and no rows, instead of the SQLite file.
    """
    settings = Settings(home=folder, upload_max_mb=upload_max_mb, public_url=public_url, database_url=database_url)
    if settings.keys_dir.exists() or database_url:
        # Keys exist already, and the database has secrets sealed with one of them.
        tokens = _begin(settings)
    else:
        tokens = _beginning().tokens
        _lay_out(settings, _beginning())
    with _running(settings) as context, _served(context) as app:
        yield Console(app, context, cast("Clock", context.now), dict(tokens))


@cache
def _beginning() -> _Beginning:
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder) / "home", upload_max_mb=UPLOAD_MAX_MB, public_url="")
        tokens = _begin(settings)
        keys = {path.name: path.read_bytes() for path in settings.keys_dir.iterdir() if path.is_file()}
        return _Beginning(keys, (settings.root / "loa.db").read_bytes(), tokens)


def _begin(settings: Settings) -> dict[str, str]:
    settings.keys_dir.mkdir(parents=True, exist_ok=True)
    (settings.keys_dir / "firmware.pub").write_text(jws.public_x(jws.signing_key(FIRMWARE_PEM)) + "\n")
    Keyring.ensure(settings, START)
    MessageSigner.at(settings.keys_dir, settings.effective_cap_sender, START)
    web_secret(settings.keys_dir)
    if not settings.database_url:
        new_sqlite(settings.root / "loa.db")
    with _running(settings) as context:
        return _populate(context)


def _lay_out(settings: Settings, beginning: _Beginning) -> None:
    settings.keys_dir.mkdir(parents=True, mode=0o700)
    for name, data in beginning.keys.items():
        path = settings.keys_dir / name
        path.touch(mode=0o600)
        path.write_bytes(data)
    (settings.root / "loa.db").write_bytes(beginning.database)


@contextmanager
def _running(settings: Settings) -> Iterator[Context]:
    settings.content_dir.mkdir(parents=True, exist_ok=True)
    clock = Clock()
    content = FolderContentStore(settings.content_dir)
    with engine_of(settings.effective_database_url) as engine:
        yield Context(
            settings=settings,
            engine=engine,
            uow=replace(make_uow_factory(engine), now=clock),
            content=content,
            uploads=FolderUploads(settings.uploads_dir, content),
            check=bootstrap.recording_check_of(settings),
            disk=disk.meter_of(settings),
            voices=FigureVoice(),
            authority=Policy(),
            signatures=FolderSignatureCheck(settings.root / "anchors", seal_key(Vault.at(settings.keys_dir).key)),
            keyring=Keyring.load(settings, local_signer(settings)),
            now=clock,
            new_id=lambda: str(ULID()).lower(),
        )


_IDLE: list[Flask] = []


@contextmanager
def _served(context: Context) -> Iterator[Flask]:
    """Lend an app that no other console uses now, with this test's context; making an app takes 50 ms."""
    is_usual = context.settings.upload_max_mb == UPLOAD_MAX_MB
    app = _IDLE.pop() if is_usual and _IDLE else _made(context)
    app.testing = True
    app.secret_key = web_secret(context.settings.keys_dir)
    app.extensions[EXTENSION] = app.extensions[v1.EXTENSION].extensions[caller.EXTENSION] = context
    # With the strength of real password hashes, each sign-in would take longer than the rest of most tests.
    with patch.object(signing_in, "_passwords", CHEAP):
        yield app
    if is_usual:
        _IDLE.append(app)


def _made(context: Context) -> Flask:
    app = Flask("console")
    web.register(app, context, FEATURES)
    v1.register(app, context, FEATURES)
    application.judge_names(app, StrictUndefined)
    return app


def _populate(context: Context) -> dict[str, str]:
    tokens = {}
    with context.uow() as uow:
        uow[Places].add(AREAS)
        for login, (role, area_id) in PEOPLE.items():
            user_id = UserId(f"u-{login}")
            user = User(user_id, login, login.title(), cheap_hash(), START, grants=(Grant(role, area_id),))
            uow[People].add(user)
            if needs_second_factor(user.grants):
                sealed = vault_of(context).seal(TOTP_SECRET, user_id)
                uow[People].add_second_factor(SecondFactor(user_id, sealed, START, NO_STEP), [])
            tokens[login] = new_secret("loa_")
            until = START + timedelta(days=365)
            hashed = secret_hash(tokens[login])
            uow[People].add_token(Token(f"t-{login}", user_id, "test", hashed, START, until, scopes=tuple(TokenScope)))
        for number in (1, 2, 3):
            uow[Devices].add(device(number))
        uow[Devices].add(device(1, FAR_COMMUNE))
        uow.commit()
    return tokens
