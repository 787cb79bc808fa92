"""Board text of a bulletin: its words, its times, and its state."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from broadcast.boards import board_text
from broadcast.boards.showings import board_plan, is_showing, showings, shows_after
from broadcast.bulletins.board_appearance import AppearancePicture, BoardAppearance
from broadcast.bulletins.model import BoardText, BulletinStatus, Targets
from broadcast.bulletins.transmissions import Transmission
from cms.boards.repository import StoredBoardPlan
from cms.bulletins.service import drafts, review
from cms.platform.store.kinds import OutboxKind
from cms.schedule.service import as_run
from devices.model import Device, DeviceKind
from devices.protocol import codec, messages
from devices.protocol.boards import Colour, Motion, Template
from devices.protocol.limits import BOARD_TEXT_MAX
from devices.protocol.messages import AsRunRecord, BoardPlan
from province.errors import InvalidError
from tests.builders.in_memory.bulletin_world import World, draft
from tests.fakes.programme import AUTHOR, C1, COMMUNES, MONDAY, NOW, REVIEWER, device, local, schedule, transmission

DAY = timedelta(days=1)
ZONE = "Asia/Ho_Chi_Minh"
TEXT = BoardText("Mất điện từ 8 giờ.")
DAILY = schedule("2026-03-02T17:00", "FREQ=DAILY")
LONG = "Mời bà con đến nhà văn hóa thôn vào sáng chủ nhật để tiêm chủng cho trẻ em dưới năm tuổi. " * 9


def spans(found: Transmission, days: int = 3) -> list[tuple[str, str]]:
    """Return start and end of the showings, in the province's wall time."""
    shown = showings([found], MONDAY, days, ZONE)
    return [(wall_clock(each.start_at), wall_clock(each.end_at)) for each in shown]


def wall_clock(at: datetime) -> str:
    return f"{at.astimezone(ZoneInfo(ZONE)):%d %H:%M}"


# The text.


def test_a_short_text_is_shown_whole() -> None:
    assert (
        board_text.made_text("Lịch", " Trạm y tế  tiêm chủng.\nSáng thứ hai. ") == "Trạm y tế tiêm chủng. Sáng thứ hai."
    )


def test_of_a_long_text_whole_sentences_are_shown_that_fit_two_pages() -> None:
    made = board_text.made_text("Tiêm chủng", LONG)
    assert made.endswith("tuổi.")
    assert len(board_text.usual_pages("Tiêm chủng", made)) == board_text.MADE_PAGES
    assert len(board_text.usual_pages("Tiêm chủng", f"{made} {made}")) > board_text.MADE_PAGES


def test_where_no_sentence_fits_its_first_words_are_shown() -> None:
    made = board_text.made_text("Tiêm chủng", LONG.replace(".", ","))
    assert made.endswith("…")
    assert len(board_text.usual_pages("Tiêm chủng", made)) == board_text.MADE_PAGES
    assert board_text.made_text("Tiêm", "a" * 600) == ""


def test_letters_are_put_together_with_their_marks() -> None:
    assert board_text.tidy("e\u0302\u0301  a\n\n b ") == "ế a\nb"


def test_lines_are_counted_with_the_title_once() -> None:
    assert board_text.lines_count("Tiêm chủng", "a\nb") == 3


def test_a_draft_is_shown_by_its_own_words_or_by_those_made_from_its_text_or_not_at_all() -> None:
    world = World()
    assert world.draft().board == BoardText("Trạm y tế tiêm chủng sáng thứ hai.")
    assert world.draft(board=BoardText(" Tiêm  sáng ", is_own=True, minutes=5)).board == BoardText(
        "Tiêm sáng", is_own=True, minutes=5
    )
    assert world.draft(board=BoardText(" ", is_own=True)).board == BoardText("Trạm y tế tiêm chủng sáng thứ hai.")
    assert world.draft(board=None).board is None


def test_too_much_for_a_board_is_refused_with_figures() -> None:
    with pytest.raises(InvalidError) as refused:
        World().draft(board=BoardText("a" * (BOARD_TEXT_MAX + 1), is_own=True, minutes=1441))
    assert {(p.field, p.code) for p in refused.value.problems} == {
        ("board_text", "TOO_LONG"),
        ("board_minutes", "MINUTES"),
    }


def test_another_text_on_boards_asks_for_approval_again() -> None:
    world = World()
    approved = world.approved()
    edited = drafts.edit(
        world.store(),
        approved.id,
        draft=draft(board=BoardText("Khác", is_own=True)),
        expected_version=approved.version,
        call=world.call(AUTHOR, NOW),
    )
    assert edited.status is BulletinStatus.DRAFT
    (frozen,) = world.store.all(Transmission)
    assert frozen.withdrawn_at == NOW
    assert frozen.board == approved.board


