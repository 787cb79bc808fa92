"""A technician's day on a telephone: notice, ticket taken, at the pole with a bad link, test, photograph, done."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from playwright.sync_api import FilePayload, Locator, Page, Route, ViewportSize, expect

from cms.alerts.messages.alerts import AlertMessages
from cms.audit.queries import events_of
from cms.commands.messages import CommandPublisher
from cms.fleet.inbound.handler import InboundHandler
from cms.fleet.repository.devices import Devices
from cms.health.service.ticket_dispatcher import Dispatcher
from cms.platform.gateway.messages import MessageBuilder
from cms.platform.gateway.uplink import Uplink
from cms.tickets.queries import of_device
from cms.tickets.repository import TicketRecords
from cms.tickets.service.steps import TOLD
from devices.boards.drawing import drawn, png
from devices.model import DeviceId
from devices.mqtt.link import Incoming
from devices.protocol.boards import USUAL
from devices.protocol.claims import label_text
from devices.tickets.model import Check, Ticket, TicketState, TicketStep
from province.areas import Point
from tests.builders import faults, telemetry, tickets
from tests.console import COMMUNE_2, Console, device
from tests.e2e.browser.axe import shut_out
from tests.e2e.browser.conftest import Picture, Visitor
from tests.e2e.browser.served_console import ServedConsole
from tests.fakes.recording_link import RecordingLink
from tests.unit.firmware import signing
from tests.unit.firmware.device_harness import DEVICE, DeviceHarness

TELEPHONE = ViewportSize(width=360, height=740)
PICTURE_PX = 960
SERIAL = "vtb-0917"
CODE = "ABCD-EFGH-JKMN-PQRS"
AT_THE_POLE = Point(10.951, 108.221)
READS_THE_LABEL = f"""window.BarcodeDetector = class {{
  async detect() {{ return [{{ rawValue: "{label_text(SERIAL, CODE)}" }}]; }}
}};"""
"""Stands in for the detector of telephones' browsers; a desktop's browser has none."""
KNOWN = ("ERR_INTERNET_DISCONNECTED", "ERR_FAILED", "409 (CONFLICT)", "htmx:sendError")
"""Errors that the browser's console may show: no link, the lost answer, the refusal, a poll without a link."""


@dataclass
class LinkedDevice:
    """Device at a pole with its gateway: messages of each are carried to the other."""

    console: Console
    harness: DeviceHarness

    def __post_init__(self) -> None:
        context, self.link = self.console.context, RecordingLink()
        self.desk = CommandPublisher(context, self.link)
        letters = MessageBuilder(context.keyring, context.settings.effective_public_url)
        self.hears = Uplink(context, InboundHandler(context, letters, AlertMessages(context.keyring)))
        self._sent = self._said = 0

    def carry(self) -> None:
        """Carry messages both ways for ten rounds of a second, until both are done."""
        for _ in range(10):
            self.desk.step()
            sent, self._sent = self.link.published[self._sent :], len(self.link.published)
            for letter in sent:
                if f"/{DEVICE}/" in letter.topic:
                    self.harness.deliver(letter.topic, letter.payload)
            self.harness.run(1_000)
            said, self._said = self.harness.published[self._said :], len(self.harness.published)
            for each in said:
                for answer in self.hears.store([Incoming(each.topic, each.body, each.retain, each.qos, 1, 1)]):
                    self.link.publish(
                        answer.topic,
                        answer.payload,
                        qos=answer.qos,
                        retain=answer.retain,
                        expiry_s=answer.expiry_s,
                    )


@pytest.fixture
def box(served: ServedConsole, monkeypatch: pytest.MonkeyPatch) -> Iterator[LinkedDevice]:
    """A new connected device of the fleet; out of service again afterwards."""
    console = served.console
    keyring = console.context.keyring
    monkeypatch.setattr(signing, "ROOT_X", keyring.root_x)
    monkeypatch.setattr(signing, "keyset", lambda: keyring.keyset_jws)
    stood = replace(device(1, COMMUNE_2, AT_THE_POLE), id=DeviceId(DEVICE), serial=SERIAL, name="Cụm loa bến cá")
    with console.context.uow() as unit:
        unit[Devices].add(stood)
        unit.commit()
    made = LinkedDevice(console, DeviceHarness(now=int(console.clock().timestamp() * 1000)))
    made.harness.power_on()
    made.harness.connect()
    made.carry()
    yield made
    with console.context.uow() as unit:
        unit[Devices].save(replace(unit[Devices].get(stood.id), retired_at=console.clock()))
        unit.commit()


