"""Mute loudspeakers in a virtual province: from the microphone to the list of places to call."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bench.virtual_province.alerts import send_alert
from bench.virtual_province.editors import PROVINCE, Settlement
from bench.virtual_province.province import VirtualProvince
from bench.virtual_province.server import VirtualBrokerLink
from broadcast.alerts.hazard_rules import SirenPattern
from broadcast.alerts.miss_reasons import MissReason
from cms.alerts.messages.alerts import AlertMessages
from cms.alerts.messages.publisher import AlertPublisher
from cms.alerts.repository.orders import Orders
from cms.call_lists.queries import call_list
from devices.model import DeviceId
from province.areas import Point

A_DEGREE_M = 111_195
NEAR, MUTE_NEAR, MUTE_AFAR = 0, 100, 2_000
BLASTS = SirenPattern("siren-b", count=4, on_ms=6_000, off_ms=2_500)


def test_a_mute_loudspeaker_next_to_one_that_sounds_is_marked_and_one_afar_is_not(tmp_path: Path) -> None:
    points = tuple(Point(11.0 + metres / A_DEGREE_M, 108.0) for metres in (NEAR, MUTE_NEAR, MUTE_AFAR))
    province = VirtualProvince(Settlement(1, len(points), points), tmp_path, seed=1)
    context, devices = province.server.context, list(province.fleet.devices.values())
    publisher = AlertPublisher(
        context, VirtualBrokerLink(province.broker), AlertMessages(context.keyring), lambda _: None
    )
    province.server.start()
    province.fleet.power_on()
    province.timeline.run_until(province.start_ms + 180_000)
    for mute in devices[1:]:
        mute.physics.amplifier.is_dead = True
    order = send_alert(context, province.editors.approver, PROVINCE, lasts=timedelta(minutes=10), siren=BLASTS)
    publisher.send()
    province.timeline.run_until(province.start_ms + 300_000)
    with context.uow.reading() as unit:
        reaches = {each.device_id: each for each in unit[Orders].reaches(order.id)}
        (line,) = call_list(unit.session, order, context.now()).lines
    context.engine.dispose()
    levels = [reaches[DeviceId(device.identity.id)].neighbours_db for device in devices]
    assert levels == [None, pytest.approx(-40, abs=1), None]
    assert line.missed == {MissReason.MUTE: 2}
    assert (line.neighbours_heard, line.neighbours_db) == (1, levels[1])
