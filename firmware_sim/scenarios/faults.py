"""Effects of each fault on a device. ``begin`` returns the call that ends it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Final

from firmware_sim.fault_injection.targets import FleetClock, TargetDevice, TargetFleet
from firmware_sim.physics.dice import dice
from firmware_sim.physics.line import LineState
from firmware_sim.physics.weather import DAY_MS
from firmware_sim.scenarios import durations, messages
from firmware_sim.scenarios.model import (
    AmplifierHot,
    BadFirmware,
    BadNetwork,
    BrokerDown,
    CertificateEnds,
    ClockSkew,
    ClonedCertificate,
    CorruptDownload,
    CryingBaby,
    DataUsed,
    DiskFull,
    DiskReadOnly,
    DoorOpen,
    Duplicates,
    Fault,
    HalfOpenLink,
    MainsCut,
    Malformed,
    NatTimeout,
    OldBattery,
    OldProtocol,
    Replay,
    Seconds,
    SilentPlayback,
    SlowServer,
    SpeakerEarth,
    SpeakerOpen,
    SpeakerShort,
    Trespass,
    WeakSignal,
)
from firmware_sim.virtual.device import Surroundings

End = Callable[[], object]
AGAIN_MS: Final = 60_000
TIME_HEARD_MS: Final = 65_000
"""A device that begins to listen has received a beacon after this."""


def begin_for_all(fault: Fault, around: Surroundings, on_server: Callable[[bool], object]) -> End:
    """Begin a fault in ``model.OF_EVERYBODY``. ``on_server`` is called with whether the server is up from now on."""
    if isinstance(fault, SlowServer):
        around.content.slower = fault.times_slower
        return lambda: setattr(around.content, "slower", 1.0)
    if isinstance(fault, BrokerDown):
        around.broker.go_down()
        return around.broker.come_up
    around.content.is_down = True
    on_server(False)  # noqa: FBT003 - the call-back's only word

    def back() -> None:
        around.content.is_down = False
        on_server(True)  # noqa: FBT003 - as above

    return back


@functools.singledispatch
def begin(fault: Fault, device: TargetDevice, fleet: TargetFleet) -> End:
    """Begin a fault on this device. The caller calls ``felt`` afterwards, now and at the end."""
    raise TypeError(fault, device, fleet)


@begin.register
def _mains_cut(_: MainsCut, device: TargetDevice, _fleet: TargetFleet) -> End:
    device.physics.has_mains = False
    return lambda: setattr(device.physics, "has_mains", True)


@begin.register
def _speaker_open(_: SpeakerOpen, device: TargetDevice, _fleet: TargetFleet) -> End:
    return _line(device, LineState.OPEN)


@begin.register
def _speaker_short(_: SpeakerShort, device: TargetDevice, _fleet: TargetFleet) -> End:
    return _line(device, LineState.SHORT)


@begin.register
def _speaker_earth(_: SpeakerEarth, device: TargetDevice, _fleet: TargetFleet) -> End:
    return _line(device, LineState.EARTH)


@begin.register
def _amplifier_hot(fault: AmplifierHot, device: TargetDevice, fleet: TargetFleet) -> End:
    def heat() -> None:
        device.physics.step(fleet.clock.now_ms)
        device.physics.amp_temp = fault.temp
        device.felt()

    device.physics.amp_temp = fault.temp
    return _again_and_again(fleet.clock, AGAIN_MS, heat)


@begin.register
def _silent_playback(_: SilentPlayback, device: TargetDevice, _fleet: TargetFleet) -> End:
    device.physics.amplifier.is_dead = True
    return lambda: setattr(device.physics.amplifier, "is_dead", False)


@begin.register
def _disk_full(_: DiskFull, device: TargetDevice, _fleet: TargetFleet) -> End:
    device.wear.is_full = device.physics.disk_full = True

    def end() -> None:
        device.wear.is_full = device.physics.disk_full = False

    return end


@begin.register
def _disk_read_only(_: DiskReadOnly, device: TargetDevice, _fleet: TargetFleet) -> End:
    device.wear.is_read_only = device.physics.disk_ro = True

    def end() -> None:
        device.wear.is_read_only = device.physics.disk_ro = False

    return end


@begin.register
def _door_open(_: DoorOpen, device: TargetDevice, _fleet: TargetFleet) -> End:
    device.physics.door_open = True
    return lambda: setattr(device.physics, "door_open", False)


@begin.register
def _old_battery(fault: OldBattery, device: TargetDevice, _fleet: TargetFleet) -> End:
    if device.physics.battery is not None:
        device.physics.battery.health = min(device.physics.battery.health, fault.health)
    return lambda: None


@begin.register
def _half_open(_: HalfOpenLink, device: TargetDevice, _fleet: TargetFleet) -> End:
    device.network.is_held = True
    return lambda: setattr(device.network, "is_held", False)


@begin.register
def _nat_timeout(fault: NatTimeout, device: TargetDevice, _fleet: TargetFleet) -> End:
    device.network.nat_idle_s = durations.to_ms(fault.idle) // 1000
    return lambda: setattr(device.network, "nat_idle_s", 0)


@begin.register
def _bad_network(fault: BadNetwork, device: TargetDevice, _fleet: TargetFleet) -> End:
    device.network.loss, device.network.delay_ms = fault.loss, durations.to_ms(fault.delay)

    def end() -> None:
        device.network.loss, device.network.delay_ms = 0.0, 0

    return end


@begin.register
def _duplicates(_: Duplicates, device: TargetDevice, _fleet: TargetFleet) -> End:
    device.network.is_doubled = True
    return lambda: setattr(device.network, "is_doubled", False)


@begin.register
def _weak_signal(fault: WeakSignal, device: TargetDevice, _fleet: TargetFleet) -> End:
    device.physics.radio.faded_db = fault.fade_db
    return lambda: setattr(device.physics.radio, "faded_db", 0.0)


@begin.register
def _clock_skew(fault: ClockSkew, device: TargetDevice, _fleet: TargetFleet) -> End:
    """Skew the clock at a restart: timers set by the clock would else be due at another instant."""
    by_ms = durations.to_ms(fault.by)
    device.clock_off_ms = -by_ms if fault.is_behind else by_ms
    device.restart("watchdog")

    def end() -> None:
        device.clock_off_ms = 0
        device.restart("watchdog")

    return end


@begin.register
def _corrupt_download(_: CorruptDownload, device: TargetDevice, _fleet: TargetFleet) -> End:
    device.network.is_spoilt = True
    return lambda: setattr(device.network, "is_spoilt", False)


@begin.register
def _bad_firmware(fault: BadFirmware, device: TargetDevice, fleet: TargetFleet) -> End:
    device.failing_firmware = True

    def crash() -> None:
        if device.is_on:
            device.restart("crash")

    stop = _again_and_again(fleet.clock, durations.to_ms(fault.lives), crash)

    def end() -> None:
        device.failing_firmware = False
        stop()

    return end


@begin.register
def _certificate_ends(fault: CertificateEnds, device: TargetDevice, fleet: TargetFleet) -> End:
    physics, until_ms = device.physics, device.physics.cert_until_ms
    physics.cert_until_ms = fleet.clock.now_ms + fault.days * DAY_MS
    return lambda: setattr(physics, "cert_until_ms", until_ms)


@begin.register
def _data_used(fault: DataUsed, device: TargetDevice, fleet: TargetFleet) -> End:
    size = round(fault.mb_hour * 1e6 * AGAIN_MS / 3_600_000)
    return _again_and_again(fleet.clock, AGAIN_MS, lambda: device.physics.carried(size))


@begin.register
def _cloned(_: ClonedCertificate, device: TargetDevice, fleet: TargetFleet) -> End:
    """Switch on a clone with the id, the keys, and an empty flash."""
    clone = fleet.clone(device.name)
    clone.power_on()
    return clone.power_off


@begin.register
def _crying_baby(fault: CryingBaby, device: TargetDevice, fleet: TargetFleet) -> End:
    cry = messages.crying(device.identity.id, fleet.clock, device.say)
    return _again_and_again(fleet.clock, 1000 / fault.per_s, cry)


@begin.register
def _malformed(fault: Malformed, device: TargetDevice, fleet: TargetFleet) -> End:
    chance = dice(fleet.seed, device.name, "garbage")
    noise = messages.garbage(device.identity.id, chance, device.say)
    return _again_and_again(fleet.clock, 60_000 / fault.per_min, noise)


@begin.register
def _seconds(_: Seconds, device: TargetDevice, _fleet: TargetFleet) -> End:
    device.rewrite = messages.in_seconds
    return lambda: setattr(device, "rewrite", None)


@begin.register
def _old_protocol(_: OldProtocol, device: TargetDevice, _fleet: TargetFleet) -> End:
    device.rewrite = messages.of_old
    return lambda: setattr(device, "rewrite", None)


@begin.register
def _replay(fault: Replay, device: TargetDevice, fleet: TargetFleet) -> End:
    chance = dice(fleet.seed, device.name, "replay")
    again = messages.replay(chance, fleet.overheard, device.message)
    # Every device gets the time each minute, and refuses an older one; in virtual time only if ``hears_all``.
    device.hears_all = True
    heard_ms = fleet.clock.now_ms + TIME_HEARD_MS
    stop = _again_and_again(fleet.clock, 60_000 / fault.per_min, lambda: fleet.clock.now_ms > heard_ms and again())

    def end() -> None:
        stop()
        device.hears_all = False

    return end


@begin.register
def _trespass(fault: Trespass, device: TargetDevice, fleet: TargetFleet) -> End:
    chance = dice(fleet.seed, device.name, "trespass")
    others = [name for name in fleet.devices if name != device.name] or ["nobody"]
    beyond = messages.trespass(chance, others, device.say, device.ask)
    return _again_and_again(fleet.clock, 60_000 / fault.per_min, beyond)


def _line(device: TargetDevice, state: LineState) -> End:
    device.physics.line.state = state
    return lambda: setattr(device.physics.line, "state", LineState.OK)


def _again_and_again(clock: FleetClock, every_ms: float, do: Callable[[], object]) -> End:
    """Repeat a call every ``every_ms``, until it is ended."""
    is_over = False

    def once() -> None:
        if not is_over:
            do()
            clock.after(every_ms, once)

    def end() -> None:
        nonlocal is_over
        is_over = True

    clock.after(every_ms, once)
    return end