@dataclass(frozen=True)
class Day:
    """The technician's telephone; ``picture`` takes a screenshot for the documents."""

    page: Page
    take: Picture

    def is_well(self) -> None:
        assert self.page.evaluate("document.documentElement.scrollWidth") <= TELEPHONE["width"]
        assert shut_out(self.page) == []

    def shows(self, name: str, at: Locator | None = None) -> None:
        self.take(self.page, name, at, PICTURE_PX)

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    @property
    def waiting(self) -> Locator:
        return self.page.get_by_role("region", name="Chờ gửi")


def test_a_technicians_day(served: ServedConsole, box: LinkedDevice, visitor: Visitor, picture: Picture) -> None:
    console = served.console
    fault = faults.fault(console, device_id=DeviceId(DEVICE))
    Dispatcher(console.context.uow, console.clock, console.context.new_id).step()
    technician = visitor("technician", size=TELEPHONE, has_workers=True)
    technician.page.context.grant_permissions(["geolocation"])
    technician.page.context.set_geolocation({"latitude": 10.952, "longitude": 108.221})
    technician.page.add_init_script(READS_THE_LABEL)
    day = Day(technician.page, picture)
    technician.go("/")
    be_told(day)
    be_too_late(day, console)
    take(day)
    try_at_the_pole(day, box)
    work_without_a_link(day)
    come_back(day)
    read_charts(day, console)
    open_by_the_label(day)
    sign_out(day)
    assert [each for each in technician.complaints if not any(word in each for word in KNOWN)] == []
    faults.over(console, fault)
    assert written(console) == [
        (TicketStep.TAKE, None, ""),
        (TicketStep.CHECK, Check.LOOK, ""),
        (TicketStep.NOTE, None, "Chuột cắn dây, đã nối lại"),
        (TicketStep.FINISH, None, "Nối lại dây loa"),
    ]


def be_told(day: Day) -> None:
    """Find the ticket from the first page; in the sorted list the nearest comes first."""
    day.page.get_by_role("link", name="chưa ai nhận").click()
    day.press("Xếp theo gần tôi")
    row = day.page.get_by_role("region", name="Chưa ai nhận").get_by_role("listitem").first
    expect(row).to_contain_text("Cụm loa bến cá")
    expect(row).to_contain_text("110 m")
    day.is_well()
    day.shows("work")
    row.get_by_role("link").click()


def be_too_late(day: Day, console: Console) -> None:
    """Try to take a ticket that another person has taken: it stays theirs, and the reason shows until it was read."""
    ticket = of_box(console)
    taken = tickets.step(console, ticket, TicketStep.TAKE, by="admin")
    day.press("Nhận việc")
    expect(day.waiting).to_contain_text("Máy chủ không nhận: Phiếu đang ở tình trạng “Đang làm”")
    day.is_well()
    day.press("Bỏ")
    expect(day.waiting).to_be_hidden()
    tickets.step(console, taken, TicketStep.GIVE_BACK, by="admin")
    day.page.reload()


def take(day: Day) -> None:
    """Take the ticket; the first answer is lost on its way, and the telephone sends the same request again."""
    lose_first_answer(day.page)
    day.press("Nhận việc")
    expect(day.page.get_by_text("Technician có phiếu này")).to_be_visible()
    expect(day.waiting).to_be_hidden()
    day.is_well()


def try_at_the_pole(day: Day, box: LinkedDevice) -> None:
    """Open the ticket by the device's label, scanned or typed, and test the device, which answers itself."""
    page, ticket = day.page, day.page.url
    page.get_by_role("link", name="Phiếu việc").first.click()
    page.get_by_text("Đang đứng trước máy").click()
    day.press("Quét nhãn")
    page.wait_for_url(ticket)
    page.get_by_role("link", name="Phiếu việc").first.click()
    page.get_by_text("Đang đứng trước máy").click()
    page.get_by_label("Số sê-ri hoặc mã thiết bị trên nhãn").fill(SERIAL.upper())
    day.press("Mở phiếu của máy")
    expect(page.get_by_role("heading", name="Đứt đường dây loa", level=1)).to_be_visible()
    day.press("Máy tự kiểm tra")
    answers = page.locator("#tests")
    expect(answers).to_contain_text("Chờ gửi")
    box.carry()
    expect(answers).to_contain_text("Xong")
    day.is_well()
    day.shows("ticket", answers)


def work_without_a_link(day: Day) -> None:
    """Work offline: every step is accepted, and waits in the telephone."""
    page, rows = day.page, day.page.locator("#queue li")
    page.context.set_offline(True)
    day.press("Đạt Nhìn")
    expect(rows).to_have_count(1)
    page.get_by_label("Ghi chú", exact=True).fill("Chuột cắn dây, đã nối lại")
    photo = FilePayload(name="day.png", mimeType="image/png", buffer=png(drawn(USUAL, None)))
    page.get_by_label("Ảnh", exact=True).set_input_files(photo)
    day.press("Ghi vào phiếu")
    expect(rows).to_have_count(2)
    page.get_by_label("Đã làm gì").fill("Nối lại dây loa")
    day.press("Xong việc")
    expect(rows).to_have_count(3)
    expect(day.waiting).to_contain_text("việc đã ghi nằm trong máy này")
    at_the_lower_edge(day)
    day.is_well()
    open_kept_pages(day)
    day.shows("offline", day.waiting)


