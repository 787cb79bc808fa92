"""Number of queries per screen: the same for a province as for three communes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

import pytest
from flask.testing import FlaskClient

from broadcast.bulletins.deliveries import DeliveryState
from cms.areas.repository import Places
from province.areas import Area, AreaId, Point
from tests.builders import alerts, bulletins, faults, stations, template_sharing, tickets
from tests.console import COMMUNE, DISTRICT, PROVINCE, Console
from tests.databases import statements

AT_MOST: Final = 30
"""Most queries of any screen."""


@dataclass(frozen=True)
class BusyDay:
    """A province's day: bulletins planned, submitted and written, and an alert that waits. ``who`` reads the pages."""

    console: Console
    ids: dict[str, str]
    browsers: dict[str, FlaskClient]

    def asked(self, who: str, path: str) -> int:
        """Count the queries of one page, which has been shown once before; BEGIN is not counted."""
        if who not in self.browsers:
            self.browsers[who] = self.console.client(who)
        client = self.browsers[who]
        address = path.format(**self.ids)
        assert client.get(address).status_code == 200, address
        with statements(self.console.context.engine) as asked:
            client.get(address)
        return len([each for each in asked if not each.startswith("BEGIN")])


@pytest.fixture
def day(console: Console, officer: FlaskClient) -> BusyDay:
    daily, whole = "FREQ=DAILY", (PROVINCE,)
    aired = bulletins.on_the_way(console, "Tin chiều", starts="2026-11-24T17:00", areas=whole, rrule=daily)
    written = bulletins.write(console, "Tin tối", starts="2026-11-24T19:00", areas=whole, rrule=daily)
    waiting = bulletins.submit(console, bulletins.make_sound(console, written))
    first = bulletins.airings(console, aired)[0]
    bulletins.report(console, first, bulletins.devices(console)[0], DeliveryState.READY)
    alert = alerts.submitted(console, officer)
    template_sharing.write(console)
    station = stations.registered(console)
    stations.programme(console, starts="2026-11-24T21:00")
    stations.offered(console, station)
    ids = {
        "station": station.id,
        "aired": aired.id,
        "waiting": waiting.id,
        "occurrence": first.occurrence_id,
        "alert": alert.id,
        "incident": faults.incident(console).id,
        "ticket": tickets.of_fault(console).id,
    }
    return BusyDay(console, ids, {alerts.OFFICER: officer})


SCREENS: Final = (
    ("editor", "/"),
    ("editor", "/bulletins"),
    ("editor", "/bulletins/{aired}"),
    ("editor", "/bulletins/{aired}/delivery"),
    ("editor", "/bulletins/{aired}/move?schedule=1&on=2026-11-25&to=2026-11-25T19:00&scope=following"),
    ("editor", "/calendar?view=week"),
    ("editor", "/calendar/events?view=week"),
    ("editor", "/bulletins/{aired}/not-ready?occurrence={occurrence}"),
    ("editor", "/reports"),
    ("editor", f"/templates?area={COMMUNE}"),
    ("approver", "/approvals"),
    ("approver", "/bulletins/{waiting}/approval?ahead=1"),
    ("approver", "/bulletins/{waiting}/approval/ahead"),
    ("approver", f"/bulletins/{{waiting}}/approval/areas/{COMMUNE}"),
    ("approver", "/rules"),
    ("technician", "/faults"),
    ("technician", "/incidents/{incident}"),
    ("technician", "/duties"),
    ("technician", "/tickets"),
    ("technician", "/tickets/map/points"),
    ("technician", "/tickets/{ticket}"),
    ("editor", "/stations"),
    ("station", "/stations/{station}"),
    ("operator", "/shelf"),
    ("technician", "/devices/registrations"),
    ("technician", f"/devices/{COMMUNE}-l01/identity"),
    ("technician", "/devices"),
    ("technician", f"/devices/{COMMUNE}-l01"),
    ("technician", "/devices/map"),
    ("technician", "/fleet"),
    (alerts.OFFICER, "/alerts"),
    (alerts.OFFICER, "/alerts/{alert}"),
    (alerts.OFFICER, "/contacts"),
)


def _more_devices(console: Console) -> None:
    bulletins.more_devices(console, 50)


def _more_communes(console: Console) -> None:
    """Add communes with a device each, and plan everything there as well."""
    new = [AreaId(f"bt-moi-{number}") for number in range(12)]
    with console.context.uow() as uow:
        uow[Places].add(
            Area(area_id, f"Xã mới {area_id}", "ward", DISTRICT, date(2000, 1, 1), point=Point(10.95, 108.2))
            for area_id in new
        )
        uow.commit()
    for area_id in new:
        bulletins.more_devices(console, 1, area_id)
    bulletins.plan(console, *new)


def _more_tickets(console: Console) -> None:
    for number in range(8):
        tickets.ticket(console, text=f"Việc {number}")


def _more_templates(console: Console) -> None:
    for _ in range(10):
        template_sharing.write(console)


def _more_stations(console: Console) -> None:
    for number in range(8):
        station = stations.registered(console, name=f"Đài {number}")
        stations.programme(console, f"Tin {number}", starts=f"2026-12-{number + 1:02d}T15:30")
        stations.offered(console, station, f"Số {number}")


def test_no_screen_asks_more_often_when_the_province_is_larger(day: BusyDay) -> None:
    before = {path: day.asked(who, path) for who, path in SCREENS}
    for grow in (_more_devices, _more_communes, _more_templates, _more_stations, _more_tickets):
        grow(day.console)
    after = {path: day.asked(who, path) for who, path in SCREENS}
    assert {path: count for path, count in after.items() if count > before[path]} == {}
    assert {path: count for path, count in after.items() if count > AT_MOST} == {}
    assert min(before.values()) > 0
