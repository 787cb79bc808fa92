"""Call list on an alert's page: people not warned, ticked off by telephone by several officers at once."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from broadcast.alerts.call_list import CallOutcome
from broadcast.alerts.model import Alert
from broadcast.alerts.orders import ReachState
from cms.alert_reports.jobs import AlertReportJob
from cms.alert_reports.repository import DeviceHearing, HearingPlaces
from cms.areas.repository import Places
from cms.call_lists import service
from cms.call_lists.repository import CallLog
from cms.fleet.repository.devices import Devices
from devices.health.sound_proof import SoundVerdict
from devices.model import DeviceStatus
from province.areas import AreaId
from province.contacts import Contact
from province.errors import ConflictError
from tests.builders import alerts
from tests.console import COMMUNE, COMMUNE_2, FAR_COMMUNE, Console, post
from tests.integration.web.alerts.test_alert_reports import ended, fetched, versions, worked

PEOPLE = {COMMUNE: 3_000, FAR_COMMUNE: 500}


@pytest.fixture
def sent(console: Console, officer: FlaskClient) -> Alert:
    """Alert in force in two communes, with known inhabitants and telephone numbers; three and one loudspeakers."""
    with console.context.uow() as uow:
        uow[HearingPlaces].set_inhabitants(PEOPLE)
        uow[Places].set_contacts(COMMUNE, (Contact("Bà Tư", "trưởng khu phố", "0252 3822 123"),))
        uow.commit()
    return alerts.active(console, officer, areas=(COMMUNE, FAR_COMMUNE))


def shown(client: FlaskClient, alert: Alert) -> str:
    return client.get(f"/alerts/{alert.id}/calls").text


def places(html: str) -> list[str]:
    return re.findall(r'id="calls-([\w-]+)"', html)


def figures(html: str) -> list[str]:
    return re.findall(r"<li[^>]*><b>([\d.]+)</b>", html)


def press(
    client: FlaskClient, alert: Alert, outcome: str, after: int, area: AreaId = COMMUNE, **more: Any
) -> TestResponse:
    return post(client, f"/alerts/{alert.id}/call-log", {"call": f"{outcome} {after} {area}"}, **more)


def test_people_not_reached_are_listed_with_the_numbers_to_call_until_their_loudspeaker_answers(
    console: Console, officer: FlaskClient, sent: Alert
) -> None:
    html = shown(officer, sent)
    assert places(html) == [COMMUNE, FAR_COMMUNE]
    assert figures(html) == ["0", "0", "3.500"]
    assert 'href="tel:02523822123"' in html
    assert "3.000 người" in html
    mark = re.search(r"calls\?mark=(\w+)", html)
    assert mark is not None
    console.clock.pass_by(seconds=25)
    now = console.clock()
    heard = {"started_at": now, "ended_at": now, "sound": SoundVerdict.HEARD}
    alerts.report(console, sent, 0, ReachState.DONE, **heard)
    alerts.report(console, sent, 1, ReachState.REFUSED, code="AMP_FAULT")
    alerts.report(console, sent, 2, ReachState.DONE, **heard | {"sound": SoundVerdict.NOT_HEARD})
    html = officer.get(f"/alerts/{sent.id}/calls?mark={mark.group(1)}").text
    assert figures(html) == ["1.000", "0", "2.500"]
    for said in ("2.000 người", "Từ chối phát: 1 (ampli hỏng)", "Phát nhưng không nghe được: 1", "trong 3 loa"):
        assert said in html, said
    mark = re.search(r"calls\?mark=(\w+)", html)
    assert mark is not None
    assert officer.get(f"/alerts/{sent.id}/calls?mark={mark.group(1)}").status_code == 204
    for device in (1, 2):
        alerts.report(console, sent, device, ReachState.DONE, **heard)
    html = shown(officer, sent)
    assert places(html) == [FAR_COMMUNE]
    assert figures(html) == ["3.000", "0", "500"]


def test_connected_loudspeakers_have_twenty_seconds_to_answer(
    console: Console, officer: FlaskClient, sent: Alert
) -> None:
    with console.context.uow() as uow:
        for each in uow[Devices].in_area(COMMUNE):
            uow[Devices].report(DeviceStatus(each.id, online=True, conn=1, seen_at=console.clock()))
        uow.commit()
    html = shown(officer, sent)
    assert places(html) == [FAR_COMMUNE]
    assert "Trong 20 giây nữa" in html
    console.clock.pass_by(seconds=20)
    assert places(shown(officer, sent)) == [COMMUNE, FAR_COMMUNE]


def test_a_loudspeaker_with_a_number_of_its_own_counts_those_people(
    console: Console, officer: FlaskClient, sent: Alert
) -> None:
    with console.context.uow() as uow:
        first = uow[Devices].in_area(COMMUNE)[0]
        uow[HearingPlaces].set_devices([DeviceHearing(first.id, None, 2_000)])
        uow.commit()
    assert figures(shown(officer, sent)) == ["0", "0", "3.500"]
    alerts.report(console, sent, 0, ReachState.DONE, started_at=console.clock(), sound=SoundVerdict.HEARD)
    assert figures(shown(officer, sent)) == ["2.000", "0", "1.500"]


def test_a_line_taken_by_one_officer_is_not_called_by_another(
    console: Console, officer: FlaskClient, second: FlaskClient, sent: Alert
) -> None:
    assert press(officer, sent, "taken", 0).headers["Location"] == f"/alerts/{sent.id}#call-list"
    assert "đang gọi" in shown(second, sent)
    late = press(second, sent, "taken", 0)
    assert late.status_code == 409
    assert "Người khác vừa ghi nhận ở nơi đó" in late.text
    part = press(second, sent, "told", 1, headers={"HX-Request": "true"})
    assert part.status_code == 200
    assert "Người khác vừa ghi nhận ở nơi đó" in part.text
    assert "<html" not in part.text
    console.clock.pass_by(seconds=181)
    assert "đã gọi, chưa ghi kết quả" in shown(second, sent)
    assert press(second, sent, "no_answer", 1).status_code == 302
    assert "không ai nghe máy" in shown(officer, sent)
    part = press(officer, sent, "told", 2, headers={"HX-Request": "true"})
    assert places(part.text) == [FAR_COMMUNE, COMMUNE]
    assert figures(part.text) == ["0", "3.000", "500"]
    assert press(officer, sent, "told", 3).status_code == 409
    assert press(officer, sent, "retry", 3).status_code == 302
    assert places(shown(officer, sent)) == [COMMUNE, FAR_COMMUNE]
    with console.context.uow() as uow:
        noted = uow[CallLog].of_order(sent.order_id or "")  # type: ignore[arg-type]
    assert [(each.number, each.outcome, each.by_name) for each in noted] == [
        (1, CallOutcome.TAKEN, "Officer"),
        (2, CallOutcome.NO_ANSWER, "Second"),
        (3, CallOutcome.TOLD, "Officer"),
        (4, CallOutcome.RETRY, "Officer"),
    ]


def test_of_two_entries_written_at_once_one_is_refused(
    console: Console, sent: Alert, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = console.context.call(console.actor("officer"))
    service.log_call(console.context.uow(), sent, COMMUNE, CallOutcome.TAKEN, after=0, call=call)
    monkeypatch.setattr(CallLog, "last", lambda *_: None)
    with pytest.raises(ConflictError):
        service.log_call(console.context.uow(), sent, COMMUNE, CallOutcome.TAKEN, after=0, call=call)


def test_only_who_keeps_the_numbers_of_a_place_notes_calls_to_it(
    console: Console, officer: FlaskClient, sent: Alert
) -> None:
    assert "Đã báo được" not in shown(console.client("auditor"), sent)
    assert "Đã báo được" in shown(console.client("operator"), sent)
    assert press(console.client("operator"), sent, "told", 0).status_code == 302
    assert press(console.client("operator"), sent, "told", 0, FAR_COMMUNE).status_code == 403
    assert press(officer, sent, "told", 0, AreaId("nowhere")).status_code == 404
    for wrong in ("sung 0 bt-mui-ne", "told x bt-mui-ne", "told 9999999 bt-mui-ne", ""):
        assert post(officer, f"/alerts/{sent.id}/call-log", {"call": wrong}).status_code == 400


def test_an_alert_that_was_called_off_or_not_sent_has_no_call_list(console: Console, officer: FlaskClient) -> None:
    waiting = alerts.submitted(console, officer)
    assert officer.get(f"/alerts/{waiting.id}/calls").text == ""
    assert press(officer, waiting, "told", 0).status_code == 404
    # An open page asks once more: the list goes from it without a complaint.
    over = officer.get(f"/alerts/{ended(console, officer).id}/calls")
    assert (over.status_code, over.text) == (200, "")


def test_the_page_fetches_the_list_and_without_a_script_a_link_shows_it_with_its_buttons(
    officer: FlaskClient, sent: Alert
) -> None:
    page = officer.get(f"/alerts/{sent.id}").text
    assert f'hx-get="/alerts/{sent.id}/calls" hx-trigger="load"' in page
    assert places(page) == []
    link = re.search(r'<a href="(/alerts/\w+\?calls=yes)#call-list">', page)
    assert link is not None
    page = officer.get(link.group(1)).text
    assert places(page) == [COMMUNE, FAR_COMMUNE]
    assert 'form="call-form"' in page
    assert 'id="call-form"' in page


def test_a_place_whose_mute_loudspeaker_hears_its_neighbours_stays_on_the_list_and_says_so(
    console: Console, officer: FlaskClient, sent: Alert
) -> None:
    before = figures(shown(officer, sent))
    assert "cụm bên cạnh" not in shown(officer, sent)
    now = console.clock()
    mute = {"started_at": now, "ended_at": now, "sound": SoundVerdict.NOT_HEARD}
    alerts.report(console, sent, 0, ReachState.DONE, **mute, neighbours_db=-41.4)
    alerts.report(console, sent, 1, ReachState.DONE, **mute, neighbours_db=0.0)
    alerts.report(console, sent, 2, ReachState.DONE, **mute)
    console.clock.pass_by(seconds=25)
    html = shown(officer, sent)
    assert places(html) == [COMMUNE, FAR_COMMUNE]
    assert figures(html) == before
    assert html.count("cụm bên cạnh") == 1
    assert "Nghe được từ cụm bên cạnh: 2 loa, mạnh nhất 0 dB. Vẫn cần gọi điện." in html
    page = officer.get(f"/alerts/{sent.id}?area={COMMUNE}").text
    assert "nghe được từ cụm bên cạnh, −41 dB" in page


def test_what_a_loudspeaker_that_warned_heard_is_no_matter_of_the_list(
    console: Console, officer: FlaskClient, sent: Alert
) -> None:
    now = console.clock()
    heard = {"started_at": now, "ended_at": now, "sound": SoundVerdict.HEARD}
    alerts.report(console, sent, 0, ReachState.DONE, **heard, neighbours_db=-41.4)
    console.clock.pass_by(seconds=25)
    assert COMMUNE in places(shown(officer, sent))
    assert "cụm bên cạnh" not in shown(officer, sent)


def test_without_numbers_of_inhabitants_loudspeakers_decide_the_order_and_nobody_is_counted(
    console: Console, officer: FlaskClient
) -> None:
    alert = alerts.active(console, officer, areas=(COMMUNE_2, COMMUNE, FAR_COMMUNE))
    html = shown(officer, alert)
    assert places(html)[0] == COMMUNE
    assert figures(html) == []
    assert "người" not in html.split("Cần gọi điện", 1)[1].split("Đã báo được", 1)[0]


def test_the_signed_report_names_every_call_and_a_late_one_makes_a_new_version(
    console: Console, officer: FlaskClient, sent: Alert
) -> None:
    press(officer, sent, "taken", 0)
    press(officer, sent, "told", 1)
    post(officer, f"/alerts/{sent.id}/cancel", {"cause": "mistake"})
    console.clock.pass_by(seconds=16)
    job = AlertReportJob(console.context)
    worked(console, job)
    body = json.loads(fetched(officer, sent, "json"))
    assert [(each["area"], each["outcome"], each["by_name"]) for each in body["calls"]] == [
        ("Mũi Né", "taken", "Officer"),
        ("Mũi Né", "told", "Officer"),
    ]
    call = console.context.call(console.actor("officer"))
    service.log_call(console.context.uow(), sent, FAR_COMMUNE, CallOutcome.TOLD, after=0, call=call)
    console.clock.pass_by(seconds=timedelta(minutes=2).total_seconds())
    worked(console, job)
    assert [each.version for each in versions(console, sent)] == [2, 1]