def at_the_lower_edge(day: Day) -> None:
    """See what waits where the thumb is, above the menu, however far the page is scrolled."""
    for edge in ("0", "document.body.scrollHeight"):
        day.page.evaluate(f"window.scrollTo(0, {edge})")
        place, menu = day.waiting.bounding_box(), day.page.locator(".nav").bounding_box()
        assert place is not None
        assert menu is not None
        assert TELEPHONE["height"] / 2 < place["y"] < place["y"] + place["height"] <= menu["y"] + 1


def open_kept_pages(day: Day) -> None:
    """Reload, go to the list and to a page never seen, without a link: kept ones say from when they are."""
    page, ticket = day.page, day.page.url
    kept = page.locator("#kept-page")
    page.reload()
    expect(kept).to_contain_text("Không có mạng: trang này giữ từ lúc")
    expect(page.locator("#queue li")).to_have_count(3)
    page.goto("/devices/none")
    expect(kept).to_contain_text("Trang bạn cần chưa có trong máy này.")
    expect(page.get_by_role("heading", name="Phiếu việc", level=1)).to_be_visible()
    page.goto(ticket)
    expect(kept).to_be_visible()


def come_back(day: Day) -> None:
    """Go online: all steps are sent, in their order, once."""
    day.page.context.set_offline(False)
    expect(day.waiting).to_be_hidden()
    expect(day.page.locator("#standing")).to_contain_text("Đã xong")
    expect(day.page.get_by_role("img", name="Ảnh của Technician")).to_be_visible()
    day.is_well()


def read_charts(day: Day, console: Console) -> None:
    """Point at one chart of the device: each names its value of that moment, and the fault of then is told."""
    telemetry.tell_for(console.context, timedelta(hours=2), DeviceId(DEVICE))
    page = day.page
    page.goto(f"/devices/{DEVICE}")
    chart = page.locator("[data-figure=volume_pct] .u-over")
    place = chart.bounding_box()
    assert place is not None
    chart.hover(position={"x": place["width"] * 0.9, "y": place["height"] / 2})
    for name, value in (("volume_pct", "70 %"), ("vin", "23,6 V")):
        expect(page.locator(f"figure:has([data-figure={name}]) [data-value]")).to_have_text(value)
    expect(page.locator("#chart-now")).to_contain_text("Đứt đường dây loa")
    day.is_well()


def open_by_the_label(day: Day) -> None:
    """Open the claim with the telephone's own camera: the code of the label fills its field and leaves the address."""
    day.page.goto(f"/devices/claim#{label_text(SERIAL, CODE)}")
    expect(day.page.get_by_label("Số sê-ri")).to_have_value(SERIAL)
    expect(day.page.get_by_label("Mã nhận trên nhãn")).to_have_value(CODE)
    assert CODE not in day.page.url


def sign_out(day: Day) -> None:
    """Leave the telephone to another person: no page is kept in it any more."""
    kept = "(await caches.keys()).filter((name) => name.startsWith('loa-work')).length"
    assert day.page.evaluate(f"async () => {kept}") > 0
    day.press("Đăng xuất")
    expect(day.page.get_by_label("Tên đăng nhập")).to_be_visible()
    frame = "await new Promise(requestAnimationFrame)"
    assert (
        day.page.evaluate(f"async () => {{ for (let left = 600; left && {kept}; left -= 1) {frame}; return {kept}; }}")
        == 0
    )


def lose_first_answer(page: Page) -> None:
    """Let the server receive the first step, and lose its answer to the telephone."""
    turn = itertools.count()

    def lose(route: Route) -> None:
        if next(turn):
            route.continue_()
        else:
            route.fetch()
            route.abort()

    page.route("**/steps", lose)


def of_box(console: Console) -> Ticket:
    with console.context.uow() as unit:
        (ticket,) = of_device(unit.session, DeviceId(DEVICE), 9)
    return ticket


def written(console: Console) -> list[tuple[TicketStep, Check | None, str]]:
    """Return the technician's entries of the ticket, in the order in which the server received them."""
    ticket, who = of_box(console), console.actor("technician").user_id
    assert ticket.state is TicketState.DONE
    with console.context.uow() as unit:
        entries = {each.step: each for each in unit[TicketRecords].entries(ticket.id) if each.by == who}
        events = [each.name.removeprefix("ticket.") for each in events_of(unit.session, ticket.id) if each.by == who]
    steps = {name: step for step, name in TOLD.items()}
    found = [entries[steps[name]] for name in reversed(events) if name in steps]
    return [(each.step, each.check, each.text) for each in found]
