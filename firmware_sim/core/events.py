"""Events: input of the device core from its host."""

from dataclasses import dataclass

import msgspec

from devices.protocol.messages import Proof


@dataclass(frozen=True, slots=True)
class Measurements:
    """Measurements; names, units and bounds are those of Telemetry in ``docs/protocol.md``."""

    disk_pct: int = 0
    disk_ro: bool | None = None
    rssi: float | None = None
    rsrp: float | None = None
    rsrq: float | None = None
    sinr: float | None = None
    tech: str = ""
    oper: str = ""
    cell: str = ""
    mb_day: float | None = None
    rtt_ms: int | None = None
    mains: bool | None = None
    vin: float | None = None
    batt_v: float | None = None
    batt_pct: int | None = None
    amp_on: bool | None = None
    amp_ma: int | None = None
    line_ohm: float | None = None
    ref_ohm: float | None = None
    spk: str = ""
    clip_pct: int | None = None
    amp_temp: float | None = None
    mic_db: float | None = None
    underruns: int | None = None
    temp: float | None = None
    hum: int | None = None
    door: bool | None = None
    reset_reason: str = ""
    cert_days: int | None = None


class CoreEvent(msgspec.Struct, frozen=True, gc=False):
    """One event."""


Event = CoreEvent


class PowerOn(CoreEvent, frozen=True, gc=False):
    """Power is on. ``nonce`` names this boot and is never reused; ``clock_known`` is False without a battery clock."""

    nonce: str
    clock_known: bool = True


class Connecting(CoreEvent, frozen=True, gc=False):
    """The link is about to connect and asks for its will."""


class Connected(CoreEvent, frozen=True, gc=False):
    """The broker accepted us, and our certificate with this serial number (hexadecimal)."""

    cert: str = ""


class Disconnected(CoreEvent, frozen=True, gc=False):
    """The broker is gone."""


class MessageDelivered(CoreEvent, frozen=True, gc=False):
    """A message arrived."""

    topic: str
    payload: bytes


class ContentHeld(CoreEvent, frozen=True, gc=False):
    """Content is on flash and its hash is right; ``data`` is handed over for plans."""

    sha256: str
    data: bytes | None = None


class ContentSpoilt(CoreEvent, frozen=True, gc=False):
    """Content on flash is damaged or cannot be decoded; it has been deleted."""

    sha256: str


class SoundStarted(CoreEvent, frozen=True, gc=False):
    """The first sample sounded at this instant."""

    item: str
    at_ms: int


class SoundEnded(CoreEvent, frozen=True, gc=False):
    """Every ``StartSound`` ends with one: at its end (``whole``), cut, or withdrawn unheard (no start before it).

    ``proof``: measurements of amplifier and microphone while it sounded.
    """

    item: str
    at_ms: int
    whole: bool
    proof: Proof | None = None


class StreamCame(CoreEvent, frozen=True, gc=False):
    """Part of a relay's stream arrived: ``ms`` at ``level_db`` (relative to full scale); ``held_ms`` are buffered."""

    item: str
    ms: int
    held_ms: int
    level_db: float


class StreamLost(CoreEvent, frozen=True, gc=False):
    """A relay's stream ended, or could not be opened."""

    item: str


class StreamDry(CoreEvent, frozen=True, gc=False):
    """A relay's stream ran dry: its fallback began by itself."""

    item: str


class FeedTurned(CoreEvent, frozen=True, gc=False):
    """A relay's source changed at this instant to ``what``: the stream, the fallback, or nothing."""

    item: str
    what: str
    at_ms: int


class Probed(CoreEvent, frozen=True, gc=False):
    """Measurements of amplifier and microphone; answers ``Probe``."""

    item: str
    proof: Proof | None


class SlotWritten(CoreEvent, frozen=True, gc=False):
    """An image slot was written. ``sha256``: of its content, read back; empty where nothing could be written."""

    slot: str
    sha256: str


class Sensed(CoreEvent, frozen=True, gc=False):
    """On a bridge: the level at ``where`` (foreign ``input``, or ``output``) crossed the threshold, up or down."""

    where: str
    is_loud: bool


class Measured(CoreEvent, frozen=True, gc=False):
    """Measurements of the device."""

    measurements: Measurements


class LocalStop(CoreEvent, frozen=True, gc=False):
    """The stop key at the device was pressed."""


class KeyTurned(CoreEvent, frozen=True, gc=False):
    """The key at the device was turned: the number of an order was chosen, from 1 on, and a PIN typed."""

    choice: int
    pin: str


class Woken(CoreEvent, frozen=True, gc=False):
    """The time asked for by ``WakeAt`` has come."""