# Times of showing.


def test_without_minutes_it_stands_from_approval_to_the_end_of_validity_a_showing_a_date() -> None:
    found = transmission(
        "t1", board=TEXT, approved_at=local("2026-03-02T08:00"), valid_until_at=local("2026-03-03T11:00")
    )
    assert spans(found) == [("02 08:00", "03 00:00"), ("03 00:00", "03 11:00")]


def test_it_never_stands_before_it_is_valid() -> None:
    low, high = local("2026-03-03T06:00"), local("2026-03-04T11:00")
    found = transmission("t1", board=TEXT, valid_from_at=low, valid_until_at=high)
    assert spans(found) == [("03 06:00", "04 00:00"), ("04 00:00", "04 11:00")]


def test_where_validity_has_no_end_it_stands_on_the_dates_of_its_airings() -> None:
    found = transmission("t1", schedule("2026-03-02T17:00"), schedule("2026-03-04T07:00", schedule_id="s2"), board=TEXT)
    assert spans(found) == [("02 00:00", "03 00:00"), ("04 00:00", "05 00:00")]


def test_with_minutes_it_stands_so_long_from_each_airing_and_never_beyond_its_validity() -> None:
    found = transmission("t1", DAILY, board=replace(TEXT, minutes=90), valid_until_at=local("2026-03-03T18:00"))
    assert spans(found) == [("02 17:00", "02 18:30"), ("03 17:00", "03 18:00")]


def test_two_airings_close_together_make_no_two_showings_at_a_time() -> None:
    near = schedule("2026-03-02T17:30", schedule_id="s2")
    found = transmission("t1", schedule(), near, board=replace(TEXT, minutes=60))
    assert spans(found) == [("02 17:00", "02 17:30"), ("02 17:30", "02 18:30")]


def test_what_is_withdrawn_or_not_for_boards_is_not_shown() -> None:
    assert spans(transmission("t1")) == []
    assert spans(transmission("t1", board=TEXT, withdrawn_at=NOW)) == []


def test_a_showing_is_known_by_its_name() -> None:
    (shown,) = showings([transmission("t1", board=TEXT)], MONDAY, 1, ZONE)
    assert shown.id == f"t1-board-{int(shown.start_at.timestamp()) // 60}"
    assert is_showing(shown.id)
    assert not is_showing("t1-s1-202603021700")


@pytest.mark.parametrize(
    ("more", "at", "is_left"),
    [
        ({}, "2026-03-02T17:00", False),
        ({"board": TEXT}, "2026-03-02T23:59", True),
        ({"board": TEXT}, "2026-03-03T00:00", False),
        ({"board": TEXT, "valid_until_at": local("2026-03-05T00:00")}, "2026-03-04T23:59", True),
        ({"board": TEXT, "valid_until_at": local("2026-03-05T00:00")}, "2026-03-05T00:00", False),
        ({"board": replace(TEXT, minutes=10)}, "2026-03-02T17:09", True),
        ({"board": replace(TEXT, minutes=10)}, "2026-03-02T17:10", False),
    ],
)
def test_whether_it_is_still_to_be_shown(more: dict[str, object], at: str, *, is_left: bool) -> None:
    assert shows_after(transmission("t1", **more), local(at), ZONE) is is_left


def test_the_plan_of_boards_is_what_the_wire_says() -> None:
    shown = showings([transmission("t1", board=TEXT), transmission("t2", board=TEXT, prio=6)], MONDAY, 1, ZONE)
    wire = board_plan(C1, shown)
    plan = codec.decode(BoardPlan, wire.data)
    assert [(i.item, i.prio, i.head, i.text) for i in plan.items] == [(s.id, s.prio, s.head, s.text) for s in shown]
    assert [i.prio for i in plan.items] == [4, 6]


# Its course.


def with_boards(*areas: str) -> World:
    world = World()
    for area_id in areas or COMMUNES:
        board = replace(device(f"{area_id}-b1", C1), area_id=area_id, kind=DeviceKind.BOARD)  # type: ignore[arg-type] # ids of the world's areas
        world.store.put(board)
    return world


