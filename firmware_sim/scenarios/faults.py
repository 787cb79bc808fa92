"""What each fault does to a device in virtual time. ``begin`` returns what ends it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Final

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
from firmware_sim.virtual.fleet import VirtualFleet
from firmware_sim.virtual.pole import Surroundings, VirtualPole
from firmware_sim.virtual.timeline import Timeline

End = Callable[[], object]
AGAIN_MS: Final = 60_000
TIME_HEARD_MS: Final = 65_000
"""So long after somebody begins to listen, a beacon was heard."""


def begin_for_all(fault: Fault, around: Surroundings, on_server: Callable[[bool], object]) -> End:
    """Of those in ``model.OF_EVERYBODY``. ``on_server``: whether the server is there from now on."""
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
def begin(fault: Fault, pole: VirtualPole, fleet: VirtualFleet) -> End:
    """Act on this device from now on. The caller has the box feel it, now and at the end."""
    raise TypeError(fault, pole, fleet)


@begin.register
def _mains_cut(_: MainsCut, pole: VirtualPole, _fleet: VirtualFleet) -> End:
    pole.box.has_mains = False
    return lambda: setattr(pole.box, "has_mains", True)


@begin.register
def _speaker_open(_: SpeakerOpen, pole: VirtualPole, _fleet: VirtualFleet) -> End:
    return _line(pole, LineState.OPEN)


@begin.register
def _speaker_short(_: SpeakerShort, pole: VirtualPole, _fleet: VirtualFleet) -> End:
    return _line(pole, LineState.SHORT)


@begin.register
def _speaker_earth(_: SpeakerEarth, pole: VirtualPole, _fleet: VirtualFleet) -> End:
    return _line(pole, LineState.EARTH)


@begin.register
def _amplifier_hot(fault: AmplifierHot, pole: VirtualPole, fleet: VirtualFleet) -> End:
    def heat() -> None:
        pole.box.step(fleet.around.timeline.now_ms)
        pole.box.amp_temp = fault.temp
        pole.felt()

    pole.box.amp_temp = fault.temp
    return _again_and_again(fleet.around.timeline, AGAIN_MS, heat)


@begin.register
def _silent_playback(_: SilentPlayback, pole: VirtualPole, _fleet: VirtualFleet) -> End:
    pole.box.amplifier.is_dead = True
    return lambda: setattr(pole.box.amplifier, "is_dead", False)


@begin.register
def _disk_full(_: DiskFull, pole: VirtualPole, _fleet: VirtualFleet) -> End:
    pole.flash.is_full = pole.box.disk_full = True

    def end() -> None:
        pole.flash.is_full = pole.box.disk_full = False

    return end


@begin.register
def _disk_read_only(_: DiskReadOnly, pole: VirtualPole, _fleet: VirtualFleet) -> End:
    pole.flash.is_read_only = pole.box.disk_ro = True

    def end() -> None:
        pole.flash.is_read_only = pole.box.disk_ro = False

    return end


@begin.register
def _door_open(_: DoorOpen, pole: VirtualPole, _fleet: VirtualFleet) -> End:
    pole.box.door_open = True
    return lambda: setattr(pole.box, "door_open", False)


@begin.register
def _old_battery(fault: OldBattery, pole: VirtualPole, _fleet: VirtualFleet) -> End:
    if pole.box.battery is not None:
        pole.box.battery.health = min(pole.box.battery.health, fault.health)
    return lambda: None


@begin.register
def _half_open(_: HalfOpenLink, pole: VirtualPole, _fleet: VirtualFleet) -> End:
    pole.path.is_held = True
    return lambda: setattr(pole.path, "is_held", False)


@begin.register
def _nat_timeout(fault: NatTimeout, pole: VirtualPole, _fleet: VirtualFleet) -> End:
    pole.path.nat_idle_s = durations.to_ms(fault.idle) // 1000
    return lambda: setattr(pole.path, "nat_idle_s", 0)


@begin.register
def _bad_network(fault: BadNetwork, pole: VirtualPole, _fleet: VirtualFleet) -> End:
    pole.path.loss, pole.path.delay_ms = fault.loss, durations.to_ms(fault.delay)

    def end() -> None:
        pole.path.loss, pole.path.delay_ms = 0.0, 0

    return end


@begin.register
def _duplicates(_: Duplicates, pole: VirtualPole, _fleet: VirtualFleet) -> End:
    pole.path.is_doubled = True
    return lambda: setattr(pole.path, "is_doubled", False)


@begin.register
def _weak_signal(fault: WeakSignal, pole: VirtualPole, _fleet: VirtualFleet) -> End:
    pole.box.radio.faded_db = fault.fade_db
    return lambda: setattr(pole.box.radio, "faded_db", 0.0)


@begin.register
def _clock_skew(fault: ClockSkew, pole: VirtualPole, _fleet: VirtualFleet) -> End:
    """A clock is set at a start: what is due by it would else be due by another."""
    by_ms = durations.to_ms(fault.by)
    pole.clock_off_ms = -by_ms if fault.is_behind else by_ms
    pole.restart("watchdog")

    def end() -> None:
        pole.clock_off_ms = 0
        pole.restart("watchdog")

    return end


@begin.register
def _corrupt_download(_: CorruptDownload, pole: VirtualPole, _fleet: VirtualFleet) -> End:
    pole.shelf.is_spoilt = True
    return lambda: setattr(pole.shelf, "is_spoilt", False)


@begin.register
def _bad_firmware(fault: BadFirmware, pole: VirtualPole, fleet: VirtualFleet) -> End:
    pole.failing_firmware = True

    def crash() -> None:
        if pole.is_on:
            pole.restart("crash")

    stop = _again_and_again(fleet.around.timeline, durations.to_ms(fault.lives), crash)

    def end() -> None:
        pole.failing_firmware = False
        stop()

    return end


@begin.register
def _certificate_ends(fault: CertificateEnds, pole: VirtualPole, fleet: VirtualFleet) -> End:
    box, until_ms = pole.box, pole.box.cert_until_ms
    box.cert_until_ms = fleet.around.timeline.now_ms + fault.days * DAY_MS
    return lambda: setattr(box, "cert_until_ms", until_ms)


@begin.register
def _data_used(fault: DataUsed, pole: VirtualPole, fleet: VirtualFleet) -> End:
    size = round(fault.mb_hour * 1e6 * AGAIN_MS / 3_600_000)
    return _again_and_again(fleet.around.timeline, AGAIN_MS, lambda: pole.box.carried(size))


@begin.register
def _cloned(_: ClonedCertificate, pole: VirtualPole, fleet: VirtualFleet) -> End:
    """It has the id, the keys, and an empty flash."""
    clone = fleet.make(pole.identity.id, name=f"{pole.name}_clone")
    fleet.clones.append(clone)
    clone.power_on()
    return clone.power_off


@begin.register
def _crying_baby(fault: CryingBaby, pole: VirtualPole, fleet: VirtualFleet) -> End:
    around = fleet.around
    cry = messages.crying(pole.identity.id, around.timeline, pole.link.publish)
    return _again_and_again(around.timeline, 1000 / fault.per_s, cry)


@begin.register
def _malformed(fault: Malformed, pole: VirtualPole, fleet: VirtualFleet) -> End:
    chance = dice(fleet.around.seed, pole.name, "garbage")
    noise = messages.garbage(pole.identity.id, chance, pole.link.publish)
    return _again_and_again(fleet.around.timeline, 60_000 / fault.per_min, noise)


@begin.register
def _seconds(_: Seconds, pole: VirtualPole, _fleet: VirtualFleet) -> End:
    pole.link.rewrite = messages.in_seconds
    return lambda: setattr(pole.link, "rewrite", None)


@begin.register
def _old_protocol(_: OldProtocol, pole: VirtualPole, _fleet: VirtualFleet) -> End:
    pole.link.rewrite = messages.of_old
    return lambda: setattr(pole.link, "rewrite", None)


@begin.register
def _replay(fault: Replay, pole: VirtualPole, fleet: VirtualFleet) -> End:
    chance = dice(fleet.around.seed, pole.name, "replay")
    again = messages.replay(chance, fleet.around.broker, pole.message)
    # Every device hears the time each minute, and refuses an older one; in virtual time only if it is told to.
    pole.link.hears_all = True
    heard_ms = fleet.around.timeline.now_ms + TIME_HEARD_MS
    stop = _again_and_again(
        fleet.around.timeline, 60_000 / fault.per_min, lambda: fleet.around.timeline.now_ms > heard_ms and again()
    )

    def end() -> None:
        stop()
        pole.link.hears_all = False

    return end


@begin.register
def _trespass(fault: Trespass, pole: VirtualPole, fleet: VirtualFleet) -> End:
    chance = dice(fleet.around.seed, pole.name, "trespass")
    others = [name for name in fleet.poles if name != pole.name] or ["nobody"]
    beyond = messages.trespass(chance, others, pole.link.publish, pole.link.subscribe)
    return _again_and_again(fleet.around.timeline, 60_000 / fault.per_min, beyond)


def _line(pole: VirtualPole, state: LineState) -> End:
    pole.box.line.state = state
    return lambda: setattr(pole.box.line, "state", LineState.OK)


def _again_and_again(timeline: Timeline, every_ms: float, do: Callable[[], object]) -> End:
    """Every so often, until it is ended."""
    is_over = False

    def once() -> None:
        if not is_over:
            do()
            timeline.after(every_ms, once)

    def end() -> None:
        nonlocal is_over
        is_over = True

    timeline.after(every_ms, once)
    return end
