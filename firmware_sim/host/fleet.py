"""Fleet: every provisioned device of a folder in one process."""

import asyncio
import contextlib
import json
import os
import resource
import shutil
import signal
import time
from collections.abc import Coroutine, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, Protocol

from firmware_sim.boards.board import CONTROLLERS, Board, ControllerWire
from firmware_sim.core.events import Event, FeedTurned, SoundEnded, SoundStarted
from firmware_sim.hardware_clock import now_ms
from firmware_sim.host import keypad_files
from firmware_sim.host.bridge import BridgeHost
from firmware_sim.host.device import SimulatedDevice
from firmware_sim.host.fleet_options import EVERY_DEVICE, FleetOptions
from firmware_sim.host.ground_truth import TruthLog
from firmware_sim.host.physics_monitor import physics_of
from firmware_sim.network.fetch import FetchPool
from firmware_sim.network.link import Crowd
from firmware_sim.network.shaping import FaultHooks
from firmware_sim.physics.device_physics import DevicePhysics
from firmware_sim.provisioning.bundle import Bundle
from firmware_sim.provisioning.enrolment import Enrolment
from firmware_sim.sound.decoder import PcmCache
from firmware_sim.sound.loudspeaker import Loudspeaker, SoundThread
from firmware_sim.sound.player import AudioPlayer, Player, Tell
from firmware_sim.sound.silent_player import SilentPlayer
from firmware_sim.sound.sound_card import SoundCard, alsa
from firmware_sim.stations.station import SimulatedStation
from firmware_sim.storage.flash import Flash

DECODERS: Final = 2
SOUND_NICENESS: Final = -15


class StopKey(Protocol):
    """Device with a stop key."""

    def press_stop(self) -> None: ...


