from __future__ import annotations

import io
import itertools
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from broadcast.model.bulletins import Bulletin
from broadcast.use_cases import sounding
from tests import newsroom
from tests.console import PEOPLE, Console, open_console, post
from tests.contract.permissions.matrix import API, WEB, Need, Row

_DAYS = itertools.count()
PERSONS = ("anonymous", *PEOPLE)


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    with open_console(tmp_path_factory.mktemp("matrix") / "home") as console:
        yield console


@pytest.fixture(scope="module")
def browsers(console: Console) -> dict[str, FlaskClient]:
    return {person: console.client("" if person == "anonymous" else person) for person in PERSONS}


def routes_of(app: Flask) -> set[tuple[str, str]]:
    return {
        (method, rule.endpoint)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.endpoint != "static"
    }


def test_every_route_of_the_console_has_a_row(console: Console) -> None:
    assert routes_of(console.app) == set(WEB)


def test_every_route_of_the_api_has_a_row(console: Console) -> None:
    assert routes_of(console.app.extensions["loa.api"]) == set(API)


@pytest.mark.parametrize("route", sorted(WEB), ids=" ".join)
def test_the_console_lets_exactly_these_people_in(
    console: Console, browsers: dict[str, FlaskClient], route: tuple[str, str]
) -> None:
    row = WEB[route]
    let_in = set()
    for person in PERSONS:
        # Signing in and out changes the browser's session, so that row gets its own browser.
        own = route[1] in {"web.sign_out", "web.sign_in"}
        browser = console.client("" if person == "anonymous" else person) if own else browsers[person]
        if is_let_in(web_answer(console, browser, route, row)):
            let_in.add(person)
    assert let_in == row.allowed


@pytest.mark.parametrize("route", sorted(API), ids=" ".join)
def test_the_api_lets_exactly_these_people_in(console: Console, route: tuple[str, str]) -> None:
    row = API[route]
    let_in = {person for person in PERSONS if is_let_in(api_answer(console, person, route, row))}
    assert let_in == row.allowed


def is_let_in(answer: TestResponse) -> bool:
    answer.close()
    assert answer.status_code < 500, answer.text
    # Both being asked to sign in and having signed out lead to the sign-in page; only the latter ends a session.
    is_asked = answer.headers.get("Location", "").startswith("/sign-in")
    return answer.status_code < 400 and (not is_asked or "loa_session=;" in answer.headers.get("Set-Cookie", ""))


def web_answer(console: Console, browser: FlaskClient, route: tuple[str, str], row: Row) -> TestResponse:
    path = filled(console, row)
    if route[0] == "GET":
        return browser.get(path)
    body = dict(row.body)
    if route[1] == "web.upload":
        body["recording"] = (io.BytesIO(newsroom.wav()), "tin.wav")
    return post(browser, path, body)


def api_answer(console: Console, person: str, route: tuple[str, str], row: Row) -> TestResponse:
    client = console.app.test_client()
    headers = {} if person == "anonymous" else console.bearer(person)
    path = f"/api/v1{filled(console, row)}"
    if route[0] == "GET":
        return client.get(path, headers=headers)
    if route[1] == "v1.upload_audio":
        return client.post(path, data=newsroom.wav(), headers={**headers, "Content-Type": "audio/wav"})
    return client.open(path, method=route[0], json=row.body, headers={**headers, "If-Match": "*"})


def filled(console: Console, row: Row) -> str:
    if "{" not in row.path:
        return row.path
    bulletin = prepared(console, row.need)
    content = console.context.content.put_bytes(newsroom.wav())
    return row.path.format(bulletin=bulletin.id, job=bulletin.sound.job_id, content=content)


def prepared(console: Console, need: Need) -> Bulletin:
    """A bulletin of its own for every request, each on its own day, so that none is in another's way."""
    on = date(2027, 1, 1) + timedelta(days=next(_DAYS))
    draft = newsroom.write(console, starts=f"{on}T06:00")
    if need is Need.FAILED_SOUND:
        sounding.fail(
            console.context.uow(),
            draft.id,
            job_id=draft.sound.job_id,
            made_from=draft.sound_input,
            error="TOOL_FAILED",
            now=console.clock(),
        )
    if need in {Need.DRAFT, Need.FAILED_SOUND}:
        return draft
    ready = newsroom.make_sound(console, draft)
    if need is Need.READY:
        return ready
    submitted = newsroom.submit(console, ready)
    return newsroom.approve(console, submitted) if need is Need.SCHEDULED else submitted
