"""Gauges on screens and by HTTP: registered, followed, drafting an alert with an alarm, and broken."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from broadcast.alerts.model import Alert, AlertStatus, Purpose
from broadcast.gauges.model import GaugeTrouble
from broadcast.notifications.model import NotificationKind
from cms.alerts.repository.alerts import Alerts
from cms.alerts.service import drafts
from cms.gauges.jobs import GaugeWatch
from cms.gauges.repository import GaugeReadings, GaugeRises, Gauges, GaugeStates
from cms.notifications.service.follower import EventFollower
from cms.notifications.service.writer import NotificationWriter, available
from cms.notifications.tables import NotificationRow
from cms.platform.store.engine import reading
from cms.platform.store.tables import EventRow
from cms.shelters.repository import Shelters
from cms.tickets.repository import TicketRecords
from devices.tickets.model import TicketId
from province.errors import InvalidError, Problem
from tests.builders import gauges
from tests.console import COMMUNE, COMMUNE_2, Console, post

FORM = {
    "name": "Sông Lũy",
    "kind": "river",
    "unit": "m",
    "areas": [COMMUNE],
    "point": "10,94; 108,28",
    "least": "0",
    "most": "12",
    "step_most": "0,05",
    "interval": "10",
    "stuck": "24",
}
RULE = {
    "name": "Lũ sông Lũy",
    "hazard": "flood",
    "limit-1-1": "4",
    "limit-1-2": "5,5",
    "limit-1-3": "",
    "agree_least": "1",
    "within": "60",
    "hold": "0",
    "hysteresis": "0,3",
    "is_on": "on",
}
EVERY = timedelta(minutes=10)


class River:
    """A registered gauge with its rule, and the clock of the console."""

    def __init__(self, console: Console, **changes: object) -> None:
        self.console = console
        page = post(console.client("technician"), "/gauges/new", {**FORM, **changes})
        assert page.status_code == 200, page.text
        self.secret = re.findall(r"loagauge_[\w-]+", page.text)[0]
        with console.context.uow() as unit:
            self.id = next(each.id for each in unit[Gauges].all() if each.name == {**FORM, **changes}["name"])

    def rule(self, officer: FlaskClient, **changes: object) -> None:
        answer = post(officer, "/gauges/rules/new", {**RULE, "gauge-1": self.id, **changes})
        assert answer.status_code == 302, answer.text

    def send(self, *readings: tuple[object, object], secret: str = "") -> Any:
        body = {"readings": [{"at": at, "value": value} for at, value in readings]}
        headers = {"Authorization": f"Bearer {secret or self.secret}"}
        return self.console.app.test_client().post("/api/v1/gauges/readings", json=body, headers=headers)

    def follow(self, *values: float) -> list[int]:
        """Send these values, one an interval; return the levels they rose to."""
        levels: list[int] = []
        for value in values:
            self.console.clock.at += EVERY
            answer = self.send((self.console.clock.at.isoformat(), value))
            assert answer.status_code == 200, answer.text
            levels += answer.json["levels"]
        return levels

    def drafts(self) -> list[Alert]:
        with self.console.context.uow() as unit:
            found = unit[GaugeRises].alerts_since(self.console.clock.at - timedelta(days=9))
            return [unit[Alerts].get(each) for each in found]

    def trouble(self) -> GaugeTrouble | None:
        with self.console.context.uow() as unit:
            return unit[GaugeStates].of(self.id).trouble


def follower(console: Console) -> EventFollower:
    context = console.context
    writer = NotificationWriter(available(context.settings), context.new_id)
    return EventFollower(context.uow, writer, console.clock, ())


def called(console: Console, kind: NotificationKind) -> list[tuple[str, int]]:
    with reading(console.context.engine) as session:
        rows = session.query(NotificationRow).filter(NotificationRow.kind == kind).order_by(NotificationRow.written_at)
        return [(row.user_id, row.step) for row in rows]


def events(console: Console, name: str) -> int:
    with reading(console.context.engine) as session:
        return session.query(EventRow).filter(EventRow.name == name).count()


def test_a_rise_drafts_once_with_an_alarm_and_its_page_shows_it(console: Console, officer: FlaskClient) -> None:
    river = River(console)
    river.rule(officer)
    assert river.follow(3.7, 3.8, 3.9, 4.1) == []
    told = follower(console)
    told.step()
    assert river.follow(4.2, 4.3, 4.1, 3.8, 4.2) == [1]
    (made,) = river.drafts()
    assert (made.status, made.level, made.audience.targets.areas) == (AlertStatus.DRAFT, 1, (COMMUNE,))
    assert made.author_name == "Trạm đo: Lũ sông Lũy"
    assert "Mực nước tại Sông Lũy 4,2 m" in made.facts.basis
    assert "Mũi Né" in made.headline
    assert [each.language for each in made.wordings] == ["vi"]
    told.step()
    assert {user for user, _ in called(console, NotificationKind.DRAFT)} >= {"u-officer", "u-second"}
    page = officer.get(f"/gauges/{river.id}").text
    assert made.headline in page
    plotted = json.loads(re.findall(r'data-plots="([^"]+)"', page)[0].replace("&#34;", '"'))
    assert plotted["plots"]["value"]["mean"][-1] == 4.2
    assert [each["value"] for each in plotted["plots"]["value"]["limits"]] == [4.0, 5.5]
    assert plotted["marks"][0][3] == "rise"
    assert "Lũ sông Lũy" in officer.get("/gauges").text
    assert officer.get("/gauges/clusters?zoom=9").get_json()[0][5] == "Sông Lũy"


def test_nobody_who_looks_is_called_again_each_minute_and_a_dismissed_draft_stays_away(
    console: Console, officer: FlaskClient
) -> None:
    river = River(console)
    river.rule(officer)
    told = follower(console)
    river.follow(3.7, 3.8, 3.9, 4.1, 4.2)
    told.step()
    console.clock.pass_by(seconds=61)
    told.step()
    assert {step for _, step in called(console, NotificationKind.DRAFT)} == {0, 1}
    (made,) = river.drafts()
    before = len(called(console, NotificationKind.DRAFT))
    drafts.discard(
        console.context.uow(),
        made.id,
        expected_version=made.version,
        call=console.context.call(console.actor("officer")),
    )
    console.clock.pass_by(seconds=61)
    told.step()
    assert len(called(console, NotificationKind.DRAFT)) == before
    assert river.follow(4.3, 4.4, 4.5) == []
    assert river.follow(3.9, 3.6) == []
    assert events(console, "gauge.limit_left") == 1
    assert river.follow(4.0, 4.1) == [1]


def test_a_higher_level_takes_the_place_of_a_draft_that_nobody_touched(console: Console, officer: FlaskClient) -> None:
    river = River(console, step_most="0,5")
    river.rule(officer)
    with console.context.uow() as unit:
        unit[Shelters].set({COMMUNE: "Trường tiểu học Mũi Né 2"})
        unit.commit()
    assert river.follow(3.7, 3.8, 3.9, 4.1, 4.2, 5.6, 5.7) == [1, 2]
    first, second = river.drafts()
    # Only at the higher level people are asked to leave.
    said = "Nơi trú: Trường tiểu học Mũi Né 2."
    assert [said in each.wordings[0].text for each in (first, second)] == [False, True]
    assert (first.status, second.status, second.purpose) == (AlertStatus.DISCARDED, AlertStatus.DRAFT, Purpose.WARNING)
    assert river.follow(3.0, 2.0) == []
    assert events(console, "alert.water_fell") == 1


def test_an_alert_in_force_is_updated_by_a_higher_level(console: Console, officer: FlaskClient) -> None:
    river = River(console, step_most="0,5")
    river.rule(officer)
    river.follow(3.7, 3.8, 3.9, 4.1, 4.2)
    (made,) = river.drafts()
    with console.context.uow() as unit:
        unit[Alerts].save(replace(made, status=AlertStatus.ACTIVE, version=made.version + 1))
        unit.commit()
    river.follow(5.6, 5.7)
    update = river.drafts()[-1]
    assert (update.purpose, update.updates_id) == (Purpose.UPDATE, made.id)


def test_readings_are_taken_once_in_any_order_and_each_has_its_verdict(console: Console, officer: FlaskClient) -> None:
    del officer
    river = River(console)
    at = console.clock.at
    batch = [
        ((at - timedelta(minutes=10)).isoformat(), 2.02),
        ((at - timedelta(minutes=30)).isoformat(), 2.0),
        ((at - timedelta(minutes=20)).isoformat(), 2.01),
        (at.isoformat(), 9.0),
        ((at + timedelta(hours=1)).isoformat(), 2.0),
        ((at - timedelta(days=8)).isoformat(), 2.0),
    ]
    first = river.send(*batch)
    assert [each["verdict"] for each in first.json["readings"]] == [
        *("good", "good", "good", "jump", "clock_ahead", "too_old")
    ]
    assert river.trouble() is GaugeTrouble.CLOCK
    again = river.send(*batch[:4], ((at - timedelta(minutes=10)).isoformat(), 3.0))
    assert [each["verdict"] for each in again.json["readings"]] == [*["duplicate"] * 4, "conflict"]
    late = river.send(((at - timedelta(minutes=25)).isoformat(), 2.0))
    assert late.json["readings"][0]["verdict"] == "late"
    with console.context.uow() as unit:
        assert len(unit[GaugeReadings].since(river.id, at - timedelta(days=1), 99)) == 5


@pytest.mark.parametrize(
    "body",
    [
        {"readings": []},
        {"readings": [{"at": "2026-11-24T02:00:00", "value": 1}]},
        {"readings": [{"at": "2026-11-24T02:00:00Z", "value": "NaN"}]},
        {"readings": [{"at": "2026-11-24T02:00:00Z", "value": 1, "unit": "m"}]},
        {"readings": [{"at": "2026-11-24T02:00:00Z", "value": 1}] * 501},
    ],
)
def test_what_is_no_reading_is_refused(console: Console, body: object) -> None:
    river = River(console)
    headers = {"Authorization": f"Bearer {river.secret}"}
    answer = console.app.test_client().post("/api/v1/gauges/readings", json=body, headers=headers)
    assert answer.status_code == 422
    wrong = console.app.test_client().post("/api/v1/gauges/readings", json=body, headers={"Authorization": "Bearer x"})
    assert wrong.status_code in {401, 422}
    assert river.send((console.clock.at.isoformat(), 2.0), secret="x").status_code == 401


def test_a_gauge_gone_mad_is_told_to_wait(console: Console) -> None:
    river = River(console)
    at = console.clock.at
    for start in range(0, 3000, 500):
        batch = [((at - timedelta(seconds=start + n)).isoformat(), 2.0) for n in range(500)]
        assert river.send(*batch).status_code == 200
    refused = river.send((at.isoformat(), 2.0))
    assert refused.status_code == 429
    console.clock.pass_by(seconds=int(refused.headers["Retry-After"]))
    assert river.send((console.clock.at.isoformat(), 2.0)).status_code == 200


def test_a_silent_gauge_is_a_ticket_for_technicians_that_ends_with_the_silence(
    console: Console, officer: FlaskClient
) -> None:
    river = River(console)
    told, watch = follower(console), GaugeWatch(console.context)
    river.follow(2.0, 2.01, 2.0)
    assert watch.step() == 0
    console.clock.pass_by(minutes=41)
    assert watch.step() == 1
    told.step()
    assert ("u-technician", 0) in called(console, NotificationKind.TICKET)
    assert not called(console, NotificationKind.DRAFT)
    with console.context.uow() as unit:
        ticket = unit[TicketRecords].get(TicketId(unit[GaugeStates].of(river.id).ticket_id))
    assert ticket.text == "Trạm đo Sông Lũy: không gửi số đo"
    assert "Trạm đo Sông Lũy" in console.client("technician").get(f"/tickets/{ticket.id}").text
    assert "Không gửi số đo" in officer.get(f"/gauges/{river.id}").text
    river.follow(2.01)
    with console.context.uow() as unit:
        assert unit[TicketRecords].get(ticket.id).over_at == console.clock.at
    console.clock.pass_by(minutes=41)
    watch.step()
    with console.context.uow() as unit:
        assert unit[TicketRecords].get(ticket.id).over_at is None


def test_a_gauge_that_jumps_is_trusted_again_by_a_technician(console: Console, officer: FlaskClient) -> None:
    river = River(console)
    river.rule(officer)
    assert river.follow(2.0, 2.01, 2.0, *[9.0] * 4) == []
    assert river.trouble() is GaugeTrouble.JUMPING
    technician = console.client("technician")
    assert "Tin dùng lại" in technician.get(f"/gauges/{river.id}").text
    assert post(technician, f"/gauges/{river.id}/trust", {"version": "1"}).status_code == 302
    assert river.trouble() is None


def test_old_readings_are_deleted_and_a_retired_gauge_is_refused(console: Console, officer: FlaskClient) -> None:
    river = River(console)
    river.rule(officer)
    river.follow(2.0, 2.01)
    technician = console.client("technician")
    refused = post(technician, f"/gauges/{river.id}/retire", {"version": "1"})
    assert refused.status_code == 422
    assert "Lũ sông Lũy" in refused.text
    (rule_id,) = re.findall(r"/gauges/rules/([0-9a-z]{26})", officer.get("/gauges").text)[:1]
    off = {**RULE, "gauge-1": river.id, "version": "1"}
    off.pop("is_on")
    assert post(officer, f"/gauges/rules/{rule_id}", off).status_code == 302
    console.clock.pass_by(minutes=41)
    GaugeWatch(console.context).step()
    assert river.trouble() is GaugeTrouble.SILENT
    assert post(technician, f"/gauges/{river.id}/retire", {"version": "1"}).status_code == 302
    assert river.trouble() is None
    assert river.send((console.clock.at.isoformat(), 2.0)).status_code == 401
    assert "Sông Lũy" not in officer.get("/gauges").text
    console.clock.pass_by(days=91)
    GaugeWatch(console.context).step()
    with console.context.uow() as unit:
        assert not unit[GaugeReadings].since(river.id, console.clock.at - timedelta(days=99), 9)


def test_what_was_typed_wrong_is_told_at_its_field_and_nothing_is_lost(console: Console, officer: FlaskClient) -> None:
    technician = console.client("technician")
    wrong = {**FORM, "areas": [], "point": "abc", "most": "-1", "unit": "mm/h", "step_most": "x", "interval": "0"}
    answer = post(technician, "/gauges/new", wrong)
    assert answer.status_code == 422
    assert 'value="Sông Lũy"' in answer.text
    fixed = post(technician, "/gauges/new", {**wrong, "point": "", "step_most": "0"})
    assert fixed.text.count('class="error"') >= 4
    river = River(console)
    other = River(console, name="Mưa Lũy", kind="rain", unit="mm/h", areas=[COMMUNE_2])
    bad = {**RULE, "name": "", "gauge-1": river.id, "limit-1-2": "3", "gauge-2": other.id, "limit-2-1": "99"}
    refused = post(officer, "/gauges/rules/new", {**bad, "agree_least": "3", "within": "0", "hold": "-1"})
    assert refused.status_code == 422
    assert refused.text.count('class="error"') >= 5
    assert post(officer, "/gauges/rules/new", {**RULE, "hysteresis": "x", "limit-1-1": "y"}).status_code == 422
    assert post(technician, "/gauges/rules/new", {**RULE, "gauge-1": river.id}).status_code == 403


def test_a_gauge_is_changed_by_whoever_saw_it_and_gets_another_secret(console: Console, officer: FlaskClient) -> None:
    del officer
    river = River(console)
    technician = console.client("technician")
    page = technician.get(f"/gauges/{river.id}/edit").text
    assert 'value="10,94000; 108,28000"' not in page
    assert "10.94000; 108.28000" in page
    changed = {**FORM, "most": "14", "version": "1"}
    assert post(technician, f"/gauges/{river.id}/edit", changed).status_code == 302
    conflict = post(technician, f"/gauges/{river.id}/edit", {**changed, "most": "15"})
    assert conflict.status_code == 409
    assert 'value="15"' in conflict.text
    renewed = post(technician, f"/gauges/{river.id}/secret", {"version": "2"})
    secret = re.findall(r"loagauge_[\w-]+", renewed.text)[0]
    assert river.send((console.clock.at.isoformat(), 2.0)).status_code == 401
    assert river.send((console.clock.at.isoformat(), 2.0), secret=secret).status_code == 200


def test_other_systems_read_the_gauges_with_a_token(console: Console) -> None:
    river = River(console)
    river.follow(2.0)
    found = console.app.test_client().get("/api/v1/gauges", headers=console.bearer("officer")).get_json()["items"]
    assert [(each["name"], each["last_value"], each["trouble"]) for each in found] == [("Sông Lũy", 2.0, None)]
    assert "secret_hash" not in found[0]


def test_where_no_draft_can_be_made_people_are_told_all_the_same(
    console: Console, officer: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise InvalidError([Problem("headline", "TOO_LONG")])

    monkeypatch.setattr("cms.gauges.service.drafts.add_draft", refuse)
    river = River(console)
    river.rule(officer)
    assert river.follow(3.7, 3.8, 3.9, 4.1, 4.2) == [1]
    assert not river.drafts()
    follower(console).step()
    assert "u-officer" in {user for user, _ in called(console, NotificationKind.UNDRAFTED)}
    assert "Không soạn được bản nháp" in officer.get(f"/gauges/{river.id}").text


def test_a_rule_is_changed_by_whoever_saw_it(console: Console, officer: FlaskClient) -> None:
    rule = gauges.ruled(console)
    page = officer.get(f"/gauges/rules/{rule.id}").text
    assert 'name="limit-1-3" value="6"' in page
    changed = {**RULE, "gauge-1": rule.limits[0].gauge_id, "version": "1"}
    assert post(officer, f"/gauges/rules/{rule.id}", changed).status_code == 302
    conflict = post(officer, f"/gauges/rules/{rule.id}", {**changed, "name": "Khác"})
    assert (conflict.status_code, 'value="Khác"' in conflict.text) == (409, True)
    assert (
        f'value="{rule.limits[0].gauge_id}" selected'
        in officer.get(f"/gauges/rules/new?gauge={rule.limits[0].gauge_id}").text
    )
