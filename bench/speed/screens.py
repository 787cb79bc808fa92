"""``loa bench screens``: cost of every screen to the server with a full province loaded, and its number of queries.

Every GET route of the console is walked, for every subject that its arguments may name (an alert in each state, a plan,
a stop, a bulletin in each state), as the first person who may see it: a new screen is measured without being listed
here. The time is the processor's, spent in this process by the page and by its SQLite: other work on the machine does
not count. Each page has been shown once before it is measured.

Two answers have bars of their own: the look ahead of one rule over the whole province, and the clashes found when an
airing is dragged to another time.
"""

from __future__ import annotations

import itertools
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import click
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event
from werkzeug.routing import Rule

from bench.percentiles import percentile
from bench.speed.province import FIRST_TIME, FULL, HALFWAY, NEWCOMER, NOBODY, FurnishedProvince, Size, furnish
from bench.speed.rows import Row, print_rows
from bench.speed.warnings import SECOND
from broadcast.scheduling.rescheduling import MoveScope
from cms.accounts.service.invitations import secret_of
from cms.accounts.service.vault import vault_of
from cms.citizens.service.links import key_of
from cms.features import FEATURES
from cms.platform import web
from cms.platform.process.process import set_loaded_aside
from cms.platform.web import security
from cms.platform.web.request_context import SESSION_COOKIE
from province.people import Role
from province.wall_clock import local_date

BAR_MS: Final = 100.0
BAR_QUERIES: Final = 30
PREFLIGHT, DRAG = "approval_ahead/", "/schedule/on/to"
BARS_MS: Final = {PREFLIGHT: 500.0, "decision_ahead/": 500.0, DRAG: 200.0}
"""Bars of answers that an open page fetches, by a part of their names."""
TIMES: Final = 20
LOGINS: Final = (
    *(SECOND, Role.EMERGENCY_OFFICER, Role.PROVINCE_EDITOR, Role.APPROVER, Role.COMMUNE_OPERATOR),
    *(Role.TECHNICIAN, Role.ADMIN, Role.AUDITOR, HALFWAY, NEWCOMER, FIRST_TIME, NOBODY),
)
"""Logins tried in this order: the first one admitted counts. A second officer sees the page for the second approval."""
OF_EACH: Final = frozenset({"today"})
"""Screens that differ from role to role: each person's is measured."""
_PREFIXES: Final = ("web.", "public.")


@dataclass(frozen=True, slots=True)
class TimedScreen:
    """One address, and the login that opens it."""

    name: str
    path: str
    login: str


@dataclass(frozen=True, slots=True)
class ScreenMeasurement:
    """Measurement of one screen over all its requests."""

    name: str
    p95_ms: float
    median_ms: float
    queries: int


@dataclass(frozen=True, slots=True)
class Cost:
    """Cost of one request."""

    ms: float
    queries: int


@click.command()
@click.option("--devices", default=FULL.devices, show_default=True, help="Devices, spread over 124 communes.")
@click.option("--rules", default=FULL.rules, show_default=True, help="Schedule rules, one a bulletin.")
@click.option("--days", default=FULL.days, show_default=True, help="Days of schedule, half of them behind.")
@click.option("--times", default=TIMES, show_default=True, help="How often each screen is asked for.")
@click.option("--only", default="", help="Only screens with this in their name.")
@click.option("--keep", type=click.Path(path_type=Path), help="A folder that keeps the province for the next bench.")
@click.option("--json", "as_json", is_flag=True, help="JSON lines instead of a table.")
def screens(*, devices: int, rules: int, days: int, times: int, only: str, keep: Path | None, as_json: bool) -> None:
    """Ask for every screen with a full province loaded: the slowest but one in twenty, and its queries."""
    with tempfile.TemporaryDirectory() as fresh:
        try:
            province = furnish(keep or Path(fresh), Size(devices, rules, days))
        except ValueError as error:
            raise click.UsageError(str(error)) from error
        try:
            print_rows(_rows(Walk(province), devices, times, only), as_json=as_json)
        finally:
            province.context.engine.dispose()


