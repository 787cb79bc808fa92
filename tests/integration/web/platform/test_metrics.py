"""Prometheus metrics, and access to them."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from cms.fleet.repository.devices import Devices
from cms.platform.store.heartbeats import BrokerState
from cms.platform.web import security
from cms.platform.web.request_context import EXTENSION
from devices.model import DeviceStatus
from tests.builders.heartbeats import beat
from tests.builders.telemetry import LOA, record, tell
from tests.console import Console


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


def test_what_the_handbook_names_is_there(console: Console) -> None:
    tell(console.context, record(console.context.now()))
    beat(console.context)
    details = {name for name, _labels in figures(console.app.test_client())}
    named = set(re.findall(r"\bloa_[a-z_]+\b", Path("docs/monitoring.md").read_text()))
    assert named == details | {"loa_devices_firmware"}


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
