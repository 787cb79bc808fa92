"""Vocabulary of a scenario. Every fault is a struct of its own, so that it has the fields it uses and no other."""

from typing import Annotated

import msgspec

Share = Annotated[float, msgspec.Meta(gt=0, le=1)]
Count = Annotated[int, msgspec.Meta(ge=1)]


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base that rejects unknown fields: they are mistakes of the author."""


class FaultTargets(_Strict, frozen=True):
    """Targets: exactly one field. ``count`` and ``share`` draw each time; ``one_area``: all devices of a drawn area."""

    everybody: bool = False
    devices: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    one_area: bool = False
    count: Count | None = None
    share: Share | None = None


class _Fault(_Strict, frozen=True, tag_field="fault"):
    """Fault. ``at``: from the scenario's start, local midnight; ``lasts`` empty: to the end; ``every``: repeated."""

    who: FaultTargets
    at: str
    lasts: str = ""
    every: str = ""
    times: Count = 1


class MainsCut(_Fault, frozen=True, tag="mains_cut"):
    """The mains fail: a device with a battery goes on; one without reports it with its last power."""


class SpeakerOpen(_Fault, frozen=True, tag="speaker_open"):
    """The line is cut."""


class SpeakerShort(_Fault, frozen=True, tag="speaker_short"):
    """The line's conductors touch."""


class SpeakerEarth(_Fault, frozen=True, tag="speaker_earth"):
    """One conductor touches the pole."""


class AmplifierHot(_Fault, frozen=True, tag="amplifier_hot"):
    """The amplifier's heat sink is set to ``temp`` (°C), again every minute."""

    temp: float = 105.0


class SilentPlayback(_Fault, frozen=True, tag="silent_playback"):
    """The amplifier is dead: everything plays, nothing is heard."""


class DiskFull(_Fault, frozen=True, tag="disk_full"):
    """Content does not fit any more; facts do."""


class DiskReadOnly(_Fault, frozen=True, tag="disk_read_only"):
    """Flash takes no writes."""


class DoorOpen(_Fault, frozen=True, tag="door_open"):
    """The door of the device is open."""


class OldBattery(_Fault, frozen=True, tag="old_battery"):
    """The battery has this share of its capacity left. It does not recover."""

    health: Share = 0.15


class HalfOpenLink(_Fault, frozen=True, tag="half_open_link"):
    """Nothing passes, and neither end is notified."""


class NatTimeout(_Fault, frozen=True, tag="nat_timeout"):
    """The carrier forgets connections that are idle for ``idle``."""

    idle: str = "30s"


class BadNetwork(_Fault, frozen=True, tag="bad_network"):
    """Packets are lost, and come late."""

    loss: Annotated[float, msgspec.Meta(ge=0, lt=1)] = 0.2
    delay: str = "800ms"


class Duplicates(_Fault, frozen=True, tag="duplicates"):
    """Acknowledgements are lost: every message with QoS 1 comes twice."""


class WeakSignal(_Fault, frozen=True, tag="weak_signal"):
    """The signal is weaker by ``fade_db``; below the modem's minimum there is no link."""

    fade_db: Annotated[float, msgspec.Meta(gt=0)] = 45.0


class ClockSkew(_Fault, frozen=True, tag="clock_skew"):
    """The hardware's clock is wrong by ``by``: ahead, or with ``is_behind`` behind."""

    by: str = "45s"
    is_behind: bool = False


class CorruptDownload(_Fault, frozen=True, tag="corrupt_download"):
    """Fetched content does not match its hash."""


class SlowServer(_Fault, frozen=True, tag="slow_server"):
    """The content server takes ``times_slower`` times as long, for all devices."""

    times_slower: Annotated[float, msgspec.Meta(gt=1)] = 30.0


class BrokerDown(_Fault, frozen=True, tag="broker_down"):
    """The broker is killed and comes back, for all devices."""


class ServerDown(_Fault, frozen=True, tag="server_down"):
    """Gateway and content server go down and come back, for all devices."""


class BadFirmware(_Fault, frozen=True, tag="bad_firmware"):
    """The firmware crashes ``lives`` after each start."""

    lives: str = "40s"


class CertificateEnds(_Fault, frozen=True, tag="certificate_ends"):
    """The certificate has ``days`` left."""

    days: int = 10


class DataUsed(_Fault, frozen=True, tag="data_used"):
    """Another consumer uses ``mb_hour`` MB of the device's data an hour."""

    mb_hour: Annotated[float, msgspec.Meta(gt=0)] = 40.0


class ClonedCertificate(_Fault, frozen=True, tag="cloned_certificate"):
    """Another device with the same identity is switched on."""


class CryingBaby(_Fault, frozen=True, tag="crying_baby"):
    """The device reports the same fault ``per_s`` times a second."""

    per_s: Annotated[float, msgspec.Meta(gt=0, le=200)] = 5.0


class Malformed(_Fault, frozen=True, tag="malformed"):
    """The device also sends garbage, ``per_min`` times a minute."""

    per_min: Annotated[float, msgspec.Meta(gt=0, le=6000)] = 6.0


class Seconds(_Fault, frozen=True, tag="seconds"):
    """Telemetry is stamped in seconds where milliseconds are meant."""


class OldProtocol(_Fault, frozen=True, tag="old_protocol"):
    """Telemetry has ``v`` 0, as before version 1."""


class Replay(_Fault, frozen=True, tag="replay"):
    """An attacker who reads the broker repeats the server's messages, ``per_min`` times a minute."""

    per_min: Annotated[float, msgspec.Meta(gt=0, le=6000)] = 6.0


class Trespass(_Fault, frozen=True, tag="trespass"):
    """An attacker with its certificate subscribes and publishes beyond its rights, ``per_min`` times a minute."""

    per_min: Annotated[float, msgspec.Meta(gt=0, le=6000)] = 1.0


Fault = (
    MainsCut
    | SpeakerOpen
    | SpeakerShort
    | SpeakerEarth
    | AmplifierHot
    | SilentPlayback
    | DiskFull
    | DiskReadOnly
    | DoorOpen
    | OldBattery
    | HalfOpenLink
    | NatTimeout
    | BadNetwork
    | Duplicates
    | WeakSignal
    | ClockSkew
    | CorruptDownload
    | SlowServer
    | BrokerDown
    | ServerDown
    | BadFirmware
    | CertificateEnds
    | DataUsed
    | ClonedCertificate
    | CryingBaby
    | Malformed
    | Seconds
    | OldProtocol
    | Replay
    | Trespass
)
OF_LOUDSPEAKERS = (SpeakerOpen, SpeakerShort, SpeakerEarth, AmplifierHot, SilentPlayback)
"""Faults of devices with a loudspeaker: a board or a station's machine is not drawn for them."""
OF_CONNECTED = (Trespass, Malformed, Replay, CertificateEnds, ClonedCertificate)
"""Faults that stay unnoticed on a device that is off or out of reach at their begin: others are drawn first."""
OF_EVERYBODY = (SlowServer, BrokerDown, ServerDown)
"""Faults without a single device: ``who`` has to be ``everybody``."""


class Scenario(_Strict, frozen=True):
    """Scenario. ``lasts``: its length; faults still active then end, and the fleet has time to report."""

    name: str
    lasts: str
    faults: tuple[Fault, ...]


def kind_of(fault: Fault) -> str:
    """Return the fault's tag in YAML."""
    return str(type(fault).__struct_config__.tag)
