"""Electronic board and its texts: the text shown at each time, through networks, power cuts and alerts."""

from __future__ import annotations

from itertools import pairwise

from devices.protocol import codec
from devices.protocol.boards import BoardLook, BoardPicture, Page, Screen, text_sha256
from devices.protocol.limits import BOARD_PAGE_MS, BOARD_SCROLL_MS
from devices.protocol.messages import BoardItem, BoardPlan, Manifest, PlanRef, Standing
from firmware_sim.core.boards.page_display import rotation
from firmware_sim.core.effects import ShowPage, ShowText, UseScreen
from tests.unit.firmware.alerting import alert, cancel, send
from tests.unit.firmware.pole import AREA, MINUTE_MS, NOON_MS, Pole

HOUR_MS = 60 * MINUTE_MS
LONG = "Mời bà con đến nhà văn hóa thôn. " * 10


def text(name: str = "t1-board-1", start_at: int = NOON_MS, minutes: int = 60, **more: object) -> BoardItem:
    values: dict[str, object] = {"prio": 4, "head": f"Tin {name[:2]}", "text": "Mất điện.", **more}
    return BoardItem(item=name, start_at=start_at, end_at=start_at + minutes * MINUTE_MS, **values)  # type: ignore[arg-type] # each test names fields


def board(*, clock_known: bool = True) -> Pole:
    pole = Pole(is_board=True, clock_known=clock_known)
    pole.power_on()
    pole.connect()
    pole.desire()
    return pole


def shown(pole: Pole) -> str:
    """Return the item on the screen; empty for none."""
    return pole.screen.item if isinstance(pole.screen, ShowPage) else ""


def test_a_text_stands_from_its_beginning_to_its_end_and_is_told_and_recorded_once() -> None:
    pole = board()
    pole.boards(text(start_at=NOON_MS + MINUTE_MS))
    assert shown(pole) == ""
    assert pole.announced(Standing.READY) == {"t1-board-1"}
    pole.run(MINUTE_MS)
    page = Page(("Tin t1", "Mất điện."), 1, BOARD_PAGE_MS)
    assert pole.screen == ShowPage("t1-board-1", "Tin t1", page, 0, 1, 0, NOON_MS + 61 * MINUTE_MS)
    assert pole.announced(Standing.STARTED) == {"t1-board-1"}
    pole.run(HOUR_MS + MINUTE_MS)
    assert shown(pole) == ""
    assert pole.announced(Standing.DONE) == {"t1-board-1"}
    (record,) = {record.rid: record for record in pole.records()}.values()
    assert (record.item, record.result, record.code) == ("t1-board-1", "done", None)
    assert record.sha256 == text_sha256("Tin t1", "Mất điện.")
    assert (record.started_at, record.ended_at) == (NOON_MS + MINUTE_MS, NOON_MS + 61 * MINUTE_MS)


def test_a_board_shows_and_ends_its_texts_without_the_server() -> None:
    pole = board()
    pole.boards(text(start_at=NOON_MS + MINUTE_MS))
    pole.disconnect()
    pole.run(2 * MINUTE_MS)
    assert shown(pole) == "t1-board-1"
    pole.run(HOUR_MS)
    assert shown(pole) == ""


def test_a_power_cut_divides_no_showing() -> None:
    pole = board()
    pole.boards(text())
    pole.power_cut(5 * MINUTE_MS)
    assert shown(pole) == "t1-board-1"
    pole.run(HOUR_MS)
    pole.connect()
    pole.run(MINUTE_MS)
    assert {(record.result, record.started_at) for record in pole.records()} == {("done", NOON_MS)}


def test_a_text_whose_end_fell_into_a_power_cut_is_gone_and_told_as_cut() -> None:
    pole = board()
    pole.boards(text())
    pole.power_cut(2 * HOUR_MS)
    assert shown(pole) == ""
    pole.connect()
    pole.run(MINUTE_MS)
    assert {(r.result, r.code, r.ended_at) for r in pole.records()} == {("cut", "POWER_LOST", None)}


def test_a_text_that_was_due_only_without_power_is_missed() -> None:
    pole = board()
    pole.boards(text(start_at=NOON_MS + MINUTE_MS, minutes=5))
    pole.power_cut(HOUR_MS)
    pole.connect()
    pole.run(MINUTE_MS)
    assert {(r.result, r.code) for r in pole.records()} == {("missed", "POWER_LOST")}