def _rows(walk: Walk, devices: int, times: int, only: str) -> Iterator[Row]:
    found: list[ScreenMeasurement] = []
    for screen in walk.screens(only):
        found.append(walk.measured(screen, times))
        yield Row.against(f"{screen.name} p95", devices, found[-1].p95_ms, "ms", baseline=_bar_ms(screen.name))
        yield Row.against(f"{screen.name} queries", devices, found[-1].queries, "", baseline=BAR_QUERIES)
    for name in walk.unseen:
        click.echo(f"not measured: {name} (nobody was shown it)", err=True)
    empty = walk.measured(walk.empty_page(), times)
    yield from _summary(found, empty, devices)


def _summary(found: Sequence[ScreenMeasurement], empty: ScreenMeasurement, devices: int) -> Iterator[Row]:
    """Yield the slowest page of each kind against its bar, and against an empty page."""
    kinds = {"screens_ms": BAR_MS, "preflight_ms": BARS_MS[PREFLIGHT], "drag_ms": BARS_MS[DRAG]}
    yield Row("empty_page_ms", devices, empty.median_ms, "ms")
    for name, bar_ms in kinds.items():
        costs = [each for each in found if _bar_ms(each.name) == bar_ms]
        if costs:
            p95_ms, median_ms = max(each.p95_ms for each in costs), max(each.median_ms for each in costs)
            yield Row.against(name, devices, p95_ms, "ms", baseline=bar_ms)
            yield Row.against(f"{name} over empty", devices, median_ms, "ms", baseline=empty.median_ms)
    if found:
        queries = max(each.queries for each in found)
        yield Row.against("screens_queries", devices, queries, "", baseline=BAR_QUERIES)


def _bar_ms(name: str) -> float:
    return next((bar_ms for kind, bar_ms in BARS_MS.items() if kind in name), BAR_MS)


_FILES = frozenset(
    {
        *(
            "alert_report_file",
            "public.past_report",
            "approval_signature",
            "bulletin_paper",
            "practice_certificate",
            "programme_file",
            "ready",
        ),
        *("public.developer_calls", "public.developers", "problem_type", "remote_signing"),
        *("station_session_file", "station_session_order"),
    }
)
"""No screens: uploads as they came, files of what a worker makes, a check that only a whole installation passes, pages
that are written from the API's document, which is not served here, and one that needs a signing service.
"""


_BOARD_PAGE = {"w": "480", "h": "270", "colours": "full", "template": "banner", "colour": "amber", "top": "1"} | {
    "line": "Lịch tiêm chủng mở rộng"
}


