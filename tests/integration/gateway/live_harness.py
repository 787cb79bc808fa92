"""Live address: real gateway and broker, and one loudspeaker with sound; the test plays the browser."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bench.demo.run import truth_in
from bench.recordings import read_segment
from broadcast.alerts.model import OrderId
from broadcast.alerts.orders import OrderReach, ReachState
from broadcast.live.model import PREPARE, LiveId, LiveSession
from broadcast.scheduling.area_rules import AreaRules, QuietWindow
from cms.alerts.repository.orders import Orders
from cms.areas.repository import Places
from cms.live.repository import LiveSessions
from cms.live.service import addresses, pipe
from cms.live.service.pipe import UnsealedFrame
from cms.platform.store.engine import reading
from cms.platform.store.kinds import OutboxKind
from devices.protocol.live import LiveFrame
from firmware_sim.hardware_clock import now_ms
from firmware_sim.sound.decoder import Samples
from province.machine_clock import utc_now
from tests.builders.calls import call_of
from tests.fakes.programme import AUTHOR
from tests.integration.gateway.station import LOA_1, TINH, XA_1, make_station
from tests.integration.process import Process, until
from tests.integration.real_broker import RealBroker
from tests.programs import PythonProgram

FRAME_MS = 100
RATE_HZ = 16_000


class LiveHarness:
    """``prepare`` and ``say`` are the browser's; ``reach`` is the devices' report, ``truth`` their ground truth."""

    def __init__(self, broker: RealBroker, folder: Path) -> None:
        self.broker, self.folder = broker, folder
        self.station, self._engine = make_station(broker.settings.root, broker.settings.mqtt_port, _now)
        self.gateway = Process(broker.settings, "gateway")
        self.seq = 0
        self._fleet: PythonProgram | None = None

    def start(self) -> None:
        broker, folder = self.broker, self.folder
        self._never_quiet()
        bundle = broker.keyring.provision(LOA_1, f"sn-{LOA_1}", XA_1, broker.settings)
        self.station.ask(OutboxKind.DESIRED, LOA_1)
        self.gateway.start()
        self.gateway.wait_ready()
        until(lambda: not self.station.due())
        command = ["fleet", "--bundles", str(bundle.parent), "--audio", LOA_1, "--flash", str(folder / "flash")]
        command += ["--out", str(folder / "out"), "--rate", str(RATE_HZ), "--reconnect-s", "0.05", "0.5"]
        with (folder / "fleet.log").open("a") as log:
            self._fleet = PythonProgram("firmware_sim", *command, stdout=log, stderr=log)
        until(self._listens)

    def close(self) -> None:
        if self._fleet is not None:
            self._fleet.terminate()
            self._fleet.wait()
        self.gateway.kill()
        self._engine.dispose()

    def prepare(self, live_id: str) -> LiveSession:
        """Prepare a live address, and wait until the loudspeaker is open and its chime has ended."""
        made = addresses.prepare(
            self.station.context.uow(),
            LiveId(live_id),
            areas=[XA_1],
            topic="Nhắc nộp thuế",
            longest=timedelta(minutes=5),
            call=call_of(AUTHOR, _now()),
        )
        until(lambda: self.reach(live_id).state.rank >= ReachState.RECEIVED.rank)
        threading.Event().wait(PREPARE.total_seconds())
        return made

    def say(self, live_id: str, frames: list[tuple[bytes, ...]]) -> int:
        """Send each frame when it has been spoken; return how many the gateway accepted."""
        taken = 0
        for packets in frames:
            threading.Event().wait(FRAME_MS / 1000)
            taken += self._is_taken(UnsealedFrame(live_id, LiveFrame(self.seq, now_ms() - FRAME_MS, packets)))
            self.seq += 1
        return taken

    def _is_taken(self, said: UnsealedFrame) -> bool:
        """Send a frame, retrying for two seconds: a gateway delayed by the machine has room again soon."""
        context = self.station.context
        return any(pipe.say(context, said) or threading.Event().wait(0.05) for _ in range(40))

    def act(self, live_id: str, what: Callable[..., LiveSession]) -> LiveSession:
        """Run ``go_on_air`` or ``stop``."""
        uow = self.station.context.uow()
        return what(uow, LiveId(live_id), call=call_of(AUTHOR, _now()))

    def live(self, live_id: str) -> LiveSession:
        with reading(self.station.context.engine) as session:
            return LiveSessions(session).get(LiveId(live_id))

    def reach(self, live_id: str) -> OrderReach:
        with reading(self.station.context.engine) as session:
            found = Orders(session).reaches(OrderId(live_id))
        return next(each for each in found if each.device_id == LOA_1)

    def truth(self, live_id: str) -> list[dict[str, Any]]:
        path = self.folder / "out" / LOA_1 / "truth.jsonl"
        return [line for line in truth_in(path) if line.get("item") == live_id]

    def heard(self, from_ms: int, until_ms: int) -> Samples:
        """Return the recorded samples of the line between two instants."""
        found = read_segment(max((self.folder / "out" / LOA_1).glob("*.wav")))
        first, last = ((at - found.sample0_at_ms) * RATE_HZ // 1000 for at in (from_ms, until_ms))
        return found.samples[max(0, first) : last]

    def _never_quiet(self) -> None:
        """Set quiet hours of one minute, half a day from now, so that it is never quiet during the test."""
        away_at = _now() + timedelta(hours=12)
        window = QuietWindow(away_at.time(), (away_at + timedelta(minutes=1)).time())
        with self.station.context.uow() as unit:
            unit[Places].set_rules(TINH, AreaRules(quiet=(window,), zone="UTC"))
            unit.commit()

    def _listens(self) -> bool:
        """Return whether the device has stored its desired state, after which it subscribes to its areas."""
        kept = [path for path in (self.folder / "flash").rglob("*") if path.is_file()]
        return any(b"desired" in path.read_bytes() for path in kept)


def _now() -> datetime:
    return utc_now()
