"""Faults of a box and of its link, and of the infrastructure that all share."""

from collections.abc import Callable
from typing import Annotated

import msgspec

from bench.scenarios.fault import (
    AGAIN_MS,
    End,
    FaultTarget,
    ScenarioFault,
    Share,
    SharedFault,
    repeated,
    switched,
    to_ms,
)
from bench.virtual_fleet.device import Surroundings
from firmware_sim.physics.amplifier import LineState
from firmware_sim.physics.weather import DAY_MS


class MainsCut(ScenarioFault, frozen=True, tag="mains_cut"):
    """The mains fail: a device with a battery goes on; one without reports it with its last power."""

    def begin(self, target: FaultTarget) -> End:
        return switched(target.device.physics, "has_mains", usual=True, now=False)


class SpeakerOpen(ScenarioFault, frozen=True, tag="speaker_open"):
    """The line is cut."""

    def begin(self, target: FaultTarget) -> End:
        return switched(target.device.physics.line, "state", usual=LineState.OK, now=LineState.OPEN)


class SpeakerShort(ScenarioFault, frozen=True, tag="speaker_short"):
    """The line's conductors touch."""

    def begin(self, target: FaultTarget) -> End:
        return switched(target.device.physics.line, "state", usual=LineState.OK, now=LineState.SHORT)


class SpeakerEarth(ScenarioFault, frozen=True, tag="speaker_earth"):
    """One conductor touches the pole."""

    def begin(self, target: FaultTarget) -> End:
        return switched(target.device.physics.line, "state", usual=LineState.OK, now=LineState.EARTH)


class AmplifierHot(ScenarioFault, frozen=True, tag="amplifier_hot"):
    """The amplifier's heat sink is set to ``temp`` (°C), again every minute."""

    temp: float = 105.0

    def begin(self, target: FaultTarget) -> End:
        device, clock = target.device, target.fleet.clock

        def heat() -> None:
            device.physics.step(clock.now_ms)
            device.physics.amp_temp = self.temp
            device.felt()

        device.physics.amp_temp = self.temp
        return repeated(clock, AGAIN_MS, heat)


class SilentPlayback(ScenarioFault, frozen=True, tag="silent_playback"):
    """The amplifier is dead: everything plays, nothing is heard."""

    def begin(self, target: FaultTarget) -> End:
        return switched(target.device.physics.amplifier, "is_dead", usual=False, now=True)


class DiskFull(ScenarioFault, frozen=True, tag="disk_full"):
    """Content does not fit any more; facts do."""

    def begin(self, target: FaultTarget) -> End:
        device = target.device
        stored = switched(device.wear, "is_full", usual=False, now=True)
        measured = switched(device.physics, "disk_full", usual=False, now=True)
        return lambda: (stored(), measured())


class DiskReadOnly(ScenarioFault, frozen=True, tag="disk_read_only"):
    """Flash takes no writes."""

    def begin(self, target: FaultTarget) -> End:
        wear, physics = target.device.wear, target.device.physics
        ends = (
            switched(wear, "is_read_only", usual=False, now=True),
            switched(physics, "disk_ro", usual=False, now=True),
        )
        return lambda: [end() for end in ends]


class DoorOpen(ScenarioFault, frozen=True, tag="door_open"):
    """The door of the device is open."""

    def begin(self, target: FaultTarget) -> End:
        return switched(target.device.physics, "door_open", usual=False, now=True)


class OldBattery(ScenarioFault, frozen=True, tag="old_battery"):
    """The battery has this share of its capacity left. It does not recover."""

    health: Share = 0.15

    def begin(self, target: FaultTarget) -> End:
        if (battery := target.device.physics.battery) is not None:
            battery.health = min(battery.health, self.health)
        return lambda: None


