"""Rounds of one alert: raised at a desk, approved on a telephone that is not signed in, heard, and cancelled."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from playwright.sync_api import Browser, Page
from playwright.sync_api import Error as PlaywrightError

from bench.demo.run import await_true
from bench.pace.first_sample import first_samples
from bench.pace.journeys import approve_by_passkey, submit_alert
from bench.pace.person import PacedPerson, PagePerson
from bench.pace.stage import DESK, OFFICER, SECOND, TELEPHONE, PaceStage
from bench.second_person import user_of
from broadcast.alerts.model import AlertId, CancelCause, OrderId
from cms.alerts.repository.alerts import Alerts
from cms.alerts.repository.orders import Orders
from cms.alerts.service import ends
from province.people import Actor

SILENT_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class ApprovingRequest:
    """Request of the approving press, as the browser timed it: sent (ms UTC), and answered after so many ms."""

    sent_at_ms: float
    answered_ms: float


@dataclass(frozen=True, slots=True)
class SoundDelay:
    """Delay of the first audible sample, in ms: after the approving request, and after the command on the device."""

    heard_ms: float
    siren_ms: float


@dataclass(frozen=True, slots=True)
class MeasuredRound:
    """Seconds of the two people, from their first press to the confirmation, and milliseconds to the sound.

    ``answered_ms``: from the approving request to its answer; ``heard_ms``: from that request to the first sample of
    the last device; ``siren_ms``: from the command on a device to its first sample, the slowest.
    """

    submit_s: float
    approve_s: float
    answered_ms: float
    heard_ms: float
    siren_ms: float


@dataclass(frozen=True)
class PacedOfficers:
    """Two officers at their browsers, who work at a pace."""

    stage: PaceStage
    person: PacedPerson
    desk: Page
    telephone: Page

    @classmethod
    @contextmanager
    def at_work(cls, stage: PaceStage, browser: Browser, person: PacedPerson) -> Iterator[PacedOfficers]:
        """Sign both in once, and make their passkeys; close their browsers at the end."""
        desk, telephone = (
            stage.open_page(browser, login, size) for login, size in ((OFFICER, DESK), (SECOND, TELEPHONE))
        )
        person.take_finger_time(telephone.context)
        yield cls(stage, person, desk, telephone)
        for page in (desk, telephone):
            page.context.close()

    def measure(self) -> MeasuredRound:
        """Send one alert, and cancel it when it is heard."""
        _open_anew(self.desk, "/")
        began_s = time.monotonic()
        alert_id = self.submit()
        submit_s = time.monotonic() - began_s
        self.forget_session()
        began_s = time.monotonic()
        request = self.approve(alert_id, self.person)
        approve_s = time.monotonic() - began_s
        delay = self.hear_and_cancel(alert_id, request)
        return MeasuredRound(submit_s, approve_s, request.answered_ms, delay.heard_ms, delay.siren_ms)

    def submit(self) -> AlertId:
        """Raise and submit an alert from the officer's open page, and return its id."""
        submit_alert(self.desk, self.person, self.stage.places())
        return AlertId(self.desk.url.rsplit("/", 1)[1])

    def forget_session(self) -> None:
        """Sign the telephone out, and empty its cache; the passkey stays."""
        context = self.telephone.context
        context.clear_cookies()
        context.new_cdp_session(self.telephone).send("Network.clearBrowserCache")
        self.telephone.goto("about:blank")

    def approve(self, alert_id: AlertId, person: PagePerson) -> ApprovingRequest:
        """Approve the alert on the telephone, from the link to it on."""
        path = f"/alerts/{alert_id}"
        with self.telephone.expect_response(lambda response: response.url.endswith(f"{path}/decision")) as answered:
            person.follow(self.telephone, path)
            approve_by_passkey(self.telephone, person)
        timing = answered.value.request.timing
        return ApprovingRequest(timing["startTime"], timing["responseStart"])

    def hear_and_cancel(self, alert_id: AlertId, request: ApprovingRequest) -> SoundDelay:
        """Wait until the alert is heard on all devices that write WAV files, and cancel it."""
        order_id = self._order_of(alert_id)
        out = self.stage.context.settings.root / "fleet" / "out"
        heard = first_samples(out, order_id, self.stage.world.audio)
        self._cancel(alert_id, order_id)
        return SoundDelay(
            max(each.heard_at_ms for each in heard) - request.sent_at_ms,
            max(each.heard_at_ms - each.obeyed_at_ms for each in heard),
        )

    def _order_of(self, alert_id: AlertId) -> OrderId:
        with self.stage.context.uow.reading() as unit:
            order_id = unit[Alerts].get(alert_id).order_id
        assert order_id is not None
        return order_id

    def _cancel(self, alert_id: AlertId, order_id: OrderId) -> None:
        """Cancel the alert; wait until every device has ended it, so that the next round begins from silence."""
        context = self.stage.context
        ends.cancel(
            context.uow(),
            alert_id,
            reason="bench",
            cause=CancelCause.MISTAKE,
            call=context.call(self._officer()),
            voices=context.voices,
        )

        def is_over() -> bool:
            with context.uow.reading() as unit:
                return all(reach.closed_at is not None for reach in unit[Orders].reaches(order_id))

        await_true(is_over, SILENT_S, "silence after the cancel")

    def _officer(self) -> Actor:
        return user_of(self.stage.context, OFFICER).actor


def _open_anew(page: Page, path: str) -> None:
    """Type an address, and once more where the open page, an alert's that has ended, renews itself at this moment."""
    try:
        page.goto(path)
    except PlaywrightError:
        page.goto(path)
