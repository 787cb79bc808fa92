"""Virtual server on a machine that stood still: what its store refused is stored later."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import patch

from sqlalchemy.exc import OperationalError

from bench.virtual_province.editors import Settlement
from bench.virtual_province.province import VirtualProvince
from cms.fleet.repository.devices import Devices
from cms.platform.gateway.uplink import Uplink
from devices.model import DeviceId


def test_messages_that_the_store_refused_are_stored_at_the_next_attempt(tmp_path: Path) -> None:
    province = VirtualProvince(Settlement(1, 2), tmp_path, seed=1)
    context = province.server.context
    overdue = OperationalError("COMMIT", None, Exception("database is locked"))
    with patch.object(Uplink, "store", side_effect=overdue) as refused:
        province.server.start()
        province.fleet.power_on()
        province.timeline.run_until(province.start_ms + 120_000)
    assert refused.call_count > 1
    assert province.server.heard == 0

    province.timeline.run_until(province.start_ms + 180_000)

    with context.uow.reading() as unit:
        statuses = [unit[Devices].status(DeviceId(device_id)) for device_id in province.fleet.devices]
    context.engine.dispose()
    assert province.server.heard > 0
    assert all(status is not None and status.online for status in statuses)
