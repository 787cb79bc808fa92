"""Report of an alert: made when it ends, signed, and made again when a loudspeaker reports later."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from typing import Any

import pypdf
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from broadcast.alerts.miss_reasons import MissReason
from broadcast.alerts.model import Alert, OrderId
from broadcast.alerts.orders import ReachState
from cms.alert_reports.documents.signatures import signatures_of, table_of
from cms.alert_reports.jobs import AlertReportJob, MakeAlertReport
from cms.alert_reports.model import AlertReport, AlertReportState
from cms.alert_reports.queries.forecasts import forecast_of
from cms.alert_reports.repository import DeviceHearing, HearingPlaces, ReportVersions
from cms.alert_reports.tables import AlertReportRow
from cms.alerts.repository.orders import Orders
from cms.areas.repository import Places
from cms.audit.jobs import KID, public_key_of
from cms.audit.queries import events_of
from cms.fleet.repository.devices import Devices
from cms.officers.repository import OfficerKeys
from cms.platform.signer.officers import officers_in
from cms.platform.store.engine import reading
from cms.platform.store.kinds import JobKind
from cms.platform.worker.runner import Runner
from devices.health.kinds import FaultKind
from devices.health.sound_proof import SoundVerdict
from devices.model import DeviceStatus
from devices.protocol import jws
from devices.protocol.authorisation import SignaturePolicy
from province.wall_clock import local_date
from tests.builders import alerts, faults, signing_keys
from tests.console import COMMUNE, Console, post


def passed(console: Console, seconds: float) -> None:
    console.clock.pass_by(seconds=seconds)


def versions(console: Console, alert: Alert) -> list[AlertReport]:
    with console.context.uow() as unit:
        return list(unit[ReportVersions].of(alert.id))


def worked(console: Console, job: AlertReportJob) -> None:
    """Let the scheduler ask, a worker make what was asked for, and the scheduler sign it."""
    job.step()
    context = console.context
    officers = officers_in(context.settings.trust_dir)
    work = MakeAlertReport(context.engine, context.content, context.now, officers=officers)
    runner = Runner(context.uow, {JobKind.MAKE_ALERT_REPORT: work}, 20)
    with reading(context.engine) as session:
        waiting = session.scalars(select(AlertReportRow).where(AlertReportRow.state == AlertReportState.MAKING)).all()
    for each in waiting:
        runner.run(each.job_id)
    job.step()


def ended(console: Console, officer: FlaskClient, **more: Any) -> Alert:
    """Sound an alert on two of three loudspeakers, one of them unheard, and cancel it."""
    alert = alerts.active(console, officer, **more)
    at = console.clock()
    started = {"started_at": at + timedelta(milliseconds=900), "ended_at": at + timedelta(seconds=40)}
    alerts.report(console, alert, 0, ReachState.DONE, **started, mic_db=-12.5, amp_ma=900, sound=SoundVerdict.HEARD)
    mute = {"mic_db": -41.0, "neighbours_db": -41.5, "sound": SoundVerdict.NOT_HEARD}
    alerts.report(console, alert, 1, ReachState.DONE, **started, **mute)
    passed(console, 60)
    post(officer, f"/alerts/{alert.id}/cancel", {"cause": "mistake"})
    return alert


def fetched(client: FlaskClient, alert: Alert, form: str, version: int = 1) -> bytes:
    with client.get(f"/alerts/{alert.id}/reports/{version}/{form}") as answer:
        assert answer.status_code == 200
        return bytes(answer.data)


def content(client: FlaskClient, alert: Alert, version: int = 1) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(fetched(client, alert, "json", version))
    return found


def printed(client: FlaskClient, alert: Alert) -> str:
    """Return the text of the paper, without line breaks."""
    pages = pypdf.PdfReader(BytesIO(fetched(client, alert, "pdf"))).pages
    return "".join(page.extract_text() for page in pages).replace("\n", "")


def event_names(console: Console, alert: Alert) -> list[str]:
    with console.context.uow.reading() as unit:
        return [each.name for each in events_of(unit.session, alert.id)]


def test_a_signed_report_is_there_within_a_minute_of_the_end(console: Console, officer: FlaskClient) -> None:
    with console.context.uow() as unit:
        unit[HearingPlaces].set_inhabitants({COMMUNE: 1_000})
        unit.commit()
    alert = ended(console, officer)
    job = AlertReportJob(console.context)
    assert job.step() == 0
    assert "trong vòng một phút" in officer.get(f"/alerts/{alert.id}").text
    passed(console, 16)
    worked(console, job)
    (report,) = versions(console, alert)
    assert report.state is AlertReportState.READY
    found = content(officer, alert)
    figures = found["figures"]
    assert figures["devices_warned"] == 1
    assert figures["devices_missed"]["mute"] == 1
    assert figures["people"] == 1_000
    assert figures["people_warned"] + sum(figures["people_missed"].values()) == 1_000
    assert figures["delay_ms"] == {"p50": 900, "p95": 900, "p99": 900, "last": 900}
    (heard,) = (each for each in found["devices"] if each["sound"] == "heard")
    assert (heard["mic_db"], heard["amp_ma"], heard["missed"]) == (-12.5, 900, None)
    heard_others = [(each["missed"], each["neighbours_db"]) for each in found["devices"] if each["neighbours_db"]]
    assert heard_others == [("mute", -41.5)]
    acts = [each["event"] for each in found["events"]]
    assert acts.index("alert.submitted") < acts.index("alert.approved") < acts.index("alert.cancelled")
    assert "alert.reported" in event_names(console, alert)
    files = {form: fetched(officer, alert, form) for form in ("pdf", "json", "jws")}
    keys = {KID: jws.verifying_key(public_key_of(console.context.settings))}
    statement = json.loads(jws.open_signed(files["jws"], keys)[1])
    assert statement["alert_id"] == alert.id
    for form in ("pdf", "json"):
        assert statement[f"{form}_sha256"] == sha256(files[form]).hexdigest()
    paper = printed(officer, alert)
    assert "HỒ SƠ CẢNH BÁO" in paper
    assert "Phát nhưng không nghe được" in paper
    assert re.search(r"nghe được, −4[12] dB", paper)
    assert "vẫn tính là chưa được báo" in paper
    assert statement["json_sha256"] in paper
    assert job.step() == 0


def test_the_report_says_who_signed_with_which_key_and_whether_it_holds(
    console: Console, officer: FlaskClient, second: FlaskClient
) -> None:
    devices = signing_keys.two_officers(console, SignaturePolicy.REQUIRED)
    ready = alerts.drafted(console, officer)
    assert signing_keys.submit(console, officer, devices[alerts.OFFICER], ready).status_code == 302
    alert = alerts.stored(console, ready.id)
    assert signing_keys.decide(console, second, devices[alerts.SECOND], alert).status_code == 302
    post(officer, f"/alerts/{alert.id}/cancel", {"cause": "mistake"})
    job = AlertReportJob(console.context)
    passed(console, 16)
    worked(console, job)
    found = content(officer, alert)["signatures"]
    assert (found["kind"], found["refusal"]) == ("two_people", None)
    assert [(each["by_name"], each["is_verified"]) for each in found["given"]] == [("Officer", True), ("Second", True)]
    assert found["given"][0]["at"] <= found["given"][1]["at"]
    assert "đủ và đúng" in printed(officer, alert)
    # Later versions judge by the officers of their day, and the store alone makes nothing right.
    with console.context.uow() as unit:
        order = unit[Orders].get(alerts.stored(console, alert.id).order_id or OrderId(""))
        keys = {each.id: each for each in unit[OfficerKeys].all()}
    known = officers_in(console.context.settings.trust_dir).current()
    forged = signatures_of(replace(order, text="Về nhà đi."), known, {})
    assert forged is not None
    assert (forged["refusal"], {each["refusal"] for each in forged["given"]}) == ("order", {"statement"})
    assert {each["by_name"] for each in forged["given"]} == {None}
    assert "không đủ hoặc không đúng" in table_of(forged).title
    lost = signatures_of(order, None, keys)
    assert lost is not None
    assert [row[3] for row in table_of(lost).rows] == ["Khóa không còn trong danh sách"] * 2


def test_a_late_report_makes_a_new_version_that_says_what_changed(console: Console, officer: FlaskClient) -> None:
    alert, job = ended(console, officer), AlertReportJob(console.context)
    passed(console, 16)
    worked(console, job)
    alerts.report(console, alert, 2, ReachState.DONE, started_at=console.clock() - timedelta(seconds=70))
    passed(console, 61)
    worked(console, job)
    new, old = versions(console, alert)
    assert (new.version, new.changes, old.version) == (2, 1, 1)
    (change,) = content(officer, alert, 2)["changes"]["devices"]
    assert (change["before"], change["now"]) == ("unreachable", None)
    assert content(officer, alert, 1)["version"] == 1
    html = officer.get(f"/alerts/{alert.id}").text
    assert "1 loa khác với bản trước" in html
    passed(console, 61)
    assert job.step() == 0


def test_what_cannot_be_made_is_told(console: Console, officer: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def without_font(*_: object) -> bytes:
        raise FileNotFoundError

    monkeypatch.setattr("cms.alert_reports.jobs.document", without_font)
    alert = ended(console, officer)
    passed(console, 16)
    worked(console, AlertReportJob(console.context))
    (report,) = versions(console, alert)
    assert (report.state, report.error) == (AlertReportState.FAILED, "FONT_MISSING")
    assert "alert.report_failed" in event_names(console, alert)
    assert "Máy chủ thiếu phông chữ" in officer.get(f"/alerts/{alert.id}").text
    assert officer.get(f"/alerts/{alert.id}/reports/1/pdf").status_code == 404


def test_a_drill_is_compared_with_the_last_one(console: Console, officer: FlaskClient) -> None:
    job = AlertReportJob(console.context)
    first = ended(console, officer, kind="drill")
    passed(console, 16)
    worked(console, job)
    assert content(officer, first)["last_drill"] is None
    second = ended(console, officer, kind="drill")
    passed(console, 16)
    worked(console, job)
    found = content(officer, second)
    assert found["alert"]["kind"] == "drill"
    assert found["last_drill"]["alert_id"] == first.id
    assert "DIỄN TẬP" in printed(officer, second)


def test_the_forecast_before_the_approval_is_that_of_the_report(
    console: Console, officer: FlaskClient, second: FlaskClient
) -> None:
    """Two of three loudspeakers are connected, one of them mute; the shape leaves none of them out."""
    with console.context.uow() as unit:
        one, two, three = unit[Devices].in_area(COMMUNE)
        for device, is_online in ((one, True), (two, True), (three, False)):
            unit[Devices].report(DeviceStatus(device.id, is_online, 1, console.clock()))
        unit[HearingPlaces].set_inhabitants({COMMUNE: 3_001})
        unit[HearingPlaces].set_devices([DeviceHearing(one.id, 700, 1_001), DeviceHearing(three.id, None, None)])
        unit.commit()
    faults.fault(console, FaultKind.SPEAKER_OPEN, two.id)
    alert = alerts.submitted(console, officer, shape="10.932,108.284 1")
    with console.context.uow.reading() as unit:
        tree = unit[Places].tree()
        forecast = forecast_of(unit.session, alert.audience, tree, local_date(console.clock())).figures
        again = forecast_of(unit.session, alert.audience, tree, local_date(console.clock())).figures
    assert forecast == again
    assert (forecast.devices, forecast.warned, forecast.people, forecast.people_warned) == (3, 1, 3_001, 1_001)
    assert forecast.missed_devices == {MissReason.UNREACHABLE: 1, MissReason.MUTE: 1}
    assert f"/alerts/{alert.id}/forecast" in second.get(f"/alerts/{alert.id}").text
    html = second.get(f"/alerts/{alert.id}/forecast").text
    assert "Dự báo theo tình trạng loa hiện nay" in html
    assert re.search(r"1\.001</strong> / 3\.001", html)
    assert "Phát nhưng không nghe được: 1 · số người: 1.000" in html
    alerts.approve(console, second, alert)
    assert second.get(f"/alerts/{alert.id}/forecast").status_code == 404
    post(officer, f"/alerts/{alert.id}/cancel", {"cause": "mistake"})
    passed(console, 16)
    worked(console, AlertReportJob(console.context))
    told = content(officer, alert)["forecast"]
    assert told["devices_missed"] == forecast.missed_devices
    assert (told["people"], told["people_warned"]) == (forecast.people, forecast.people_warned)
    assert forecast.coverage is not None
    assert told["heard_share"] == pytest.approx(forecast.coverage.share, abs=0.001)


def test_the_public_reads_the_figures_where_the_policy_says_so(console: Console, officer: FlaskClient) -> None:
    live, drill = ended(console, officer), ended(console, officer, kind="drill")
    passed(console, 16)
    worked(console, AlertReportJob(console.context))
    public, paths = console.client(), [f"/cong-khai/canh-bao/{each.id}/ket-qua.json" for each in (live, drill)]
    assert [public.get(path).status_code for path in paths] == [404, 404]
    admin = console.client("admin")
    form = {"hours_max": "168", "all_clear_minutes": "60", "publishes_reports": "yes"}
    assert "Từ 50 đến 5000" in post(admin, "/alerts/policy", {**form, "hearing_m": "9"}).text
    assert post(admin, "/alerts/policy", {**form, "hearing_m": "500"}).status_code == 302
    assert [public.get(path).status_code for path in paths] == [200, 404]
    told = public.get(paths[0]).text
    assert json.loads(told)["figures"]["devices_warned"] == 1
    assert not {"events", "stops", "devices"} & json.loads(told).keys()
    assert "Officer" not in told
    assert "1 trên 3 loa" in public.get("/cong-khai/canh-bao/").text
