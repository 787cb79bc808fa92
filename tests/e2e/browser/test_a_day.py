"""An official's day on the whole set: write, listen, correct, approve, move out of a clash, check the delivery."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from time import monotonic
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from bench.demo.run import heard_by_truth, lead_since, publish
from bench.recordings import measure
from broadcast.bulletins.model import BulletinId, Rendition
from cms.bulletins.repository.bulletins import Bulletins
from cms.platform.cli.api_client import ApiClient
from province.machine_clock import utc_now
from province.people import Role
from province.wall_clock import DEFAULT_ZONE
from tests.e2e.browser.conftest import Picture, SignIn, open_sign_ins
from tests.e2e.browser.hands import Hand, Keyboard, Mouse
from tests.e2e.browser.operations import CLUSTERS, Operations
from tests.e2e.browser.waiting import SETTLED, at_rest, found_anew, until

WIDE, NARROW = 1280, 360
ZONE = ZoneInfo(DEFAULT_ZONE)
OFFICIAL, APPROVER = "truyen-thanh", "phe-duyet"
TEXT = "Từ 7g30 sáng mai, đường QL1A qua xã ta sửa mặt đường. Mời bà con đi đường tránh."
OTHER_TEXT = "Trạm y tế tiêm chủng cho trẻ dưới hai tuổi."
WRONG, RIGHT = "quốc lộ một a", "quốc lộ số một"
# From saving the corrected bulletin to its approval takes less than writing it did.
LEAD_LEAST = timedelta(seconds=20)
MINUTE = timedelta(minutes=1)
AIR_MS = 120_000
"""From its start until it has ended, is reported and shown."""
# Of a recording of the loudspeaker and the sound it was given; the demo judges how near they are to one.
ALIKE = 0.8


@dataclass(frozen=True)
class InputMode:
    """One way to spend the day. Each has its own ``hour``, so that the days do not collide."""

    width: int
    hand: type[Hand]
    hour: int

    @property
    def size(self) -> ViewportSize:
        return ViewportSize(width=self.width, height=800)

    @property
    def can_drag(self) -> bool:
        """Return whether the airing is dragged; a telephone's screen shows less than a day, so it is pressed there."""
        return self.hand is Mouse and self.width > NARROW

    @property
    def title(self) -> str:
        return f"Sửa mặt đường QL1A, đợt {self.round}"

    @property
    def text(self) -> str:
        """Words of this mode alone: the loudspeakers' records tell what sounded by its sound."""
        return f"{TEXT} Đây là đợt {self.round}."

    @property
    def other_title(self) -> str:
        return f"Tiêm chủng cho trẻ, đợt {self.round}"

    @property
    def round(self) -> int:
        return self.hour // 3 - 1


# The dragged airings stand far from the timeline's edges: near them it scrolls under the pointer. A wide screen by
# keyboard has a test of its own (test_by_keyboard).
MODES = (InputMode(WIDE, Mouse, 15), InputMode(NARROW, Keyboard, 9), InputMode(NARROW, Mouse, 6))
PICTURES = {**dict.fromkeys(("write", "approval", "clash", "delivery", "today"), MODES[0]), "telephone": MODES[1]}
PICTURE_PX = 960


@dataclass(frozen=True)
class Day:
    """One person at one screen. ``monday`` is that of next week; ``picture`` takes a screenshot for the documents."""

    page: Page
    hand: Hand
    operations: Operations
    mode: InputMode
    monday: date
    picture: Picture

    def on(self, days: int) -> datetime:
        """Return the way's hour, so many days after the Monday."""
        return datetime.combine(self.monday + timedelta(days=days), time(self.mode.hour))

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def link(self, name: str) -> Locator:
        return self.page.get_by_role("link", name=name, exact=True)

    def shows(self, name: str, at: Locator | None = None) -> None:
        """Take a screenshot of the page, or from an element on, if the documents have one of this way."""
        if self.mode is PICTURES[name]:
            self.picture(self.page, name, at, PICTURE_PX)

    def is_at(self, heading: str) -> None:
        expect(self.page.get_by_role("heading", name=heading, level=1)).to_be_visible()

    def fits(self) -> None:
        assert self.page.evaluate("document.documentElement.scrollWidth") <= self.mode.width


@dataclass(frozen=True)
class Morning:
    """Two people's day up to the approval: ``sound`` airs at ``airs_at``."""

    day: Day
    second: Day
    sound: Rendition
    airs_at: datetime


