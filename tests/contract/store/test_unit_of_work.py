from __future__ import annotations

import pytest

from broadcast.bulletins.model import BulletinId
from cms.bulletins.repository.bulletins import Bulletins
from cms.platform.store.kinds import JobKind, OutboxKind
from cms.platform.store.uow import UnitOfWork
from province.events import Event
from tests.contract.store.conftest import Store
from tests.fakes.programme import C1, C2, NOW, bulletin


def _change_everything(unit: UnitOfWork) -> None:
    unit[Bulletins].save(bulletin("b-t1", version=2))
    unit.outbox.add(OutboxKind.PLAN, C1)
    unit.jobs.add(JobKind.MAKE_SOUND, "b-t1", {"made_from": "text:vi:x"})
    unit.record(Event("bulletin.edited", "b-t1", NOW, "u1", "Lan", {"version": 2}))


def _assert_untouched(store: Store) -> None:
    with store.unit() as unit:
        assert unit[Bulletins].get(BulletinId("b-t1")).version == 1
    assert (store.outbox(), store.open_jobs(), store.events()) == ([], [], [])


def test_leaving_without_commit_keeps_nothing(store: Store) -> None:
    with store.unit() as unit:
        _change_everything(unit)
    _assert_untouched(store)


def test_an_exception_keeps_nothing_and_passes_through(store: Store) -> None:
    def fail() -> None:
        with store.unit() as unit:
            _change_everything(unit)
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    _assert_untouched(store)


def test_state_event_outbox_and_job_are_committed_together(store: Store) -> None:
    with store.unit() as unit:
        _change_everything(unit)
        unit.commit()
    with store.unit() as unit:
        assert unit[Bulletins].get(BulletinId("b-t1")).version == 2
    assert store.outbox() == [(OutboxKind.PLAN, C1, {})]
    assert len(store.open_jobs()) == 1
    assert store.events() == ["bulletin.edited"]


def test_the_same_unit_may_be_entered_again(store: Store) -> None:
    unit = store.unit()
    for version in (2, 3):
        with unit:
            unit[Bulletins].save(bulletin("b-t1", version=version))
            unit.commit()
    with unit:
        assert unit[Bulletins].get(BulletinId("b-t1")).version == 3


def test_the_outbox_keeps_the_order_in_which_it_was_filled(store: Store) -> None:
    rows: list[tuple[OutboxKind, str, dict[str, object]]] = [
        (OutboxKind.CANCEL, C1, {"refs": ["b", "a"]}),
        (OutboxKind.PLAN, C1, {}),
        (OutboxKind.PLAN, C2, {}),
        (OutboxKind.CANCEL, C1, {"refs": ["c"]}),
    ]
    for pair in (rows[:2], rows[2:]):
        with store.unit() as unit:
            for kind, subject_id, payload in pair:
                unit.outbox.add(kind, subject_id, payload)
            unit.commit()
    assert store.outbox() == rows


def test_events_keep_their_order(store: Store) -> None:
    with store.unit() as unit:
        for name in ("bulletin.created", "bulletin.edited"):
            unit.record(Event(name, "b-t1", NOW, "u1", "Lan"))
        unit.commit()
    with store.unit() as unit:
        unit.record(Event("bulletin.submitted", "b-t1", NOW, "u1", "Lan"))
        unit.commit()
    assert store.events() == ["bulletin.created", "bulletin.edited", "bulletin.submitted"]


def test_a_cancelled_job_is_not_open_any_more_and_an_unknown_one_is_ignored(store: Store) -> None:
    with store.unit() as unit:
        first = unit.jobs.add(JobKind.MAKE_SOUND, "b-t1", {})
        second = unit.jobs.add(JobKind.MAKE_SOUND, "b-t1", {})
        unit.commit()
    assert first != second
    with store.unit() as unit:
        unit.jobs.cancel(first)
        unit.jobs.cancel("job-nobody-knows")
        unit.commit()
    assert store.open_jobs() == [second]