def test_an_areas_boards_are_planned_and_its_manifest_follows() -> None:
    world = with_boards()
    world.approved()
    world.store.clear_outbox()
    assert world.replan().is_board_changed
    assert not world.replan().is_board_changed
    stored = world.store.one(StoredBoardPlan, area_id=C1)
    plan = codec.decode(BoardPlan, world.content.blobs[stored.sha256])
    assert [(item.head, item.text) for item in plan.items] == [
        ("Lịch tiêm chủng", "Trạm y tế tiêm chủng sáng thứ hai.")
    ]
    assert not stored.is_empty
    assert [row.subject_id for row in world.outbox(OutboxKind.MANIFEST)] == [C1]


def test_an_area_without_boards_has_no_plan_of_them() -> None:
    world = World()
    world.approved()
    assert not world.replan().is_board_changed
    assert world.store.all(StoredBoardPlan) == []


def test_a_withdrawal_takes_sound_and_text_away_by_name_and_by_plan() -> None:
    world = with_boards(C1)
    approved = world.approved(targets=Targets((C1,)))
    world.replan()
    world.store.clear_outbox()
    review.withdraw(
        world.store(),
        approved.id,
        expected_version=approved.version + 1,
        call=world.call(REVIEWER, local("2026-03-02T16:50")),
        override="Sai ngày",
    )
    (frozen,) = world.store.all(Transmission)
    (cancel,) = world.outbox(OutboxKind.CANCEL)
    refs = cancel.payload["refs"]
    assert isinstance(refs, list)
    assert [ref.removeprefix(f"{frozen.id}-") for ref in refs] == [
        "s1-202603021700",
        f"board-{int(NOW.timestamp()) // 60}",
    ]
    assert world.replan(now=local("2026-03-02T16:51")).is_board_changed
    assert world.store.one(StoredBoardPlan, area_id=C1).is_empty


def test_a_bulletin_is_played_when_no_board_shows_it_any_more() -> None:
    world = with_boards(C1)
    approved = world.approved(targets=Targets((C1,)))
    world.replan()
    (frozen,) = world.store.all(Transmission)
    airing, showing = f"{frozen.id}-s1-202603021700", f"{frozen.id}-board-{int(NOW.timestamp()) // 60}"

    def told(rid: str, item: str, by: str, start: str, end: str) -> None:
        ms = [int(local(at).timestamp()) * 1000 for at in (start, end)]
        record = AsRunRecord(
            rid=rid, item=item, sha256="a" * 64, planned_at=ms[0], result="done", started_at=ms[0], ended_at=ms[1]
        )
        with world.store() as uow:
            as_run.record(uow, world.store.one(Device, id=by), [record], local(end) + timedelta(seconds=1))
            uow.commit()

    told("r1", airing, f"{C1}-l1", "2026-03-02T17:00", "2026-03-02T17:02")
    assert world.bulletin(approved.id).status is BulletinStatus.SCHEDULED
    told("r2", showing, f"{C1}-b1", "2026-03-02T08:00", "2026-03-03T00:00")
    assert world.bulletin(approved.id).status is BulletinStatus.PLAYED


# Look.


def planned(look: BoardAppearance) -> messages.BoardLook | None:
    """Return the look in the plan that a board fetches."""
    found = showings([transmission(board=replace(TEXT, look=look))], MONDAY, 1, ZONE)
    (item,) = codec.decode(BoardPlan, board_plan(C1, found).data).items
    return item.look


def test_a_look_goes_to_the_boards_as_it_was_chosen_and_is_not_written_where_nobody_chose() -> None:
    assert planned(BoardAppearance()) is None
    chosen = BoardAppearance(Template.CENTRED, Colour.RED, Motion.SCROLL, 12, AppearancePicture("1" * 64, 9))
    assert planned(chosen) == messages.BoardLook(
        template="centred",
        colour="red",
        motion="scroll",
        page_ms=12_000,
        picture=messages.BoardPicture(sha256="1" * 64, bytes=9),
    )
    assert planned(replace(chosen, picture=None)) == messages.BoardLook(
        template="centred", colour="red", motion="scroll", page_ms=12_000
    )


@pytest.mark.parametrize("page_s", [0, 61])
def test_a_page_time_that_no_board_takes_is_refused(page_s: int) -> None:
    (problem,) = board_text.problems_of(BoardText(look=BoardAppearance(page_s=page_s)))
    assert (problem.field, problem.code, problem.detail) == ("board_page_s", "SECONDS", {"min": 1, "max": 60})


def test_an_approved_text_keeps_its_look_whatever_becomes_of_the_bulletin() -> None:
    world = World()
    look = BoardAppearance(Template.PLAIN, Colour.GREEN)
    approved = world.approved(board=BoardText(look=look))
    (transmitted,) = world.store.all(Transmission)
    assert transmitted.board is not None
    assert transmitted.board.look == look
    assert approved.board == transmitted.board