@dataclass
class Mornings:
    """Each mode's morning, spent once: of all modes one after the other, so that one wait is for all their airings."""

    operations: Operations
    sign_in: SignIn
    picture: Picture
    spent: dict[InputMode, Morning] = field(default_factory=dict)

    def of(self, mode: InputMode) -> Morning:
        if mode not in self.spent:
            self.spent[mode] = self._spend(mode)
        return self.spent[mode]

    def _spend(self, mode: InputMode) -> Morning:
        began_s = monotonic()
        today = self.operations.context.now().astimezone(ZONE).date()
        monday = today + timedelta(days=7 - today.weekday())
        page, other = self.sign_in(OFFICIAL, size=mode.size), self.sign_in(APPROVER, size=mode.size)
        day = Day(page, mode.hand(page), self.operations, mode, monday, self.picture)
        second = Day(other, mode.hand(other), self.operations, mode, monday, self.picture)
        publish_other(day)
        write(day)
        hear(day)
        bulletin_id = BulletinId(page.url.rsplit("/", 1)[1])
        # However slow the machine is, the steps before the airing take less than those until now.
        lead = lead_since(began_s, LEAD_LEAST, timedelta.max)
        airs_at = correct(day, lambda: self._free_minute(lead))
        hear(day)
        submit(day)
        approve(second)
        drag_into_a_clash_and_out(day)
        return Morning(day, second, sounded(day, bulletin_id), airs_at)

    def _free_minute(self, lead: timedelta) -> datetime:
        """Return the first minute after the lead in which no other mode's bulletin airs."""
        soon = (utc_now() + lead + MINUTE).replace(second=0, microsecond=0)
        return max([soon, *(each.airs_at + MINUTE for each in self.spent.values())])


@pytest.fixture(scope="module")
def mornings(browser: Browser, operations: Operations, picture: Picture) -> Iterator[Mornings]:
    with open_sign_ins(browser, operations) as sign_in:
        yield Mornings(operations, sign_in, picture)


by_every_mode = pytest.mark.parametrize("mode", MODES, ids=lambda mode: f"{mode.width}-{mode.hand.__name__.lower()}")


@by_every_mode
def test_a_bulletin_is_written_heard_corrected_approved_and_moved_out_of_a_clash(
    mode: InputMode, mornings: Mornings
) -> None:
    mornings.of(mode)


@by_every_mode
def test_what_was_approved_is_heard_and_what_was_moved_arrives(mode: InputMode, mornings: Mornings) -> None:
    morning = mornings.of(mode)
    see_it_played(morning.day, morning.sound, morning.airs_at)
    approve_the_change(morning.second)
    see_the_change_arrive(morning.day)


def publish_other(day: Day) -> None:
    """Publish another person's bulletin at the time to which the airing will be dragged."""
    url, world = day.operations.url, day.operations.world
    editor = ApiClient(url, world.token_of(Role.PROVINCE_EDITOR))
    approver = ApiClient(url, world.token_of(Role.APPROVER))
    there = day.on(1).replace(tzinfo=ZONE)
    publish(editor, approver, world, title=day.mode.other_title, text=OTHER_TEXT, start_at=lambda: there)


def write(day: Day) -> None:
    hand, page, place = day.hand, day.page, day.operations.place()
    hand.press(page.locator(".head").get_by_role("link", name="Soạn bản tin mới"))
    hand.write(page.get_by_label("Tiêu đề", exact=True), day.mode.title)
    hand.write(page.get_by_label("Lời đọc", exact=True), day.mode.text)
    expect(page.locator("#spoken").get_by_role("region", name="Lời sẽ nói")).to_contain_text(
        f"bảy giờ ba mươi phút sáng mai, đường {WRONG}"
    )
    hand.write(page.get_by_label("Tìm địa bàn"), place)
    hand.tick(page.get_by_label(place, exact=True))
    expect(page.get_by_text("Đang chọn 1 xã, phường.")).to_be_visible()
    when(day, "Lịch phát 1", day.on(0))
    day.fits()
    hand.press(day.button("Lưu"))


def when(day: Day, group: str, at: datetime) -> None:
    schedule = day.page.get_by_role("group", name=group, exact=True)
    day.hand.date(schedule.get_by_label("Ngày phát"), at.date())
    day.hand.time(schedule.get_by_label("Lúc", exact=True), at.time())