class CertificateEnds(ScenarioFault, frozen=True, tag="certificate_ends"):
    """The certificate has ``days`` left."""

    days: int = 10

    def begin(self, target: FaultTarget) -> End:
        physics, until_ms = target.device.physics, target.fleet.clock.now_ms + self.days * DAY_MS
        return switched(physics, "cert_until_ms", usual=physics.cert_until_ms, now=until_ms)


class HalfOpenLink(ScenarioFault, frozen=True, tag="half_open_link"):
    """Nothing passes, and neither end is notified."""

    def begin(self, target: FaultTarget) -> End:
        return switched(target.device.network, "is_held", usual=False, now=True)


class NatTimeout(ScenarioFault, frozen=True, tag="nat_timeout"):
    """The carrier forgets connections that are idle for ``idle``."""

    idle: str = "30s"

    def begin(self, target: FaultTarget) -> End:
        return switched(target.device.network, "nat_idle_s", usual=0, now=to_ms(self.idle) // 1000)


class BadNetwork(ScenarioFault, frozen=True, tag="bad_network"):
    """Packets are lost, and come late."""

    loss: Annotated[float, msgspec.Meta(ge=0, lt=1)] = 0.2
    delay: str = "800ms"

    def begin(self, target: FaultTarget) -> End:
        network = target.device.network
        late = switched(network, "delay_ms", usual=0, now=to_ms(self.delay))
        lost = switched(network, "loss", usual=0.0, now=self.loss)
        return lambda: (late(), lost())


class Duplicates(ScenarioFault, frozen=True, tag="duplicates"):
    """Acknowledgements are lost: every message with QoS 1 comes twice."""

    def begin(self, target: FaultTarget) -> End:
        return switched(target.device.network, "is_doubled", usual=False, now=True)


class WeakSignal(ScenarioFault, frozen=True, tag="weak_signal"):
    """The signal is weaker by ``fade_db``; below the modem's minimum there is no link."""

    fade_db: Annotated[float, msgspec.Meta(gt=0)] = 45.0

    def begin(self, target: FaultTarget) -> End:
        return switched(target.device.physics.radio, "faded_db", usual=0.0, now=self.fade_db)


class CorruptDownload(ScenarioFault, frozen=True, tag="corrupt_download"):
    """Fetched content does not match its hash."""

    def begin(self, target: FaultTarget) -> End:
        return switched(target.device.network, "is_spoilt", usual=False, now=True)


class DataUsed(ScenarioFault, frozen=True, tag="data_used"):
    """Another consumer uses ``mb_hour`` MB of the device's data an hour."""

    mb_hour: Annotated[float, msgspec.Meta(gt=0)] = 40.0

    def begin(self, target: FaultTarget) -> End:
        size = round(self.mb_hour * 1e6 * AGAIN_MS / 3_600_000)
        return repeated(target.fleet.clock, AGAIN_MS, lambda: target.device.physics.carried(size))


class SlowServer(SharedFault, frozen=True, tag="slow_server"):
    """The content server takes ``times_slower`` times as long, for all devices."""

    times_slower: Annotated[float, msgspec.Meta(gt=1)] = 30.0

    def begin_for_all(self, around: Surroundings, on_server: Callable[[bool], object]) -> End:
        return switched(around.content, "slower", usual=1.0, now=self.times_slower)


class BrokerDown(SharedFault, frozen=True, tag="broker_down"):
    """The broker is killed and comes back, for all devices."""

    def begin_for_all(self, around: Surroundings, on_server: Callable[[bool], object]) -> End:
        around.broker.go_down()
        return around.broker.come_up


class ServerDown(SharedFault, frozen=True, tag="server_down"):
    """Gateway and content server go down and come back, for all devices."""

    def begin_for_all(self, around: Surroundings, on_server: Callable[[bool], object]) -> End:
        back = switched(around.content, "is_down", usual=False, now=True)
        on_server(False)  # noqa: FBT003 - the call-back's only word
        return lambda: (back(), on_server(True))  # noqa: FBT003 - as above
