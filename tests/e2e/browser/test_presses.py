"""Jobs of an approver, a commune, a technician and a station, from the first page on, in few presses."""

from __future__ import annotations

import re
from dataclasses import replace

from playwright.sync_api import Page, ViewportSize, expect

from broadcast.bulletins.model import BulletinStatus
from cms.accounts.model import User
from cms.accounts.repository import People
from cms.fleet.repository.devices import Devices
from cms.tickets.queries import of_device
from cms.tickets.repository import TicketRecords
from devices.model import DeviceId
from devices.tickets.model import TicketState
from province.areas import Point
from province.people import Grant, Role, UserId
from tests.builders import inbox, stations, tickets
from tests.console import COMMUNE_2, FAR_COMMUNE, Console, cheap_hash, device
from tests.e2e.browser.conftest import MeasureJob, Visitor
from tests.e2e.browser.presses import table
from tests.e2e.browser.served_console import ServedConsole, wall_at
from tests.e2e.browser.waiting import until

TELEPHONE = ViewportSize(width=360, height=740)
POLE = DeviceId("presses-pole")


def test_an_approver_and_a_commune_answer_what_waits_in_few_presses(
    served: ServedConsole, visitor: Visitor, job: MeasureJob
) -> None:
    waiting = served.submitted(days=8, hour=15, title="Duyệt trong ba lần bấm")
    page = _home(visitor, "approver")
    with job("hear and approve what waits") as press:
        press(page.locator("#tasks").get_by_role("link", name=waiting.title))
        until(page, "document.querySelector('audio').readyState > 2")
        press.play(page.locator("audio").first)
        until(page, "document.querySelector('audio').currentTime > 0.1")
        press(page.get_by_role("button", name="Duyệt cho phát"))
        expect(page.get_by_text(f"Đã duyệt “{waiting.title}”.")).to_be_visible()
    assert served.bulletin(waiting.id).status is BulletinStatus.APPROVED

    handed_down = inbox.hand_down(served.console, title="Tin nhận trong ba lần bấm")
    page = _home(visitor, "operator")
    with job("accept what was handed down, at another time") as press:
        press(page.locator("#tasks").get_by_role("link", name=handed_down.title))
        press(page.get_by_label("Ngày phát"))
        press.key(page, "ControlOrMeta+A")
        press.write(page, f"{wall_at(9, 8):%d/%m/%Y}")
        press.key(page, "Tab")
        press.key(page, "ControlOrMeta+A")
        press.write(page, "09:00")
        press(page.get_by_role("button", name="Nhận và phát theo giờ này"))
        expect(page.get_by_text("Đã nhận. Bản tin được phát theo giờ bạn chọn.")).to_be_visible()


def test_a_technician_closes_and_corrects_in_few_presses(
    served: ServedConsole, visitor: Visitor, job: MeasureJob
) -> None:
    console = served.console
    pole = replace(device(1, COMMUNE_2, Point(10.95, 108.22)), id=POLE, serial=POLE, name="Cụm loa đầu cầu")
    with console.context.uow() as unit:
        unit[Devices].add(pole)
        unit.commit()
    _healed(console)
    page = _home(visitor, "technician")
    with job("close all tickets whose faults are gone") as press:
        press(page.get_by_role("link", name="Thiết bị", exact=True).first)
        press(page.locator("nav .tabs").get_by_role("link", name="Phiếu việc", exact=True))
        press(page.get_by_role("button", name=re.compile("Đóng tất cả")))
        expect(page.get_by_text(re.compile("Đã đóng .* phiếu"))).to_be_visible()
    with console.context.uow.reading() as unit:
        assert {each.state for each in of_device(unit.session, POLE, 9)} <= {TicketState.DONE, TicketState.DROPPED}

    page.goto(served.url)
    with job("correct the position of a device") as press:
        press(page.get_by_role("link", name="Thiết bị", exact=True).first)
        press(page.get_by_role("link", name=pole.name).first)
        press(page.get_by_role("link", name="Danh tính và chứng thư"))
        press(page.get_by_text("Sửa tên và vị trí"))
        press(page.get_by_label("Vĩ độ"))
        press.key(page, "ControlOrMeta+A")
        press.write(page, "10.96100")
        press.key(page, "Tab")
        press.key(page, "ControlOrMeta+A")
        press.write(page, "108.23100")
        press(page.get_by_role("button", name="Lưu tên và vị trí"))
        expect(page.get_by_text("Đã lưu tên và vị trí.")).to_be_visible()
    with console.context.uow() as unit:
        stored = unit[Devices].get(POLE)
        assert stored.point == Point(10.961, 108.231)
        unit[Devices].save(replace(stored, retired_at=console.clock()))
        unit.commit()


def test_a_station_plays_its_order_in_few_presses(served: ServedConsole, visitor: Visitor, job: MeasureJob) -> None:
    console, login = served.console, "far-station"
    user = User(UserId("u-far-station"), login, "Đài xa", cheap_hash(), console.clock())
    with console.context.uow() as unit:
        unit[People].add(replace(user, grants=(Grant(Role.STATION, FAR_COMMUNE),)))
        unit.commit()
    station = stations.registered(console, area_id=FAR_COMMUNE, name="Đài Liên Hương")
    starts = f"{wall_at(10, 1):%Y-%m-%dT%H:%M}"
    stations.programme(console, "Điểm tin buổi sáng", starts=starts, areas=(station.area_id,))
    page = _home(visitor, login)
    with job("find and play a programme of tomorrow's running order, as a station") as press:
        press(page.locator(".nav").get_by_role("link", name="Đài", exact=True))
        press(page.get_by_role("link", name=f"{wall_at(10, 1):%d/%m/%Y}").first)
        press(page.get_by_role("link", name="Nghe Điểm tin buổi sáng"))
        until(page, "document.querySelector('#player audio').currentTime > 0.1")


def test_no_documented_job_takes_more_presses_than_it_may() -> None:
    assert len(table()) == 10
    assert [name for name, row in table().items() if row.presses > row.most] == []


def _home(visitor: Visitor, login: str) -> Page:
    tab = visitor(login, size=TELEPHONE if login == "far-station" else ViewportSize(width=1280, height=800))
    tab.go("/")
    return tab.page


def _healed(console: Console) -> None:
    """Have a ticket of the pole, whose cause is gone."""
    found = tickets.ticket(console, device_id=POLE)
    with console.context.uow() as unit:
        tickets.mark_over(unit, unit[TicketRecords].get(found.id), console.clock())
        unit.commit()
