from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from broadcast.bulletins.model import BulletinId
from broadcast.feedback.model import FeedbackId, FeedbackState
from cms.feedback.repository import FeedbackRegister
from devices.model import DeviceId
from province.errors import ConflictError, NotFoundError
from tests.builders.in_memory.feedback_register import FEEDBACK
from tests.contract.store.conftest import Store
from tests.fakes.programme import NOW, REVIEWER

FULL = replace(
    FEEDBACK,
    contact="0912 345 678",
    bulletin_id=BulletinId("b-t1"),
    bulletin_title="Lịch tiêm chủng",
    device_id=DeviceId("p-n-1-l1"),
    device_name="Loa p-n-1-l1",
)


def test_feedback_comes_back_as_it_was_noted(store: Store) -> None:
    with store.unit() as unit:
        assert unit[FeedbackRegister].find(FULL.id) is None
        unit[FeedbackRegister].add(FULL)
        unit.commit()
    with store.unit() as unit:
        assert unit[FeedbackRegister].get(FULL.id) == unit[FeedbackRegister].find(FULL.id) == FULL
        with pytest.raises(NotFoundError):
            unit[FeedbackRegister].get(FeedbackId("none"))


def test_only_who_saw_it_as_it_is_changes_it(store: Store) -> None:
    closed = replace(
        FULL,
        version=2,
        state=FeedbackState.CLOSED,
        contact="",
        answer="Đã chỉnh âm lượng.",
        answered_at=NOW + timedelta(days=1),
        answered_by=REVIEWER.user_id,
        answered_by_name=REVIEWER.name,
        closed_at=NOW + timedelta(days=2),
        closed_by=REVIEWER.user_id,
        closed_by_name=REVIEWER.name,
    )
    with store.unit() as unit:
        unit[FeedbackRegister].add(FULL)
        unit[FeedbackRegister].save(closed)
        unit.commit()
    with store.unit() as unit:
        assert unit[FeedbackRegister].get(FULL.id) == closed
        with pytest.raises(ConflictError):
            unit[FeedbackRegister].save(replace(closed, version=2))
        with pytest.raises(NotFoundError):
            unit[FeedbackRegister].save(replace(closed, id=FeedbackId("none"), version=3))