def test_a_text_that_comes_after_its_end_is_missed() -> None:
    pole = board()
    pole.run(HOUR_MS)
    pole.boards(text(minutes=5))
    pole.run(MINUTE_MS)
    assert {(r.result, r.code) for r in pole.records()} == {("missed", "FETCH_FAILED")}


def test_a_board_that_does_not_know_the_time_shows_nothing_until_it_does() -> None:
    pole = board(clock_known=False)
    pole.beacon(NOON_MS)
    pole.desire()
    pole.boards(text())
    assert shown(pole) == "t1-board-1"
    pole.power_cut(MINUTE_MS)
    assert shown(pole) == ""
    pole.beacon(pole.now)
    assert shown(pole) == "t1-board-1"


def test_an_alert_fills_the_screen_and_the_text_returns_after_it() -> None:
    pole = board()
    pole.boards(text())
    send(pole, alert(pole))
    assert isinstance(pole.screen, ShowText)
    pole.run(MINUTE_MS)
    assert isinstance(pole.screen, ShowText)
    send(pole, cancel(pole, "a"))
    pole.run(MINUTE_MS)
    assert shown(pole) == "t1-board-1"
    pole.run(HOUR_MS)
    assert [(r.item, r.result) for r in pole.records() if "board" in r.item][-1] == ("t1-board-1", "done")


def test_an_alert_that_outlasts_the_text_leaves_the_screen_empty() -> None:
    pole = board()
    pole.boards(text(minutes=5))
    send(pole, alert(pole))
    pole.run(6 * MINUTE_MS)
    send(pole, cancel(pole, "a"))
    pole.run(MINUTE_MS)
    assert pole.screen is None


def test_a_cancel_takes_the_text_away_at_once_and_it_does_not_come_back() -> None:
    pole = board()
    pole.boards(text(), text("t2-board-1", NOON_MS + HOUR_MS))
    pole.order(pole.command(type="cancel", prio=6, refs=["t1-board-1", "t2-board-1", "unknown"]))
    assert shown(pole) == ""
    pole.boards(text(), text("t2-board-1", NOON_MS + HOUR_MS))
    pole.run(2 * HOUR_MS)
    assert shown(pole) == ""
    assert {(r.item, r.result, r.code) for r in pole.records()} == {("t1-board-1", "cut", "CANCELLED")}
    assert pole.announced(Standing.CANCELLED) == {"t2-board-1"}


def test_a_cancel_that_comes_before_the_plan_holds() -> None:
    pole = board()
    pole.order(pole.command(type="cancel", prio=6, refs=["t1-board-1"]))
    pole.boards(text())
    pole.run(MINUTE_MS)
    assert shown(pole) == ""


def test_a_newer_plan_takes_a_text_away_or_gives_it_other_words() -> None:
    pole = board()
    pole.boards(text(), text("t2-board-1"))
    pole.boards(text(text="Có điện lại."))
    pole.run(BOARD_PAGE_MS)
    assert isinstance(pole.screen, ShowPage)
    assert pole.screen.page.lines == ("Tin t1", "Có điện lại.")
    assert pole.screen.count == 1
    assert {(r.item, r.result) for r in pole.records()} == {("t2-board-1", "cut")}


def test_a_manifest_without_boards_shows_nothing() -> None:
    pole = board()
    pole.boards(text())
    pole.boards(names=False)
    assert shown(pole) == ""
    pole.power_cut(MINUTE_MS)
    assert shown(pole) == ""


def test_the_plan_held_last_stays_until_the_new_one_is_here() -> None:
    pole = board()
    pole.boards(text())
    pole.server_has_content = False
    pole.boards(text("t2-board-1"))
    pole.run(MINUTE_MS)
    assert shown(pole) == "t1-board-1"
    pole.power_cut(MINUTE_MS)
    assert shown(pole) == "t1-board-1"


def test_a_plan_of_another_area_or_that_is_none_is_told_as_a_fault() -> None:
    pole = board()
    pole.boards(text(), area="xa-2")
    garbage = pole.put(b"{}")
    ref = PlanRef(sha256=garbage, bytes=2)
    pole.manifest(Manifest(v=1, area=AREA, ver=pole.next_version(), iat=0, days={}, boards=ref))
    pole.run(MINUTE_MS)
    assert shown(pole) == ""
    assert [event.code for event in pole.events() if event.type == "fault"] == ["MALFORMED", "MALFORMED"]


