"""Prometheus metrics, and access to them."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from broadcast.alerts.model import AlertId
from broadcast.alerts.timing import AlertTiming
from cms.alerts.queries.timings import measured_event
from cms.alerts.repository.alerts import Alerts
from cms.alerts.repository.orders import Orders
from cms.fleet.repository.devices import Devices
from cms.platform.store.heartbeats import BrokerState
from cms.platform.web import request_times, security
from cms.platform.web.request_context import EXTENSION
from cms.platform.web.request_times import RequestTimes
from devices.model import DeviceStatus
from tests.builders import bulletins, faults, reports, tickets
from tests.builders.heartbeats import beat
from tests.builders.telemetry import LOA, record, tell
from tests.console import Console
from tests.fakes.warnings import alert, order

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse


def figures(client: FlaskClient) -> dict[tuple[str, tuple[str, ...]], float]:
    made = security.metrics_token(client.application.extensions[EXTENSION].settings.keys_dir)
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {made}"})
    assert answer.status_code == 200
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_the_house_is_told_in_figures(console: Console) -> None:
    with console.context.uow() as uow:
        status = DeviceStatus(LOA, online=True, conn=1, seen_at=console.context.now(), firmware="loa-sim-1")
        uow[Devices].report(status)
        uow.commit()
    tell(console.context, record(console.context.now(), mains=False, spk="short"))
    found = figures(console.app.test_client())
    assert found["loa_devices", ("true", "cluster")] == 1
    assert found["loa_devices", ("false", "cluster")] > 1
    assert found["loa_devices_firmware", ("loa-sim-1",)] == 1
    assert found["loa_telemetry_messages_total", ("stored",)] == 1
    assert (found["loa_devices_on_battery", ()], found["loa_devices_line_broken", ()]) == (1, 1)
    console.clock.pass_by(hours=1)
    assert figures(console.app.test_client())["loa_devices_heard", ()] == 0


def test_faults_incidents_tickets_and_airings_are_counted_and_none_is_a_zero(console: Console) -> None:
    before = figures(console.app.test_client())
    assert before["loa_faults_open", ("speaker_open",)] == before["loa_tickets_open", ("open",)] == 0
    assert before["loa_devices", ("true", "cluster")] == 0
    faults.duty(console)
    faults.incident(console)
    tickets.of_fault(console)
    of, by = reports.transmission(console), bulletins.devices(console)[0]
    ago = (timedelta(hours=1), timedelta(hours=30))
    reports.record(console, *(reports.as_run(console, of, by, console.clock() - each) for each in ago))
    found = figures(console.app.test_client())
    assert found["loa_faults_open", ("speaker_open",)] == found["loa_tickets_open", ("open",)] == 1
    assert found["loa_incidents_open", ("power",)] == found["loa_notices_waiting", ()] == 1
    assert (found["loa_airings_day", ("done",)], found["loa_airings_day", ("missed",)]) == (1, 0)


def test_what_the_handbook_names_is_there(console: Console) -> None:
    tell(console.context, record(console.context.now()))
    beat(console.context)
    details = {re.sub(r"_(bucket|sum|count)$", "", name) for name, _labels in figures(console.app.test_client())}
    named = set(re.findall(r"\bloa_[a-z_]+\b", Path("docs/monitoring.md").read_text()))
    assert named == details | {"loa_devices_firmware", "loa_alert_answered_ratio", "loa_http_request_seconds"}


def test_times_of_answers_are_told_as_histograms(console: Console) -> None:
    folder = request_times.folder_of(console.context.settings.run_dir)
    socket = SimpleNamespace(getsockname=lambda: "/run/urgent_web.sock")
    environ = {"PATH_INFO": "/alerts", "REQUEST_METHOD": "GET", "gunicorn.socket": socket}

    def app(_environ: object, start: StartResponse) -> list[bytes]:
        start("200 OK", [])
        return []

    timed = RequestTimes(app, folder)
    for _ in range(2):
        timed(environ, lambda *_: lambda _: None)
    found = figures(console.app.test_client())
    kind = ("urgent", "urgent_web", "2xx")
    assert found["loa_http_request_seconds_bucket", ("30.0", *kind)] == 2
    assert found["loa_http_request_seconds_count", kind] == 2


def test_alerts_are_told_as_histograms_and_against_the_objective(console: Console) -> None:
    for name, days, timing in (
        ("o1", 40, AlertTiming(100, 0, 90, 20, 900, 70_000)),
        ("o2", 2, AlertTiming(100, 100, 100, 20, 60, 700)),
        ("o3", 1, AlertTiming(100, 98, 99, None, 60, 1_100)),
    ):
        issued = order(name, issued_at=console.clock() - timedelta(days=days))
        with console.context.uow() as uow:
            uow[Alerts].add(alert(f"a-{name}"))
            uow[Orders].add(replace(issued, alert_id=AlertId(f"a-{name}")))
            uow.record(measured_event(issued, timing, issued.issued_at))
            uow.commit()
    found = figures(console.app.test_client())
    counts = [found["loa_alert_last_siren_seconds_bucket", ("live", most)] for most in ("0.5", "1.0", "60.0", "+Inf")]
    assert counts == [0, 1, 2, 3]
    assert found["loa_alert_first_siren_seconds_sum", ("live",)] == pytest.approx(1.02)
    assert found["loa_alert_sent_seconds_count", ("live",)] == 2
    assert found["loa_alert_sent_seconds_count", ("drill",)] == 0
    assert (found["loa_alerts_total", ("true", "live")], found["loa_alerts_total", ("false", "live")]) == (1, 2)
    assert found["loa_alert_answered_ratio", ("live",)] == 0.99
    assert found["loa_alert_error_budget_ratio", ()] == pytest.approx(-49)


@pytest.mark.parametrize(
    "headers", [{}, {"X-Forwarded-For": "127.0.0.1"}, {"Authorization": ""}, {"Authorization": "Bearer "}]
)
def test_no_proxy_opens_the_figures_to_whoever_has_no_token(console: Console, headers: dict[str, str]) -> None:
    """A request that names no client looks like a program on this machine."""
    figures(console.app.test_client())
    assert console.app.test_client().get("/metrics", headers=headers).status_code == 404


def test_the_token_made_here_is_readable_by_its_owner_alone_and_stays(console: Console) -> None:
    folder = console.context.settings.keys_dir
    made = security.metrics_token(folder)
    assert (folder / "metrics.token").stat().st_mode & 0o777 == 0o600
    assert security.metrics_token(folder) == made
    assert len(made) > 32


def test_with_a_token_whoever_has_it_reads_them_from_anywhere(console: Console) -> None:
    settings = console.context.settings.model_copy(update={"metrics_token": "bi-mat"})
    console.app.extensions[EXTENSION] = replace(console.context, settings=settings)
    client = console.app.test_client()
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer sai"}).status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer bi-mat"}).status_code == 200


def test_the_servers_own_processes_are_told_in_figures(console: Console) -> None:
    beat(console.context, broker=BrokerState(is_connected=True, reconnects=7, recent=3))
    console.clock.pass_by(seconds=9)
    found = figures(console.app.test_client())
    assert found["loa_process_heartbeat_age_seconds", ("gateway",)] == 9
    assert found["loa_loop_quiet_seconds", ("alerts", "gateway")] == 0.1
    assert found["loa_gateway_broker_reconnects_total", ()] == 7
    assert (found["loa_gateway_broker_connected", ()], found["loa_gateway_broker_flapping", ()]) == (1, 1)
    assert found["loa_jobs_oldest_seconds", ("true",)] == 0
    assert 0 < found["loa_disk_free_bytes", ()] < found["loa_disk_bytes", ()]