def hear(day: Day) -> None:
    expect(day.page.get_by_role("heading", name="Nghe thử")).to_be_visible()
    player = day.page.locator("#sound audio")
    expect(player).to_be_visible()
    until(day.page, "document.querySelector('audio').readyState > 2")
    day.hand.play(player)
    until(day.page, "document.querySelector('audio').currentTime > 0.5")
    day.fits()


def correct(day: Day, soon: Callable[[], datetime]) -> datetime:
    """Correct the mispronounced word, set an airing soon as well, and return its time."""
    hand, page = day.hand, day.page
    hand.press(day.link("Sửa"))
    hand.press(day.link(WRONG))
    expect(page.get_by_label("Chữ viết", exact=True)).to_have_value("QL1A")
    hand.write(page.get_by_label("Đọc là", exact=True), RIGHT)
    hand.press(day.button("Đọc như vậy"))
    expect(page.locator("#spoken").get_by_role("region", name="Lời sẽ nói")).to_contain_text(RIGHT)
    day.shows("write")
    hand.press(day.button("Thêm lịch phát"))
    expect(page.get_by_role("group", name="Lịch phát 2", exact=True)).to_be_visible()
    airs_at = soon()
    when(day, "Lịch phát 2", airs_at.astimezone(ZONE).replace(tzinfo=None))
    day.fits()
    hand.press(day.button("Lưu"))
    return airs_at


def submit(day: Day) -> None:
    day.shows("telephone")
    day.hand.press(day.button("Gửi duyệt"))
    expect(day.page.get_by_text("Đã gửi duyệt.")).to_be_visible()


def sounded(day: Day, bulletin_id: BulletinId) -> Rendition:
    """Return the loudspeakers' rendition of the corrected bulletin."""
    with day.operations.context.uow() as unit:
        found = unit[Bulletins].get(bulletin_id).sound.rendition("device-opus")
    assert found is not None
    return found


def approve(day: Day) -> None:
    hand, page = day.hand, day.page
    hand.press(day.link("Chờ duyệt"))
    hand.press(day.link(day.mode.title))
    expect(page.get_by_text(f"1 nơi, {CLUSTERS} loa.")).to_be_visible()
    expect(page.get_by_role("region", name="Loa sẽ phát gì")).to_contain_text("phát đủ")
    expect(page.get_by_role("region", name="Lời máy nói")).to_contain_text(RIGHT)
    day.fits()
    day.shows("approval", page.get_by_role("region", name="Loa sẽ phát gì"))
    hand.press(day.button("Duyệt cho phát"))
    expect(page.get_by_text(f"Đã duyệt “{day.mode.title}”.")).to_be_visible()


def drag_into_a_clash_and_out(day: Day) -> None:
    hand, page = day.hand, day.page
    hand.press(day.link("Lịch phát"))
    day.is_at("Lịch phát")
    hand.choose(page.get_by_label("Địa bàn", exact=True), day.operations.place())
    hand.date(page.get_by_label("Ngày", exact=True), day.monday)
    hand.press(day.button("Xem"))
    expect(page.get_by_text(f"{day.operations.place()} · {day.monday:%d/%m/%Y}")).to_be_visible()
    hand.press(day.link("Cả tuần"))
    expect(day.link("Một ngày")).to_be_visible()
    airing = page.locator("#timeline").get_by_role("button", name=f"{day.mode.hour:02d}:00 {day.mode.title}")
    dialog = page.get_by_role("dialog")
    if day.mode.can_drag:
        other = page.locator("#timeline").get_by_role("button", name=f"{day.mode.hour:02d}:00 {day.mode.other_title}")
        drag(page, airing, other, day.mode.other_title)
    else:
        hand.press(airing)
        hand.moment(dialog.get_by_label("Phát lúc"), day.on(1))
        hand.press(dialog.get_by_role("button", name="Xem trước"))
    expect(dialog.get_by_text("Chưa phát được, vì 1 lý do")).to_be_visible()
    expect(dialog).to_contain_text(day.mode.other_title)
    day.fits()
    day.shows("clash")
    hand.press(dialog.get_by_role("button", name=re.compile("chỗ trống gần nhất")))
    expect(page.get_by_text("Đã gửi xin đổi giờ")).to_be_visible()


