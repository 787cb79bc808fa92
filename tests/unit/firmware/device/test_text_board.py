"""Electronic board and its texts: the text shown at each time, through networks, power cuts and alerts."""

from __future__ import annotations

from itertools import pairwise

from devices.protocol import codec
from devices.protocol.boards import BoardLook, BoardPicture, Page, Screen, text_sha256
from devices.protocol.limits import BOARD_PAGE_MS, BOARD_SCROLL_MS
from devices.protocol.messages import BoardItem, BoardPlan, ExecutionState, Manifest, PlanRef
from firmware_sim.core.boards.page_display import rotation
from firmware_sim.core.effects import ShowPage, ShowText, UseScreen
from tests.unit.firmware.alert_messages import alert, cancel, send
from tests.unit.firmware.device_harness import AREA, MINUTE_MS, NOON_MS, DeviceHarness

HOUR_MS = 60 * MINUTE_MS
LONG = "Mời bà con đến nhà văn hóa thôn. " * 10


def text(name: str = "t1-board-1", start_at: int = NOON_MS, minutes: int = 60, **more: object) -> BoardItem:
    values: dict[str, object] = {"prio": 4, "head": f"Tin {name[:2]}", "text": "Mất điện.", **more}
    return BoardItem(item=name, start_at=start_at, end_at=start_at + minutes * MINUTE_MS, **values)  # type: ignore[arg-type] # each test names fields


def board(*, clock_known: bool = True) -> DeviceHarness:
    device = DeviceHarness(is_board=True, clock_known=clock_known)
    device.power_on()
    device.connect()
    device.desire()
    return device


def shown(device: DeviceHarness) -> str:
    """Return the item on the screen; empty for none."""
    return device.screen.item if isinstance(device.screen, ShowPage) else ""


def test_a_text_stands_from_its_beginning_to_its_end_and_is_told_and_recorded_once() -> None:
    device = board()
    device.boards(text(start_at=NOON_MS + MINUTE_MS))
    assert shown(device) == ""
    assert device.announced(ExecutionState.READY) == {"t1-board-1"}
    device.run(MINUTE_MS)
    page = Page(("Tin t1", "Mất điện."), 1, BOARD_PAGE_MS)
    assert device.screen == ShowPage("t1-board-1", "Tin t1", page, 0, 1, 0, NOON_MS + 61 * MINUTE_MS)
    assert device.announced(ExecutionState.STARTED) == {"t1-board-1"}
    device.run(HOUR_MS + MINUTE_MS)
    assert shown(device) == ""
    assert device.announced(ExecutionState.DONE) == {"t1-board-1"}
    (record,) = {record.rid: record for record in device.records()}.values()
    assert (record.item, record.result, record.code) == ("t1-board-1", "done", None)
    assert record.sha256 == text_sha256("Tin t1", "Mất điện.")
    assert (record.started_at, record.ended_at) == (NOON_MS + MINUTE_MS, NOON_MS + 61 * MINUTE_MS)


def test_a_board_shows_and_ends_its_texts_without_the_server() -> None:
    device = board()
    device.boards(text(start_at=NOON_MS + MINUTE_MS))
    device.disconnect()
    device.run(2 * MINUTE_MS)
    assert shown(device) == "t1-board-1"
    device.run(HOUR_MS)
    assert shown(device) == ""


def test_a_power_cut_divides_no_showing() -> None:
    device = board()
    device.boards(text())
    device.power_cut(5 * MINUTE_MS)
    assert shown(device) == "t1-board-1"
    device.run(HOUR_MS)
    device.connect()
    device.run(MINUTE_MS)
    assert {(record.result, record.started_at) for record in device.records()} == {("done", NOON_MS)}


def test_a_text_whose_end_fell_into_a_power_cut_is_gone_and_told_as_cut() -> None:
    device = board()
    device.boards(text())
    device.power_cut(2 * HOUR_MS)
    assert shown(device) == ""
    device.connect()
    device.run(MINUTE_MS)
    assert {(r.result, r.code, r.ended_at) for r in device.records()} == {("cut", "POWER_LOST", None)}


def test_a_text_that_was_due_only_without_power_is_missed() -> None:
    device = board()
    device.boards(text(start_at=NOON_MS + MINUTE_MS, minutes=5))
    device.power_cut(HOUR_MS)
    device.connect()
    device.run(MINUTE_MS)
    assert {(r.result, r.code) for r in device.records()} == {("missed", "POWER_LOST")}


def test_a_text_that_comes_after_its_end_is_missed() -> None:
    device = board()
    device.run(HOUR_MS)
    device.boards(text(minutes=5))
    device.run(MINUTE_MS)
    assert {(r.result, r.code) for r in device.records()} == {("missed", "FETCH_FAILED")}


