"""Approval while PostgreSQL is frozen or read-only: an answer in words, then the alert is sent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import make_url, text

from broadcast.alerts.model import Alert, AlertStatus
from cms.platform.process import bounded_probe
from cms.platform.store import postgresql
from cms.platform.web import security
from tests.builders import alerts
from tests.console import Console, open_console, post
from tests.postgres import PostgresServer, running_postgres


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """Server of this module: that of the run serves other tests."""
    with running_postgres() as server:
        yield server


@pytest.fixture(autouse=True)
def _answers_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded_probe, "PROBE_AGE_S", 0.0)


@pytest.fixture
def console(server: PostgresServer, tmp_path: Path) -> Iterator[Console]:
    with open_console(tmp_path / "home", database_url=server.new_database()) as console:
        yield console


def approval(console: Console, waiting: Alert) -> dict[str, object]:
    code = console.code(alerts.SECOND)
    return {"act": "approve", "version": waiting.version, "word": alerts.WORD, "code": code}


def reasons(console: Console) -> tuple[int, set[str]]:
    token = security.metrics_token(console.context.settings.keys_dir)
    answer = console.app.test_client().get("/health/ready", headers={"Authorization": f"Bearer {token}"})
    return answer.status_code, {each["code"] for each in answer.get_json()["reasons"]}


def test_an_approval_while_postgresql_is_frozen_is_answered_in_words_and_works_afterwards(
    console: Console,
    server: PostgresServer,
    officer: FlaskClient,
    second: FlaskClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(postgresql, "PING_S", 0.5)
    waiting = alerts.submitted(console, officer)
    form = approval(console, waiting)
    with server.frozen():
        answer = post(second, f"/alerts/{waiting.id}/decision", form)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "15")
        assert "Cơ sở dữ liệu không trả lời, nên chưa biết việc này đã được ghi hay chưa." in answer.text
        assert "dùng kênh khác" in answer.text
        assert reasons(console) == (503, {"DATABASE_SILENT"} | (reasons(console)[1] & {"DISK_LOW"}))
    answer = post(second, f"/alerts/{waiting.id}/decision", form)
    assert answer.status_code == 302, answer.text
    assert alerts.stored(console, waiting.id).status is AlertStatus.ACTIVE


def test_an_approval_on_a_read_only_postgresql_says_so(
    console: Console, officer: FlaskClient, second: FlaskClient
) -> None:
    waiting = alerts.submitted(console, officer)
    form = approval(console, waiting)
    engine = console.context.engine
    name = make_url(console.context.settings.database_url).database
    with engine.connect() as connection:
        connection.execute(text(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on'))
        connection.commit()
    engine.dispose()
    answer = post(second, f"/alerts/{waiting.id}/decision", form)
    assert answer.status_code == 503
    assert "Cơ sở dữ liệu đang chỉ cho đọc nên chưa ghi được việc này." in answer.text
    assert "DATABASE_READ_ONLY" in reasons(console)[1]