def drag(page: Page, airing: Locator, other: Locator, title: str) -> None:
    """Drag the airing sideways to the time of the other one, and let go once the page names its title."""
    airing.scroll_into_view_if_needed()
    until(page, SETTLED)
    # The calendar opens at the hour before the airing's, and within 24 pixels of its edge it scrolls under the pointer.
    airing.evaluate("(part) => { part.closest('.ec-main').scrollLeft -= 120; }")
    box, there = at_rest(page, airing), at_rest(page, other)
    # A week's airings move by half hours, a twelfth of a slot: in the middle of one no rounding can miss.
    half_hour_px = page.evaluate("document.querySelector('.ec-slot').getBoundingClientRect().width") / 12
    way_px = there["x"] - box["x"]
    x, y = box["x"] + half_hour_px / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 0.25 * way_px, y)
    until(page, "document.querySelector('.ec-dragging')")
    for part in (0.5, 1.0):
        page.mouse.move(x + part * way_px, y)
    expect(page.locator("#gesture")).to_contain_text(title)
    page.mouse.up()


def see_it_played(day: Day, sound: Rendition, airs_at: datetime) -> None:
    """Compare the delivery page with the ground truth of the loudspeakers."""
    hand, page, local = day.hand, day.page, airs_at.astimezone(ZONE)
    hand.press(day.link("Bản tin"))
    day.is_at("Bản tin")
    hand.press(day.link(day.mode.title))
    hand.press(day.link("Xem kết quả phát"))
    hand.press(day.link(f"{local:%H:%M %d/%m/%Y}"))
    expect(page.get_by_text(f"{CLUSTERS} loa trong kế hoạch")).to_be_visible()
    rows = {device.id: page.get_by_role("row", name=device.name) for device in day.operations.world.devices}
    until_air = max(timedelta(0), airs_at - utc_now())
    for row in rows.values():
        expect(row).to_contain_text("Đã phát", timeout=until_air / timedelta(milliseconds=1) + AIR_MS)
    out = day.operations.context.settings.root / "fleet" / "out"
    heard = heard_by_truth(out, sound.sha256, since=airs_at)
    planned_at_ms = int(airs_at.timestamp() * 1000)
    assert {name: [each.planned_at_ms for each in airings] for name, airings in heard.items()} == {
        device_id: [planned_at_ms] for device_id in rows
    }
    for device_id, row in rows.items():
        started_at = datetime.fromtimestamp(heard[device_id][0].started_at_ms // 1000, ZONE)
        expect(row).to_contain_text(f"{started_at:%H:%M:%S}")
    for device_id in day.operations.world.audio:
        with day.operations.context.content.local_file(sound.sha256) as file:
            measured = measure(out / device_id, file, planned_at_ms)
        assert measured.similarity > ALIKE
    day.fits()
    day.shows("delivery")
    hand.press(page.get_by_role("navigation", name="Các màn hình").get_by_role("link", name=re.compile("^Hôm nay")))
    day.is_at("Hôm nay")
    line = page.get_by_role("region", name="Dòng thời gian hôm nay")
    expect(line.locator(".line-item").filter(has_text=day.mode.title)).to_contain_text(
        f"{CLUSTERS}/{CLUSTERS} loa đã phát"
    )
    day.shows("today", line)


def approve_the_change(day: Day) -> None:
    hand, page = day.hand, day.page
    hand.press(day.link("Chờ duyệt"))
    hand.press(day.link(day.mode.title))
    expect(page.get_by_role("region", name="Xin đổi thành")).to_contain_text(f"{day.on(1):%d/%m/%Y}")
    hand.press(day.button("Duyệt giờ mới"))
    expect(page.get_by_text("Đã duyệt giờ phát mới.")).to_be_visible()


def see_the_change_arrive(day: Day) -> None:
    """Check that the new time reaches the loudspeakers."""
    day.hand.press(day.link("Bản tin"))
    day.is_at("Bản tin")
    day.hand.press(day.link(day.mode.title))
    day.hand.press(day.link("Xem kết quả phát"))
    # A reload before the page has come would leave the old page, or none.
    day.page.wait_for_url("**/delivery")
    moved = day.page.get_by_role("link", name=re.compile(f"{day.on(1):%H}:\\d\\d {day.on(1):%d.%m.%Y}"))
    day.hand.press(found_anew(day.page, moved))
    for device in day.operations.world.devices:
        row = day.page.get_by_role("row", name=device.name)
        expect(row).to_contain_text(re.compile("Đã gửi|Đã nhận|Sẵn sàng"))