def test_a_board_that_does_not_know_the_time_shows_nothing_until_it_does() -> None:
    device = board(clock_known=False)
    device.beacon(NOON_MS)
    device.desire()
    device.boards(text())
    assert shown(device) == "t1-board-1"
    device.power_cut(MINUTE_MS)
    assert shown(device) == ""
    device.beacon(device.now)
    assert shown(device) == "t1-board-1"


def test_an_alert_fills_the_screen_and_the_text_returns_after_it() -> None:
    device = board()
    device.boards(text())
    send(device, alert(device))
    assert isinstance(device.screen, ShowText)
    device.run(MINUTE_MS)
    assert isinstance(device.screen, ShowText)
    send(device, cancel(device, "a"))
    device.run(MINUTE_MS)
    assert shown(device) == "t1-board-1"
    device.run(HOUR_MS)
    assert [(r.item, r.result) for r in device.records() if "board" in r.item][-1] == ("t1-board-1", "done")


def test_an_alert_that_outlasts_the_text_leaves_the_screen_empty() -> None:
    device = board()
    device.boards(text(minutes=5))
    send(device, alert(device))
    device.run(6 * MINUTE_MS)
    send(device, cancel(device, "a"))
    device.run(MINUTE_MS)
    assert device.screen is None


def test_a_cancel_takes_the_text_away_at_once_and_it_does_not_come_back() -> None:
    device = board()
    device.boards(text(), text("t2-board-1", NOON_MS + HOUR_MS))
    device.order(device.command(type="cancel", prio=6, refs=["t1-board-1", "t2-board-1", "unknown"]))
    assert shown(device) == ""
    device.boards(text(), text("t2-board-1", NOON_MS + HOUR_MS))
    device.run(2 * HOUR_MS)
    assert shown(device) == ""
    assert {(r.item, r.result, r.code) for r in device.records()} == {("t1-board-1", "cut", "CANCELLED")}
    assert device.announced(ExecutionState.CANCELLED) == {"t2-board-1"}


def test_a_cancel_that_comes_before_the_plan_holds() -> None:
    device = board()
    device.order(device.command(type="cancel", prio=6, refs=["t1-board-1"]))
    device.boards(text())
    device.run(MINUTE_MS)
    assert shown(device) == ""


def test_a_newer_plan_takes_a_text_away_or_gives_it_other_words() -> None:
    device = board()
    device.boards(text(), text("t2-board-1"))
    device.boards(text(text="Có điện lại."))
    device.run(BOARD_PAGE_MS)
    assert isinstance(device.screen, ShowPage)
    assert device.screen.page.lines == ("Tin t1", "Có điện lại.")
    assert device.screen.count == 1
    assert {(r.item, r.result) for r in device.records()} == {("t2-board-1", "cut")}


def test_a_manifest_without_boards_shows_nothing() -> None:
    device = board()
    device.boards(text())
    device.boards(names=False)
    assert shown(device) == ""
    device.power_cut(MINUTE_MS)
    assert shown(device) == ""


def test_the_plan_held_last_stays_until_the_new_one_is_here() -> None:
    device = board()
    device.boards(text())
    device.server_has_content = False
    device.boards(text("t2-board-1"))
    device.run(MINUTE_MS)
    assert shown(device) == "t1-board-1"
    device.power_cut(MINUTE_MS)
    assert shown(device) == "t1-board-1"


def test_a_plan_of_another_area_or_that_is_none_is_told_as_a_fault() -> None:
    device = board()
    device.boards(text(), area="xa-2")
    garbage = device.put(b"{}")
    ref = PlanRef(sha256=garbage, bytes=2)
    device.manifest(Manifest(v=1, area=AREA, ver=device.next_version(), iat=0, days={}, boards=ref))
    device.run(MINUTE_MS)
    assert shown(device) == ""
    assert [event.code for event in device.events() if event.type == "fault"] == ["MALFORMED", "MALFORMED"]


def test_a_loudspeaker_shows_nothing_and_a_board_sounds_nothing() -> None:
    device = DeviceHarness()
    device.power_on()
    device.connect()
    device.desire()
    device.boards(text())
    device.run(MINUTE_MS)
    assert device.screen is None
    device = board()
    device.plan(device.item("i", NOON_MS + MINUTE_MS))
    device.run(10 * MINUTE_MS)
    assert device.heard == []
    assert device.records() == []


def test_pages_turn_by_the_time_alone_so_that_two_boards_show_the_same() -> None:
    early, late = board(), board()
    early.boards(text(text=LONG))
    late.run(3 * BOARD_PAGE_MS + 17)
    late.boards(text(text=LONG))
    early.run(3 * BOARD_PAGE_MS + 17)
    assert early.screen == late.screen
    pages = [early.screen]
    for _ in range(4):
        early.run(BOARD_PAGE_MS)
        pages.append(early.screen)
    numbers = [page.number for page in pages if isinstance(page, ShowPage)]
    assert set(numbers) == {0, 1}
    assert all(one != next_one for one, next_one in pairwise(numbers))


