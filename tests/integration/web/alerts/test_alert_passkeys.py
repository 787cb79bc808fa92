"""A passkey approves an alert: bound to its content and to the decision, once, and only its owner's."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from broadcast.alerts.model import Alert, AlertStatus
from cms.alerts.service.approval import content_sha256
from cms.audit.queries import latest_events
from cms.platform.store.tables import EventRow
from tests.builders import alerts
from tests.builders.alerts import WORD
from tests.builders.passkeys import SoftAuthenticator
from tests.console import Console, post
from tests.integration.web.accounts.test_passkeys import make


@pytest.fixture
def device(console: Console, second: FlaskClient) -> SoftAuthenticator:
    made = SoftAuthenticator()
    make(second, made)
    console.clock.pass_by(minutes=2)  # neither the code of the sign-in nor the passkey's own challenge counts
    return made


def options(client: FlaskClient, alert: Alert, act: str = "approve") -> dict[str, Any]:
    got: dict[str, Any] = client.get(f"/alerts/{alert.id}/passkey?act={act}").get_json()
    return got


def approve(client: FlaskClient, alert: Alert, credential: str, **form: object) -> TestResponse:
    sent = {"act": "approve", "word": WORD, "version": alert.version, "credential": credential, **form}
    return post(client, f"/alerts/{alert.id}/decision", sent)


def test_a_passkey_of_the_second_person_sends_the_alert_without_a_code(
    console: Console, officer: FlaskClient, second: FlaskClient, device: SoftAuthenticator
) -> None:
    waiting = alerts.submitted(console, officer)
    page = second.get(f"/alerts/{waiting.id}").text
    assert "Duyệt và phát ngay bằng khóa truy cập" in page
    assert "passkeys.js" in page
    assert "bằng khóa truy cập" not in officer.get(f"/alerts/{waiting.id}").text
    asked = options(second, waiting)
    assert [each["id"] for each in asked["allowCredentials"]] == [json.loads(device.answer(asked))["id"]]
    assert approve(second, waiting, device.answer(asked)).status_code == 302
    assert alerts.stored(console, waiting.id).status is AlertStatus.ACTIVE
    with console.context.uow.reading() as uow:
        (given, *_) = latest_events(uow.session, EventRow.name == "user.second_factor_given")
    assert (given.detail["kind"], given.detail["purpose"]) == ("passkey", "alert.approve")


def test_an_answer_counts_once_for_one_alert_one_decision_and_one_content(
    console: Console, officer: FlaskClient, second: FlaskClient, device: SoftAuthenticator
) -> None:
    first, other = alerts.submitted(console, officer), alerts.submitted(console, officer)
    answer = device.answer(options(second, first))
    assert approve(second, other, answer).status_code == 422
    alone = device.answer(options(second, first, "alone"))
    assert approve(second, first, alone).status_code == 422
    page = approve(second, first, "not an answer")
    assert page.status_code == 422
    assert "Khóa truy cập không được nhận" in page.text
    assert alerts.stored(console, first.id).status is AlertStatus.SUBMITTED
    assert approve(second, first, answer).status_code == 302
    alerts.end_all(console)
    again = alerts.submitted(console, officer)
    assert approve(second, again, answer).status_code == 422
    with console.context.uow.reading() as uow:
        failed = [*latest_events(uow.session, EventRow.name == "user.passkey_failed")]
    assert len(failed) == 4


def test_an_answer_is_refused_if_the_alert_was_changed_if_it_is_late_or_not_verified(
    console: Console, officer: FlaskClient, second: FlaskClient, device: SoftAuthenticator
) -> None:
    waiting = alerts.submitted(console, officer)
    late = device.answer(options(second, waiting))
    console.clock.pass_by(minutes=6)
    assert approve(second, waiting, late).status_code == 422
    device.is_verified = False
    assert approve(second, waiting, device.answer(options(second, waiting))).status_code == 422
    assert alerts.stored(console, waiting.id).status is AlertStatus.SUBMITTED


def test_another_persons_passkey_confirms_nothing(
    console: Console, officer: FlaskClient, second: FlaskClient, device: SoftAuthenticator
) -> None:
    waiting, others = alerts.submitted(console, officer), SoftAuthenticator()
    make(console.client("editor"), others)
    assert approve(second, waiting, others.answer(options(second, waiting))).status_code == 422
    assert console.client("editor").get(f"/alerts/{waiting.id}/passkey").status_code == 403


def test_the_digest_is_of_what_is_let_out_and_of_nothing_else(console: Console, officer: FlaskClient) -> None:
    alert = alerts.submitted(console, officer)
    same = alerts.stored(console, alert.id)
    assert content_sha256(same) == content_sha256(alert)
    assert content_sha256(replace(same, version=99, own_versions=3)) == content_sha256(same)
    for changed in (
        replace(same, headline="Khác"),
        replace(same, wordings=(replace(same.wordings[0], text="Khác"),)),
        replace(same, audience=same.audience.without(same.audience.targets.areas)),
    ):
        assert content_sha256(changed) != content_sha256(same)