class Fleet:
    """Fleet that runs until SIGTERM or Ctrl-C; prints one JSON line when all are connected, and one at the end."""

    def __init__(self, options: FleetOptions) -> None:
        self.options = options
        self._sound = SoundThread()
        self._executor = ThreadPoolExecutor(DECODERS, thread_name_prefix="decode")
        pcm = options.out / ".pcm"
        shutil.rmtree(pcm, ignore_errors=True)
        self._cache = PcmCache(pcm, options.rate_hz)
        self._truths: list[TruthLog] = []
        self._online: set[str] = set()
        self._total = 0
        self._was_complete = False
        self._began_s = time.monotonic()
        self._lives: list[asyncio.Task[None]] = []
        self._devices: dict[str, SimulatedDevice] = {}

    async def run(self) -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for kind in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(kind, stop.set)
        folders, boxes = bundle_folders(self.options.bundles, self.options.limit), factory_folders(self.options.bundles)
        bundles = [Bundle.read(folder) for folder in folders]
        authority = next((folder / "ca.pem" for folder in (*folders, *boxes)), None)
        self._total = len(bundles)
        allow_open_files(self._total * 4 + 200)
        if self.options.audio:
            ask_for_precedence()
        crowd = Crowd()
        async with FetchPool(retry_s=self.options.reconnect_s, authority=authority) as pool:
            devices = self.start(bundles, pool, crowd)
            loop.add_signal_handler(signal.SIGUSR1, _press_stop, devices)
            self._total += len(boxes)
            for folder in boxes:
                self.live(self._enrol(folder, pool, crowd))
            self.live(keypad_files.watch(self.options.out / "keys", self._devices))
            self._report()
            await stop.wait()
            for life in self._lives:
                life.cancel()
            await asyncio.gather(*self._lives, return_exceptions=True)
        self._sound.close()
        self._executor.shutdown()
        self._tell("stopped")

    def start(self, bundles: Iterable[Bundle], pool: FetchPool, crowd: Crowd) -> Sequence[StopKey]:
        """Make the devices and switch them on."""
        devices = [self.make_device(bundle, pool, crowd) for bundle in bundles]
        for device in devices:
            self.live(device.run())
        return devices

    def live(self, life: Coroutine[None, None, None]) -> None:
        """Run a device until the fleet stops."""
        self._lives.append(asyncio.create_task(life))

    async def _enrol(self, folder: Path, pool: FetchPool, crowd: Crowd) -> None:
        """Enrol a device, without a time limit, and run it as a device from then on."""
        await Enrolment(folder, self.options.reconnect_s[1]).run()
        await self.make_device(Bundle.read(folder), pool, crowd).run()

    def make_device(
        self,
        bundle: Bundle,
        pool: FetchPool,
        crowd: Crowd,
        *,
        name: str = "",
        flash: Flash | None = None,
        physics: DevicePhysics | None = None,
        hooks: FaultHooks | None = None,
    ) -> SimulatedDevice:
        """Make a device for one boot. The options after ``crowd`` are those of a box under fault injection."""
        name = name or bundle.identity.id
        truth = TruthLog(self.options.out / name / "truth.jsonl")
        self._truths.append(truth)
        flash = flash or Flash(self.options.flash / name)
        if physics is None and not self.options.card:
            physics = self.physics(bundle, name)
        device = SimulatedDevice(
            bundle,
            flash,
            truth,
            pool=pool,
            crowd=crowd,
            make_player=lambda tell, flash: self._player(name, tell, flash),
            reconnect_s=self.options.reconnect_s,
            on_online=lambda is_online: self._count(name, bundle, is_online=is_online),
            board=self._board(bundle, flash) if bundle.is_board else None,
            physics=physics,
            bridge=BridgeHost(self.options.out / name) if bundle.identity.is_bridge else None,
            station=self._station(bundle, pool) if bundle.is_station else None,
            hooks=hooks,
        )
        self._devices[name] = device
        return device

    def physics(self, bundle: Bundle, name: str) -> DevicePhysics:
        """Return the physics of a device, or of a clone with another name."""
        return physics_of(name, bundle.folder / "device.pem", now_ms(), self.options.seed)

    def _board(self, bundle: Bundle, flash: Flash) -> Board:
        folder = self.options.out / bundle.identity.id
        make = CONTROLLERS.get(bundle.controller)
        return Board(folder, flash.held, None if make is None else ControllerWire(folder, make()))

    def _station(self, bundle: Bundle, pool: FetchPool) -> SimulatedStation:
        name = bundle.identity.id
        flash = Flash(self.options.flash / name / "station")
        return SimulatedStation(
            bundle.identity, flash, self.options.out / name, pool, lambda: now_ms() + bundle.clock_off_ms
        )

    def _player(self, name: str, tell: Tell, flash: Flash) -> Player:
        if self.options.audio.isdisjoint({name, EVERY_DEVICE}):
            return SilentPlayer(tell, flash)
        loop = asyncio.get_running_loop()

        def tell_soon(event: Event) -> None:
            loop.call_soon_threadsafe(tell, event)

        card = Loudspeaker(
            self.options.out / name,
            self.options.rate_hz,
            on_start=lambda *what: tell_soon(SoundStarted(*what)),
            on_end=lambda *what: tell_soon(SoundEnded(*what)),
            on_turn=lambda *what: tell_soon(FeedTurned(*what)),
            ring_ms=self.options.ring_ms,
            out=SoundCard(alsa(self.options.card, self.options.rate_hz)) if self.options.card else None,
        )
        self._sound.add(card)
        return AudioPlayer(tell, flash, self._cache, card, self._executor)

    def _count(self, name: str, bundle: Bundle, *, is_online: bool) -> None:
        if name != bundle.identity.id:
            return  # a clone is not counted: it was never delivered
        if is_online:
            self._online.add(name)
        else:
            self._online.discard(name)
        self._report()
        if len(self._online) == self._total and not self._was_complete:
            self._was_complete = True
            self._tell("connected")

    def _report(self) -> None:
        """Write the status file: how many devices there are, and how many are connected."""
        path = self.options.status
        if path is None:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_suffix(".new")
        new.write_text(json.dumps({"devices": self._total, "connected": len(self._online)}) + "\n")
        new.replace(path)

    def _tell(self, event: str) -> None:
        line = {
            "event": event,
            "devices": self._total,
            "seconds": round(time.monotonic() - self._began_s, 1),
            "done": sum(truth.done for truth in self._truths),
            "skew_ms_max": max((truth.skew_ms_max for truth in self._truths), default=0),
        }
        print(json.dumps(line), flush=True)


def bundle_folders(bundles: Path, limit: int) -> list[Path]:
    """Return the folders of provisioned devices in id order, the first ``limit`` of them (0: all)."""
    found = sorted(path.parent for path in bundles.glob("*/device.json"))
    return found[:limit] if limit else found


def factory_folders(bundles: Path) -> list[Path]:
    """Return the folders of devices that have no certificate yet."""
    return sorted(path.parent for path in bundles.glob("*/factory.json") if not path.with_name("device.json").exists())


def ask_for_precedence(session: Path = Path("/proc/self/autogroup")) -> None:
    """Raise the priority for feeding the sound card, as on a real device, where the system allows it.

    Threads started afterwards inherit it. Without it a busy machine leaves real gaps in the sound. The kernel shares
    the processor out among sessions first, so that of a session of its own is raised as well.
    """
    with contextlib.suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, SOUND_NICENESS)
    if os.getsid(0) == os.getpid():
        with contextlib.suppress(OSError):
            session.write_text(str(SOUND_NICENESS), encoding="ascii")


def allow_open_files(wanted: int) -> None:
    """Raise this process's limit as far as allowed; a shortage then shows as failed connections."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        resource.setrlimit(
            resource.RLIMIT_NOFILE, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard)
        )


def _press_stop(devices: Iterable[StopKey]) -> None:
    for device in devices:
        device.press_stop()
