"""The words of a scenario. Every fault is a struct of its own, so that what it can be told is what it can do."""

from __future__ import annotations

from typing import Annotated

import msgspec

Share = Annotated[float, msgspec.Meta(gt=0, le=1)]
Count = Annotated[int, msgspec.Meta(ge=1)]


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A word that is not known is a mistake of whoever wrote it."""


class Who(_Strict, frozen=True):
    """Exactly one of them. ``count`` and ``share`` draw anew each time; ``one_area``: every device of an area drawn."""

    everybody: bool = False
    devices: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    one_area: bool = False
    count: Count | None = None
    share: Share | None = None


class _Fault(_Strict, frozen=True, tag_field="fault"):
    """``at`` counts from the scenario's start, local midnight; ``lasts`` empty: to the end. ``every`` comes again."""

    who: Who
    at: str
    lasts: str = ""
    every: str = ""
    times: Count = 1


class MainsCut(_Fault, frozen=True, tag="mains_cut"):
    """A box with a battery lives on; one without tells it with its last gasp."""


class SpeakerOpen(_Fault, frozen=True, tag="speaker_open"):
    """The line is cut."""


class SpeakerShort(_Fault, frozen=True, tag="speaker_short"):
    """The line's conductors touch."""


class SpeakerEarth(_Fault, frozen=True, tag="speaker_earth"):
    """One conductor touches the pole."""


class AmplifierHot(_Fault, frozen=True, tag="amplifier_hot"):
    """Its heat sink is as warm as ``temp`` (°C), again every minute."""

    temp: float = 105.0


class SilentPlayback(_Fault, frozen=True, tag="silent_playback"):
    """The amplifier is dead: everything plays, nothing is heard."""


class DiskFull(_Fault, frozen=True, tag="disk_full"):
    """Content does not fit any more; facts do."""


class DiskReadOnly(_Fault, frozen=True, tag="disk_read_only"):
    """Flash takes no writes."""


class DoorOpen(_Fault, frozen=True, tag="door_open"):
    """Somebody is at the box."""


class OldBattery(_Fault, frozen=True, tag="old_battery"):
    """So much of its capacity is left. It does not get better by itself."""

    health: Share = 0.15


class HalfOpenLink(_Fault, frozen=True, tag="half_open_link"):
    """Nothing passes, and neither end is told."""


class NatTimeout(_Fault, frozen=True, tag="nat_timeout"):
    """The carrier forgets connections that are idle for so long."""

    idle: str = "30s"


class BadNetwork(_Fault, frozen=True, tag="bad_network"):
    """Packets are lost, and come late."""

    loss: Annotated[float, msgspec.Meta(ge=0, lt=1)] = 0.2
    delay: str = "800ms"


class Duplicates(_Fault, frozen=True, tag="duplicates"):
    """Acknowledgements are lost: every message with QoS 1 comes twice."""


class WeakSignal(_Fault, frozen=True, tag="weak_signal"):
    """So much weaker than usual; below what a modem needs there is no link."""

    fade_db: Annotated[float, msgspec.Meta(gt=0)] = 45.0


class ClockSkew(_Fault, frozen=True, tag="clock_skew"):
    """The hardware's clock is wrong by so much; with a minus it is behind."""

    by: str = "45s"
    is_behind: bool = False


class CorruptDownload(_Fault, frozen=True, tag="corrupt_download"):
    """What is fetched is not what its hash says."""


class SlowServer(_Fault, frozen=True, tag="slow_server"):
    """The content server takes so many times as long, for everybody."""

    times_slower: Annotated[float, msgspec.Meta(gt=1)] = 30.0


class BrokerDown(_Fault, frozen=True, tag="broker_down"):
    """The broker is killed and comes back, for everybody."""


class ServerDown(_Fault, frozen=True, tag="server_down"):
    """Gateway and content are gone and come back, for everybody."""


class BadFirmware(_Fault, frozen=True, tag="bad_firmware"):
    """It crashes so long after each start."""

    lives: str = "40s"


class CertificateEnds(_Fault, frozen=True, tag="certificate_ends"):
    """Its certificate has so many days left."""

    days: int = 10


class DataUsed(_Fault, frozen=True, tag="data_used"):
    """Something else uses up its data: so many MB an hour."""

    mb_hour: Annotated[float, msgspec.Meta(gt=0)] = 40.0


class ClonedCertificate(_Fault, frozen=True, tag="cloned_certificate"):
    """Another box with the same identity is switched on."""


class CryingBaby(_Fault, frozen=True, tag="crying_baby"):
    """It says the same thing so many times a second."""

    per_s: Annotated[float, msgspec.Meta(gt=0, le=200)] = 5.0


class Malformed(_Fault, frozen=True, tag="malformed"):
    """Besides what it says it sends garbage, so many times a minute."""

    per_min: Annotated[float, msgspec.Meta(gt=0, le=6000)] = 6.0


class Seconds(_Fault, frozen=True, tag="seconds"):
    """Its health is stamped in seconds where milliseconds are meant."""


class OldProtocol(_Fault, frozen=True, tag="old_protocol"):
    """Its health says ``v`` 0, as before version 1."""


class Replay(_Fault, frozen=True, tag="replay"):
    """Somebody who reads the broker says again what the server said, so many times a minute."""

    per_min: Annotated[float, msgspec.Meta(gt=0, le=6000)] = 6.0


class Trespass(_Fault, frozen=True, tag="trespass"):
    """Whoever has its certificate asks to hear and writes what is not its own, so many times a minute."""

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
"""What befalls nobody but who has one: a board or a station's machine is not drawn for it."""
OF_CONNECTED = (Trespass, Malformed, Replay, CertificateEnds, ClonedCertificate)
"""What nobody learns of a box that is off or out of reach when it begins: those that are not are drawn first."""
OF_EVERYBODY = (SlowServer, BrokerDown, ServerDown)
"""What has no single device: ``who`` has to be ``everybody``."""


class Scenario(_Strict, frozen=True):
    """``lasts``: of the whole; what is left of a fault then is taken away, and the fleet is given time to tell."""

    name: str
    lasts: str
    faults: tuple[Fault, ...]


def kind_of(fault: Fault) -> str:
    """Its word in YAML."""
    return str(type(fault).__struct_config__.tag)
