"""Overview of the whole fleet."""

from __future__ import annotations

from datetime import timedelta

from cms.fleet.repository.devices import Devices
from devices.model import DeviceStatus
from tests.builders.telemetry import LOA, record, tell
from tests.console import COMMUNE, COMMUNE_2, Console


def month(console: Console, area: str, on: str, service_ms: int, online_ms: int, *, grain: str = "m") -> None:
    with console.context.engine.begin() as connection:
        connection.exec_driver_sql(
            'INSERT INTO report_fleet (grain, "on", area_id, kind, devices, service_ms, online_ms)'
            " VALUES (?, ?, ?, 'cluster', 0, ?, ?)",
            (grain, on, area, service_ms, online_ms),
        )


def test_places_stand_by_their_last_month_the_worst_first(console: Console) -> None:
    month(console, COMMUNE, "2026-10-01", 1_000, 1_000)
    month(console, COMMUNE, "2026-11-01", 1_000, 500)
    month(console, COMMUNE_2, "2026-11-01", 1_000, 995)
    month(console, COMMUNE_2, "2026-11-02", 1_000, 0, grain="d")
    month(console, COMMUNE_2, "2025-11-01", 1_000, 0)
    page = console.client("technician").get("/fleet").text
    assert page.index("Mũi Né") < page.index("Hàm Tiến")
    for share in ("100,0", "50,0", "99,5"):
        assert f"{share}&nbsp;%" in page
    assert ">0,0&nbsp;%" not in page


def test_the_worst_devices_and_what_runs_are_told_and_what_was_refused(console: Console) -> None:
    now = console.context.now()
    with console.context.uow() as uow:
        away = DeviceStatus(LOA, online=False, conn=1, seen_at=now - timedelta(days=9), firmware="loa-0.9")
        uow[Devices].report(away)
        uow.commit()
    tell(console.context, record(now, reconn_24h=37))
    page = console.client("technician").get("/fleet").text
    assert page.count(f"/devices/{LOA}") == 2
    for words in ("09:00 15/11/2026", ">37<", "loa-0.9", "100,0&nbsp;%", "Đã lưu"):
        assert words in page


def test_of_other_places_nobody_is_told(console: Console) -> None:
    month(console, COMMUNE, "2026-11-01", 1_000, 500)
    tell(console.context, record(console.context.now(), reconn_24h=37))
    page = console.client("far-operator").get("/fleet").text
    assert "Mũi Né" not in page
    assert LOA not in page
