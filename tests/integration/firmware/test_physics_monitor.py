"""Self-measurement of a device in real time, and the end date of the certificate it uses."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from devices import enrolment
from firmware_sim.core.events import Measured
from firmware_sim.host.physics_monitor import PhysicsMonitor, physics_of
from firmware_sim.physics.amplifier import IDLE_MA

NOW_MS = 1_795_496_400_000


def test_a_box_is_measured_at_the_start_and_when_a_sound_begins_and_ends(tmp_path: Path) -> None:
    at = datetime.fromtimestamp(NOW_MS / 1000, UTC)
    issued = enrolment.issue_device(enrolment.make_ca("Loa", at), "xa-1-l01", at)
    certificate = tmp_path / "device.pem"
    certificate.write_bytes(issued.certificate)
    found: list[Measured] = []
    clock = [NOW_MS]

    async def live() -> None:
        watch = PhysicsMonitor(physics_of("xa-1-l01", certificate, NOW_MS, 1), lambda: clock[0], found.append)
        watch.sounds(80)
        assert found == []  # no report without power
        watch.start("power")
        clock[0] += 60_000
        watch.sounds(80)
        clock[0] += 60_000
        watch.sounds(0)
        watch.stop()
        watch.sounds(80)

    asyncio.run(live())
    currents = [each.measurements.amp_ma or 0 for each in found]
    assert len(found) == 3
    assert currents[1] > IDLE_MA == currents[2]
    assert found[0].measurements.reset_reason == "power"
    assert (found[0].measurements.cert_days or 0) > 300


def test_the_box_tells_the_end_of_the_certificate_that_is_in_use(tmp_path: Path) -> None:
    at = datetime.fromtimestamp(NOW_MS / 1000, UTC)
    authority = enrolment.make_ca("Loa", at)
    certificate = tmp_path / "device.pem"
    certificate.write_bytes(enrolment.issue_device(authority, "xa-1-l01", at - timedelta(days=700)).certificate)
    found: list[Measured] = []

    async def live() -> None:
        watch = PhysicsMonitor(physics_of("xa-1-l01", certificate, NOW_MS, 1), lambda: NOW_MS, found.append)
        watch.start("power")
        certificate.write_bytes(enrolment.issue_device(authority, "xa-1-l01", at).certificate)
        watch.certified(certificate)
        watch.stop()

    asyncio.run(live())
    before, after = (each.measurements.cert_days or 0 for each in found)
    assert after - before == 700