def test_what_has_priority_comes_again_after_each_of_the_others() -> None:
    low = [text("t1-board-1"), text("t2-board-1", NOON_MS + 1)]
    high = text("t3-board-1", prio=6)
    assert [item.item[:2] for item in rotation([*low, high])] == ["t3", "t1", "t3", "t2"]
    assert rotation(low) == tuple(low)
    assert rotation([high]) == (high,)


def test_everything_is_told_again_on_a_new_connection() -> None:
    device = board()
    device.boards(text(start_at=NOON_MS + HOUR_MS), text("t2-board-1", NOON_MS + 72 * HOUR_MS))
    device.published.clear()
    device.disconnect()
    device.connect()
    assert device.announced(ExecutionState.READY) == {"t1-board-1"}
    assert all(
        codec.decode(type(ack), codec.encode(ack)).plan == f"{AREA}/boards" for ack in device.acks() if ack.items
    )


def test_a_board_lays_out_by_the_picture_elements_it_was_told() -> None:
    device = board()
    device.boards(text(text="Chào bà con thôn 1"))
    assert isinstance(device.screen, ShowPage)
    assert device.screen.page.lines == ("Tin t1", "Chào bà con thôn 1")
    device.desire(screen=Screen(w=96, h=32, colours="three"))
    device.run(BOARD_PAGE_MS)
    assert device.screen.page.lines in {("Tin t1", "Chào bà con"), ("Tin t1", "thôn 1")}
    assert device.screen.count == 2
    screens = [effect.screen for effect in device.done if isinstance(effect, UseScreen)]
    device.power_cut(MINUTE_MS)
    again = [effect.screen for effect in device.done if isinstance(effect, UseScreen)]
    assert screens[-1] == again[-1] == Screen(w=96, h=32, colours="three")
    assert device.screen.count == 2


def test_a_page_stands_as_long_as_the_text_asks_for_and_a_line_moves_once_through() -> None:
    device = board()
    slow = text(look=BoardLook(page_ms=20_000))
    moving = text("t2-board-1", NOON_MS + 1, text="Mười chữ ạ", look=BoardLook(motion="scroll"))
    device.boards(slow, moving)
    through = (28 + 10) * BOARD_SCROLL_MS
    stands: list[tuple[str, int]] = []
    for _ in range(2 * (20_000 + through) // 100):
        device.run(100)
        assert isinstance(device.screen, ShowPage)
        if not stands or stands[-1][0] != device.screen.item:
            stands.append((device.screen.item, device.now))
    lengths = {(name, until - since) for (name, since), (_, until) in pairwise(stands[1:])}
    assert lengths <= {("t1-board-1", 20_000), ("t2-board-1", through)}
    assert len(lengths) == 2


def test_a_single_line_that_moves_begins_anew_when_it_is_through() -> None:
    device = board()
    device.boards(text(text="Mười chữ ạ", look=BoardLook(motion="scroll")))
    since = set()
    for _ in range(3):
        assert isinstance(device.screen, ShowPage)
        since.add(device.screen.since_ms)
        device.run((28 + 10) * BOARD_SCROLL_MS)
    assert len(since) == 3


def test_a_picture_is_fetched_and_shown_when_it_is_here_and_kept_through_a_power_cut() -> None:
    device = board()
    sha256 = device.put(b"a picture")
    device.server_has_content = False
    item = text(look=BoardLook(picture=BoardPicture(sha256=sha256, bytes=9)))
    data = codec.encode(BoardPlan(v=1, area=AREA, items=[item]))
    device.flash.content[device.put(data)] = data
    device.boards(item)
    assert isinstance(device.screen, ShowPage)
    assert (device.screen.page.picture, device.screen.count) == ("", 1)
    device.server_has_content = True
    device.power_cut(MINUTE_MS)
    device.run(2 * BOARD_PAGE_MS)
    assert device.screen.count == 2
    device.server_has_content = False
    device.boards(item)
    device.power_cut(MINUTE_MS)
    device.run(2 * BOARD_PAGE_MS)
    assert device.screen.count == 2
    assert {device.flash.held(sha256)} == {b"a picture"}
    device.server_has_content = True
    for words in ("Không có ảnh.", "Vẫn không."):
        device.boards(text(text=words))
        device.run(MINUTE_MS)
    assert device.flash.held(sha256) is None


def test_a_look_of_a_later_version_is_shown_as_far_as_it_is_known() -> None:
    device = board()
    device.boards(text(look=BoardLook(template="hologram", motion="dance", colour="infrared")))
    assert isinstance(device.screen, ShowPage)
    assert device.screen.page.lines == ("Tin t1", "Mất điện.")
