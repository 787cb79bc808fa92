"""Effects of each fault on a device. ``begin`` returns the call that ends it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Final

from firmware_sim.ground import FleetClock, Ground, Pole
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
from firmware_sim.virtual.pole import Surroundings

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
def begin(fault: Fault, pole: Pole, fleet: Ground) -> End:
    """Begin a fault on this device. The caller calls ``felt`` afterwards, now and at the end."""
    raise TypeError(fault, pole, fleet)


@begin.register
def _mains_cut(_: MainsCut, pole: Pole, _fleet: Ground) -> End:
    pole.box.has_mains = False
    return lambda: setattr(pole.box, "has_mains", True)


@begin.register
def _speaker_open(_: SpeakerOpen, pole: Pole, _fleet: Ground) -> End:
    return _line(pole, LineState.OPEN)


@begin.register
def _speaker_short(_: SpeakerShort, pole: Pole, _fleet: Ground) -> End:
    return _line(pole, LineState.SHORT)


@begin.register
def _speaker_earth(_: SpeakerEarth, pole: Pole, _fleet: Ground) -> End:
    return _line(pole, LineState.EARTH)


@begin.register
def _amplifier_hot(fault: AmplifierHot, pole: Pole, fleet: Ground) -> End:
    def heat() -> None:
        pole.box.step(fleet.clock.now_ms)
        pole.box.amp_temp = fault.temp
        pole.felt()

    pole.box.amp_temp = fault.temp
    return _again_and_again(fleet.clock, AGAIN_MS, heat)


@begin.register
def _silent_playback(_: SilentPlayback, pole: Pole, _fleet: Ground) -> End:
    pole.box.amplifier.is_dead = True
    return lambda: setattr(pole.box.amplifier, "is_dead", False)


@begin.register
def _disk_full(_: DiskFull, pole: Pole, _fleet: Ground) -> End:
    pole.wear.is_full = pole.box.disk_full = True

    def end() -> None:
        pole.wear.is_full = pole.box.disk_full = False

    return end


@begin.register
def _disk_read_only(_: DiskReadOnly, pole: Pole, _fleet: Ground) -> End:
    pole.wear.is_read_only = pole.box.disk_ro = True

    def end() -> None:
        pole.wear.is_read_only = pole.box.disk_ro = False

    return end


@begin.register
def _door_open(_: DoorOpen, pole: Pole, _fleet: Ground) -> End:
    pole.box.door_open = True
    return lambda: setattr(pole.box, "door_open", False)


@begin.register
def _old_battery(fault: OldBattery, pole: Pole, _fleet: Ground) -> End:
    if pole.box.battery is not None:
        pole.box.battery.health = min(pole.box.battery.health, fault.health)
    return lambda: None


@begin.register
def _half_open(_: HalfOpenLink, pole: Pole, _fleet: Ground) -> End:
    pole.path.is_held = True
    return lambda: setattr(pole.path, "is_held", False)


@begin.register
def _nat_timeout(fault: NatTimeout, pole: Pole, _fleet: Ground) -> End:
    pole.path.nat_idle_s = durations.to_ms(fault.idle) // 1000
    return lambda: setattr(pole.path, "nat_idle_s", 0)


@begin.register
def _bad_network(fault: BadNetwork, pole: Pole, _fleet: Ground) -> End:
    pole.path.loss, pole.path.delay_ms = fault.loss, durations.to_ms(fault.delay)

    def end() -> None:
        pole.path.loss, pole.path.delay_ms = 0.0, 0

    return end


@begin.register
def _duplicates(_: Duplicates, pole: Pole, _fleet: Ground) -> End:
    pole.path.is_doubled = True
    return lambda: setattr(pole.path, "is_doubled", False)


@begin.register
def _weak_signal(fault: WeakSignal, pole: Pole, _fleet: Ground) -> End:
    pole.box.radio.faded_db = fault.fade_db
    return lambda: setattr(pole.box.radio, "faded_db", 0.0)


@begin.register
def _clock_skew(fault: ClockSkew, pole: Pole, _fleet: Ground) -> End:
    """Skew the clock at a restart: timers set by the clock would else be due at another instant."""
    by_ms = durations.to_ms(fault.by)
    pole.clock_off_ms = -by_ms if fault.is_behind else by_ms
    pole.restart("watchdog")

    def end() -> None:
        pole.clock_off_ms = 0
        pole.restart("watchdog")

    return end


@begin.register
def _corrupt_download(_: CorruptDownload, pole: Pole, _fleet: Ground) -> End:
    pole.path.is_spoilt = True
    return lambda: setattr(pole.path, "is_spoilt", False)


@begin.register
def _bad_firmware(fault: BadFirmware, pole: Pole, fleet: Ground) -> End:
    pole.failing_firmware = True

    def crash() -> None:
        if pole.is_on:
            pole.restart("crash")

    stop = _again_and_again(fleet.clock, durations.to_ms(fault.lives), crash)

    def end() -> None:
        pole.failing_firmware = False
        stop()

    return end


@begin.register
def _certificate_ends(fault: CertificateEnds, pole: Pole, fleet: Ground) -> End:
    box, until_ms = pole.box, pole.box.cert_until_ms
    box.cert_until_ms = fleet.clock.now_ms + fault.days * DAY_MS
    return lambda: setattr(box, "cert_until_ms", until_ms)


@begin.register
def _data_used(fault: DataUsed, pole: Pole, fleet: Ground) -> End:
    size = round(fault.mb_hour * 1e6 * AGAIN_MS / 3_600_000)
    return _again_and_again(fleet.clock, AGAIN_MS, lambda: pole.box.carried(size))


@begin.register
def _cloned(_: ClonedCertificate, pole: Pole, fleet: Ground) -> End:
    """Switch on a clone with the id, the keys, and an empty flash."""
    clone = fleet.clone(pole.name)
    clone.power_on()
    return clone.power_off


@begin.register
def _crying_baby(fault: CryingBaby, pole: Pole, fleet: Ground) -> End:
    cry = messages.crying(pole.identity.id, fleet.clock, pole.say)
    return _again_and_again(fleet.clock, 1000 / fault.per_s, cry)


@begin.register
def _malformed(fault: Malformed, pole: Pole, fleet: Ground) -> End:
    chance = dice(fleet.seed, pole.name, "garbage")
    noise = messages.garbage(pole.identity.id, chance, pole.say)
    return _again_and_again(fleet.clock, 60_000 / fault.per_min, noise)


@begin.register
def _seconds(_: Seconds, pole: Pole, _fleet: Ground) -> End:
    pole.rewrite = messages.in_seconds
    return lambda: setattr(pole, "rewrite", None)


@begin.register
def _old_protocol(_: OldProtocol, pole: Pole, _fleet: Ground) -> End:
    pole.rewrite = messages.of_old
    return lambda: setattr(pole, "rewrite", None)


@begin.register
def _replay(fault: Replay, pole: Pole, fleet: Ground) -> End:
    chance = dice(fleet.seed, pole.name, "replay")
    again = messages.replay(chance, fleet.overheard, pole.message)
    # Every device gets the time each minute, and refuses an older one; in virtual time only if ``hears_all``.
    pole.hears_all = True
    heard_ms = fleet.clock.now_ms + TIME_HEARD_MS
    stop = _again_and_again(fleet.clock, 60_000 / fault.per_min, lambda: fleet.clock.now_ms > heard_ms and again())

    def end() -> None:
        stop()
        pole.hears_all = False

    return end


@begin.register
def _trespass(fault: Trespass, pole: Pole, fleet: Ground) -> End:
    chance = dice(fleet.seed, pole.name, "trespass")
    others = [name for name in fleet.poles if name != pole.name] or ["nobody"]
    beyond = messages.trespass(chance, others, pole.say, pole.ask)
    return _again_and_again(fleet.clock, 60_000 / fault.per_min, beyond)


def _line(pole: Pole, state: LineState) -> End:
    pole.box.line.state = state
    return lambda: setattr(pole.box.line, "state", LineState.OK)


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