class Walk:
    """Walk over all screens. ``unseen``: GET routes without a page for any subject and person.

    ``spent_s`` is the clock: this process's, unless a database works in others.
    """

    def __init__(self, province: FurnishedProvince, spent_s: Callable[[], float] = time.process_time) -> None:
        self._province = province
        self._spent_s = spent_s
        self._app = Flask("bench")
        web.register(self._app, province.context, FEATURES)
        self._clients = {login: self._client(province.cookies[login]) for login in LOGINS}
        self.unseen: list[str] = []
        set_loaded_aside()

    def screens(self, only: str = "") -> Iterator[TimedScreen]:
        """Yield each screen as soon as it has answered once, so that its caches are warm; others are not asked for."""
        self.unseen = []
        for rule in sorted(self._app.url_map.iter_rules(), key=lambda rule: rule.endpoint):
            if not rule.endpoint.startswith(_PREFIXES) or "GET" not in (rule.methods or ()):
                continue
            named = [each for each in self._subjects(rule) if only in each[0]]
            found = [screen for each in named for screen in self._shown(rule, *each)]
            yield from found
            is_meant = bool(named) or only in _name(rule)
            if is_meant and not found and _name(rule) not in _FILES:
                self.unseen.append(_name(rule))

    def empty_page(self) -> TimedScreen:
        """Return a page with nothing on it but a form to sign in."""
        with self._app.test_request_context():
            return TimedScreen("empty page", self._app.url_map.bind("").build("web.sign_in_form"), NOBODY)

    def page(self, screen: TimedScreen) -> str:
        """Return the screen as its person sees it; empty if it is no page."""
        with self._clients[screen.login].get(screen.path) as answer:
            return answer.get_data(as_text=True) if answer.mimetype == "text/html" else ""

    def measured(self, screen: TimedScreen, times: int) -> ScreenMeasurement:
        costs = [self.cost(screen) for _ in range(times)]
        taken_ms = [cost.ms for cost in costs]
        queries = max(cost.queries for cost in costs)
        return ScreenMeasurement(
            screen.name, round(percentile(taken_ms, 0.95), 1), round(statistics.median(taken_ms), 1), queries
        )

    def cost(self, screen: TimedScreen) -> Cost:
        with _counted(self._province.context.engine) as asked:
            began_s = self._spent_s()
            with self._clients[screen.login].get(screen.path) as answer:
                spent_ms = (self._spent_s() - began_s) * 1000
                if answer.status_code != HTTPStatus.OK:
                    raise click.ClickException(f"{screen.path}: {answer.status}")
        return Cost(spent_ms, len(asked))

    def _client(self, cookie: str) -> FlaskClient:
        client = self._app.test_client()
        client.set_cookie(SESSION_COOKIE, cookie)
        token = security.metrics_token(self._province.context.settings.keys_dir)
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
        return client

    def _subjects(self, rule: Rule) -> Iterator[tuple[str, Mapping[str, str], Mapping[str, str]]]:
        """Yield name, arguments and query of every address of a route."""
        names = sorted(rule.arguments)
        known = [self._province.subjects.get(name, {}) for name in names]
        more = self._queries().get(_name(rule), [{}])
        for chosen in itertools.product(*(each.items() for each in known)):
            values = dict(zip(names, (value for _, value in chosen), strict=True))
            for query in more:
                said = [_name(rule), *(word for word, _ in chosen), *query]
                yield "/".join(said), values, query

    def _queries(self) -> dict[str, list[dict[str, str]]]:
        """Map screens to the query strings with which they are measured."""
        commune = {"area": str(self._province.commune)}
        # Dragged to where something else airs, this once and for good.
        taken = {"schedule": "1", "on": self._province.taken[:10], "to": self._province.taken}
        return {
            "alert": [{}, commune],
            "alert_live": [{}, {"mark": "none"}, commune],
            "alert_state": [{"status": "another"}],
            "alert_map": [{}, {"box": "10.9,107.8,11.25,108.4"}],
            "board_page": [_BOARD_PAGE],
            "bulletins": [{}, {**commune, "author": "editor", "on": self._province.taken[:10]}, {"next": "none"}],
            "calendar": [{}, {"view": "week"}],
            "calendar_events": [{}, {"view": "week"}],
            "move": [{}, taken, {**taken, "scope": MoveScope.FOLLOWING}],
            "move_clashes": [taken],
            "join_form": [{"key": self._invitation_key()}],
            "new_alert": [{}, {"kind": "live"}],
            "new_template": [commune],
            "public.subscription": [{"key": self._citizen_key()}],
            "search": [{}, {"q": "tiem chung"}, {"q": "binh"}],
            "broadcast_session": [{}, {"on": str(local_date(self._province.context.now()))}],
            "reports": [{}, {"first_on": "2026-07-01", "last_on": "2026-09-30"}],
            "why": [{}, {"device": self._province.device}],
        }

    def _citizen_key(self) -> str:
        return key_of(vault_of(self._province.context), self._province.subjects["citizen_id"]["confirmed"])

    def _invitation_key(self) -> str:
        return secret_of(vault_of(self._province.context), self._province.subjects["invitation_id"]["open"])

    def _shown(
        self, rule: Rule, name: str, values: Mapping[str, str], query: Mapping[str, str]
    ) -> Iterator[TimedScreen]:
        """Yield the screen of the first person who may see it; of a screen in ``OF_EACH`` everybody's."""
        with self._app.test_request_context():
            built = self._app.url_map.bind("").build(rule.endpoint, dict(values), method="GET")
        path = f"{built}?{urlencode(query)}" if query else built
        for login in LOGINS:
            with self._clients[login].get(path) as answer:
                if answer.status_code != HTTPStatus.OK:
                    continue
            yield TimedScreen(f"{name}/{login}" if name in OF_EACH else name, path, login)
            if name not in OF_EACH:
                return


def _name(rule: Rule) -> str:
    """Return the name of a route; a public page keeps its prefix, as some are called like a screen."""
    return str(rule.endpoint).removeprefix("web.")


@contextmanager
def _counted(engine: Engine) -> Iterator[list[str]]:
    """Yield a list of the SQL queries of the block: the begin of a transaction asks for nothing."""
    asked: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        del connection, cursor, rest
        if statement != "BEGIN":
            asked.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", note)