def test_a_loudspeaker_shows_nothing_and_a_board_sounds_nothing() -> None:
    pole = Pole()
    pole.power_on()
    pole.connect()
    pole.desire()
    pole.boards(text())
    pole.run(MINUTE_MS)
    assert pole.screen is None
    pole = board()
    pole.plan(pole.item("i", NOON_MS + MINUTE_MS))
    pole.run(10 * MINUTE_MS)
    assert pole.heard == []
    assert pole.records() == []


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
    pole = board()
    pole.boards(text(start_at=NOON_MS + HOUR_MS), text("t2-board-1", NOON_MS + 72 * HOUR_MS))
    pole.published.clear()
    pole.disconnect()
    pole.connect()
    assert pole.announced(Standing.READY) == {"t1-board-1"}
    assert all(codec.decode(type(ack), codec.encode(ack)).plan == f"{AREA}/boards" for ack in pole.acks() if ack.items)


def test_a_board_lays_out_by_the_picture_elements_it_was_told() -> None:
    pole = board()
    pole.boards(text(text="Chào bà con thôn 1"))
    assert isinstance(pole.screen, ShowPage)
    assert pole.screen.page.lines == ("Tin t1", "Chào bà con thôn 1")
    pole.desire(screen=Screen(w=96, h=32, colours="three"))
    pole.run(BOARD_PAGE_MS)
    assert pole.screen.page.lines in {("Tin t1", "Chào bà con"), ("Tin t1", "thôn 1")}
    assert pole.screen.count == 2
    screens = [effect.screen for effect in pole.done if isinstance(effect, UseScreen)]
    pole.power_cut(MINUTE_MS)
    again = [effect.screen for effect in pole.done if isinstance(effect, UseScreen)]
    assert screens[-1] == again[-1] == Screen(w=96, h=32, colours="three")
    assert pole.screen.count == 2


def test_a_page_stands_as_long_as_the_text_asks_for_and_a_line_moves_once_through() -> None:
    pole = board()
    slow = text(look=BoardLook(page_ms=20_000))
    moving = text("t2-board-1", NOON_MS + 1, text="Mười chữ ạ", look=BoardLook(motion="scroll"))
    pole.boards(slow, moving)
    through = (28 + 10) * BOARD_SCROLL_MS
    stands: list[tuple[str, int]] = []
    for _ in range(2 * (20_000 + through) // 100):
        pole.run(100)
        assert isinstance(pole.screen, ShowPage)
        if not stands or stands[-1][0] != pole.screen.item:
            stands.append((pole.screen.item, pole.now))
    lengths = {(name, until - since) for (name, since), (_, until) in pairwise(stands[1:])}
    assert lengths <= {("t1-board-1", 20_000), ("t2-board-1", through)}
    assert len(lengths) == 2


def test_a_single_line_that_moves_begins_anew_when_it_is_through() -> None:
    pole = board()
    pole.boards(text(text="Mười chữ ạ", look=BoardLook(motion="scroll")))
    since = set()
    for _ in range(3):
        assert isinstance(pole.screen, ShowPage)
        since.add(pole.screen.since_ms)
        pole.run((28 + 10) * BOARD_SCROLL_MS)
    assert len(since) == 3


def test_a_picture_is_fetched_and_shown_when_it_is_here_and_kept_through_a_power_cut() -> None:
    pole = board()
    sha256 = pole.put(b"a picture")
    pole.server_has_content = False
    item = text(look=BoardLook(picture=BoardPicture(sha256=sha256, bytes=9)))
    data = codec.encode(BoardPlan(v=1, area=AREA, items=[item]))
    pole.flash.content[pole.put(data)] = data
    pole.boards(item)
    assert isinstance(pole.screen, ShowPage)
    assert (pole.screen.page.picture, pole.screen.count) == ("", 1)
    pole.server_has_content = True
    pole.power_cut(MINUTE_MS)
    pole.run(2 * BOARD_PAGE_MS)
    assert pole.screen.count == 2
    pole.server_has_content = False
    pole.boards(item)
    pole.power_cut(MINUTE_MS)
    pole.run(2 * BOARD_PAGE_MS)
    assert pole.screen.count == 2
    assert {pole.flash.held(sha256)} == {b"a picture"}
    pole.server_has_content = True
    for words in ("Không có ảnh.", "Vẫn không."):
        pole.boards(text(text=words))
        pole.run(MINUTE_MS)
    assert pole.flash.held(sha256) is None


def test_a_look_of_a_later_version_is_shown_as_far_as_it_is_known() -> None:
    pole = board()
    pole.boards(text(look=BoardLook(template="hologram", motion="dance", colour="infrared")))
    assert isinstance(pole.screen, ShowPage)
    assert pole.screen.page.lines == ("Tin t1", "Mất điện.")
