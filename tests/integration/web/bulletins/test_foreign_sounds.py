"""Sound without a command: shown on Today."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from cms.exchange.queries.exchange import foreign_sounds
from cms.fleet.repository.devices import Devices
from devices.model import Device, DeviceKind
from province.events import Event
from tests.console import COMMUNE, COMMUNE_2, Console, device

HOUR = timedelta(hours=1)
BRIDGE = replace(device(7), kind=DeviceKind.BRIDGE, name="Bộ nối 7")
ELSEWHERE = replace(device(8, COMMUNE_2), kind=DeviceKind.BRIDGE, name="Bộ nối 8")


def tell(console: Console, who: Device, at: datetime, code: str, detail: str) -> None:
    """Record the device's security event as the gateway does."""
    details: dict[str, object] = {"code": code, "detail": detail}
    with console.context.uow() as uow:
        if who.id not in uow[Devices].get_many([who.id]):
            uow[Devices].add(who)
        uow.record(Event("device.security", who.id, at, who.id, who.name, details))
        uow.commit()


def test_what_goes_on_is_told_in_red_and_what_is_over_with_its_end(console: Console) -> None:
    client, now = console.client("editor"), console.clock.at
    assert "Có tiếng không do lệnh phát" not in client.get("/").text
    tell(console, BRIDGE, now - 2 * HOUR, "FOREIGN_OUTPUT", "since")
    page = client.get("/").text
    assert 'class="note bad" id="foreign-' in page
    assert "Bộ nối 7" in page
    assert "đầu ra phát tiếng khi không có lệnh" in page
    assert "còn tiếp diễn" in page
    tell(console, BRIDGE, now - HOUR, "FOREIGN_OUTPUT", "over after 5 ms")
    page = client.get("/").text
    assert 'class="note wait" id="foreign-' in page
    assert "đã hết lúc" in page


def test_the_last_time_of_each_counts_within_a_day_and_within_ones_areas(console: Console) -> None:
    now = console.clock.at
    tell(console, BRIDGE, now - 30 * HOUR, "FOREIGN_INPUT", "since")
    tell(console, BRIDGE, now - 20 * HOUR, "FOREIGN_INPUT", "over after 9 ms")
    tell(console, BRIDGE, now - 9 * HOUR, "FOREIGN_OUTPUT", "since")
    tell(console, BRIDGE, now - 8 * HOUR, "FOREIGN_OUTPUT", "over after 9 ms")
    tell(console, BRIDGE, now - 3 * HOUR, "FOREIGN_OUTPUT", "since")
    tell(console, BRIDGE, now - 3 * HOUR, "BAD_SIGNATURE", "FOREIGN_OUTPUT")
    tell(console, ELSEWHERE, now - HOUR, "FOREIGN_INPUT", "since")
    with console.context.uow() as uow:
        found = foreign_sounds(uow.session, [COMMUNE], now - 24 * HOUR)
        everywhere = foreign_sounds(uow.session, None, now - 24 * HOUR)
    assert [(each.code, each.since_at, each.over_at) for each in found] == [
        ("FOREIGN_OUTPUT", now - 3 * HOUR, None),
        ("FOREIGN_INPUT", now - 20 * HOUR, now - 20 * HOUR),
    ]
    assert [each.device_name for each in everywhere] == ["Bộ nối 8", "Bộ nối 7", "Bộ nối 7"]
