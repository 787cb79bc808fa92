"""Cold approval on a telephone, to the first sample heard: the journey that ``loa bench officer`` measures."""

from __future__ import annotations

from playwright.sync_api import Browser

from bench.pace.person import Pace, PacedPerson
from bench.pace.rounds import PacedOfficers
from bench.pace.stage import PaceStage
from tests.e2e.browser.conftest import MeasureJob
from tests.e2e.browser.operations import Operations


def test_an_alert_is_approved_from_a_link_on_a_telephone_by_passkey_alone_and_heard(
    operations: Operations, browser: Browser, job: MeasureJob
) -> None:
    url = operations.url.replace("127.0.0.1", "localhost")
    stage, person = PaceStage(operations.context, operations.world, url), PacedPerson(Pace(press_s=0, key_s=0))
    with PacedOfficers.at_work(stage, browser, person) as officers:
        officers.desk.goto("/")
        alert_id = officers.submit()
        officers.forget_session()
        with job("approve a live alert on a telephone that is not signed in, from the link to it") as press:
            request = officers.approve(alert_id, press)
        delay = officers.hear_and_cancel(alert_id, request)
    # No device sounds before the press, nor before it has the command.
    assert delay.heard_ms > 0
    assert delay.siren_ms >= 0
