from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from broadcast.alerts.model import OrderId
from broadcast.alerts.orders import ReachState
from cms.alerts.repository.alerts import Alerts
from cms.alerts.repository.orders import Orders
from devices.health.sound_proof import SoundVerdict
from devices.model import DeviceId
from tests.contract.store.conftest import Store
from tests.fakes.programme import NOW
from tests.fakes.warnings import alert, order, reach

LATER = NOW + timedelta(seconds=3)


@pytest.mark.parametrize("before", [None, "full", "plain"])
def test_a_report_is_stored_alike_whatever_else_its_batch_reports(store: Store, before: str | None) -> None:
    full = reach(
        state=ReachState.CUT,
        changed_at=LATER,
        started_at=NOW,
        ended_at=LATER,
        code="CANCELLED",
        amp_ma=0,
        mic_db=0.0,
        sent=1,
        delay_ms=0,
        sound=SoundVerdict.HEARD,
        neighbours_db=0.0,
        closed_at=LATER,
        round=2,
        turn=3,
        latest=ReachState.CUT,
        latest_at=LATER,
    )
    with store.unit() as unit:
        unit[Alerts].add(alert())
        unit.commit()
    first = {"full": [full], "plain": [reach(state=ReachState.RECEIVED, changed_at=NOW)], None: []}[before]
    plain = reach(state=ReachState.SOUNDING, changed_at=LATER, sent=2)
    beside = replace(full, device_id=DeviceId("p-n-1-l2"))
    for name, batch in (("alone", [plain]), ("beside", [plain, beside])):
        with store.unit() as unit:
            unit[Orders].add(order(name))
            unit[Orders].report([replace(each, order_id=OrderId(name)) for each in first])
            unit[Orders].report([replace(each, order_id=OrderId(name)) for each in batch])
            unit.commit()
    with store.unit() as unit:
        (alone,) = unit[Orders].reaches(OrderId("alone"))
        stored, other = unit[Orders].reaches(OrderId("beside"))
    assert replace(stored, order_id=OrderId("alone")) == alone
    assert replace(other, order_id=full.order_id, device_id=full.device_id, received_at=None) == full
