from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from broadcast.bulletins.model import (
    After,
    BulletinAction,
    BulletinId,
    BulletinStatus,
    Remark,
    Sound,
    SoundState,
    Targets,
)
from broadcast.bulletins.priority import PriorityClass
from broadcast.bulletins.remarks import Note, NoteId, Passage
from broadcast.bulletins.review_snapshots import ReviewSnapshot, shown_of
from broadcast.bulletins.schedules import Move
from cms.bulletins.repository.approvals import ReviewSnapshots
from cms.bulletins.repository.bulletins import Bulletins
from province.errors import ConflictError, NotFoundError
from province.people import UserId
from tests.contract.store.conftest import Store
from tests.fakes.programme import C1, NORTH, NOW, REVIEWER, SOUND, bulletin, schedule, wall

FULL = bulletin(
    "b-full",
    text="Mưa lớn: 120 mm.\nĐề phòng.",
    priority=PriorityClass.PRIORITY,
    targets=Targets((NORTH,), (C1,)),
    status=BulletinStatus.SCHEDULED,
    version=7,
    original_sha256="b" * 64,
    original_name="thu âm.mp3",
    origin="UBND xã",
    pen_name="Ban Mai",
    valid_from_at=NOW,
    valid_until_at=NOW + timedelta(days=9, microseconds=1),
    schedules=(
        schedule(rrule="FREQ=DAILY;COUNT=9", except_on=(date(2026, 3, 3),)),
        schedule(schedule_id="s2", moves=(Move(date(2026, 3, 2), wall("2026-03-02T18:30")),)),
    ),
    after=After.RESUME,
    sound=Sound(SoundState.READY, "audio:x", "job1", (SOUND,), -16.02, -1.3, "", 2),
    submitter_id=REVIEWER.user_id,
    submitter_name=REVIEWER.name,
    approver_id=REVIEWER.user_id,
    notes=(
        Note(NoteId("3-1"), Passage("120 mm", 9, "Mưa lớn: ", "."), "Ở đâu?", REVIEWER.user_id, REVIEWER.name, NOW),
        Note(NoteId("3-2"), None, "Thiếu nguồn", REVIEWER.user_id, REVIEWER.name, NOW, NOW, "Lan"),
    ),
    editors=(REVIEWER.user_id,),
    remarks=(Remark(BulletinAction.RETURN, REVIEWER.user_id, REVIEWER.name, NOW, "Sai ngày"),),
)


def test_a_bulletin_comes_back_as_it_was_stored(store: Store) -> None:
    with store.unit() as unit:
        unit[Bulletins].add(FULL)
        unit.commit()
    with store.unit() as unit:
        assert unit[Bulletins].get(FULL.id) == FULL


def test_a_saved_bulletin_replaces_the_version_before(store: Store) -> None:
    changed = bulletin("b-t1", version=2, title="Khác", targets=Targets((C1,)))
    with store.unit() as unit:
        unit[Bulletins].save(changed)
        unit.commit()
    with store.unit() as unit:
        assert unit[Bulletins].get(changed.id) == changed


@pytest.mark.parametrize("version", [1, 3])
def test_saving_over_another_version_is_a_conflict(store: Store, version: int) -> None:
    with store.unit() as unit, pytest.raises(ConflictError) as refused:
        unit[Bulletins].save(bulletin("b-t1", version=version))
    assert refused.value == ConflictError("bulletin", "b-t1", version - 1, 1)


def test_the_second_of_two_units_that_saw_the_same_version_is_refused(store: Store) -> None:
    with store.unit() as unit:
        seen = unit[Bulletins].get(BulletinId("b-t1"))
    for title, is_first in (("Một", True), ("Hai", False)):
        with store.unit() as unit:
            if is_first:
                unit[Bulletins].save(replace(seen, title=title, version=2))
            else:
                with pytest.raises(ConflictError):
                    unit[Bulletins].save(replace(seen, title=title, version=2))
            unit.commit()
    with store.unit() as unit:
        assert unit[Bulletins].get(seen.id).title == "Một"


def test_a_bulletin_that_is_not_there_is_not_found(store: Store) -> None:
    with store.unit() as unit:
        with pytest.raises(NotFoundError):
            unit[Bulletins].get(BulletinId("b-none"))
        with pytest.raises(NotFoundError):
            unit[Bulletins].save(bulletin("b-none", version=2))


def test_looks_come_back_newest_first_and_the_first_of_a_version_counts(store: Store) -> None:
    shown = shown_of(FULL, "device-opus")
    looks = [ReviewSnapshot(FULL.id, REVIEWER.user_id, version, NOW, shown) for version in (3, 7)]
    again = replace(looks[1], at=NOW + timedelta(minutes=1), shown=replace(shown, title="Khác"))
    with store.unit() as unit:
        unit[Bulletins].add(FULL)
        for look in (*looks, again, replace(looks[0], user_id=UserId("u-other"))):
            unit[ReviewSnapshots].add(look)
        unit.commit()
    with store.unit() as unit:
        assert list(unit[ReviewSnapshots].of(FULL.id, REVIEWER.user_id)) == [looks[1], looks[0]]
        assert list(unit[ReviewSnapshots].of(BulletinId("b-none"), REVIEWER.user_id)) == []
