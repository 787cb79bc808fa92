"""Events: input of the device core from its host."""

import msgspec

from devices.protocol.messages import Proof
from firmware_sim.core.health.measurements import Measurements


class Event(msgspec.Struct, frozen=True, gc=False):
    """One event."""


class PowerOn(Event, frozen=True, gc=False):
    """Power is on. ``nonce`` names this boot and is never reused; ``clock_known`` is False without a battery clock."""

    nonce: str
    clock_known: bool = True


class Connecting(Event, frozen=True, gc=False):
    """The link is about to connect and asks for its will."""


class Connected(Event, frozen=True, gc=False):
    """The broker accepted us, and our certificate with this serial number (hexadecimal)."""

    cert: str = ""


class Disconnected(Event, frozen=True, gc=False):
    """The broker is gone."""


class MessageDelivered(Event, frozen=True, gc=False):
    """A message arrived."""

    topic: str
    payload: bytes


class ContentHeld(Event, frozen=True, gc=False):
    """Content is on flash and its hash is right; ``data`` is handed over for plans."""

    sha256: str
    data: bytes | None = None


class ContentSpoilt(Event, frozen=True, gc=False):
    """Content on flash is damaged or cannot be decoded; it has been deleted."""

    sha256: str


class SoundStarted(Event, frozen=True, gc=False):
    """The first sample sounded at this instant."""

    item: str
    at_ms: int


class SoundEnded(Event, frozen=True, gc=False):
    """Every ``StartSound`` ends with one: at its end (``whole``), cut, or withdrawn unheard (no start before it).

    ``proof``: measurements of amplifier and microphone while it sounded.
    """

    item: str
    at_ms: int
    whole: bool
    proof: Proof | None = None


class StreamCame(Event, frozen=True, gc=False):
    """Part of a relay's stream arrived: ``ms`` at ``level_db`` (relative to full scale); ``held_ms`` are buffered."""

    item: str
    ms: int
    held_ms: int
    level_db: float


class StreamLost(Event, frozen=True, gc=False):
    """A relay's stream ended, or could not be opened."""

    item: str


class StreamDry(Event, frozen=True, gc=False):
    """A relay's stream ran dry: its fallback began by itself."""

    item: str


class FeedTurned(Event, frozen=True, gc=False):
    """A relay's source changed at this instant to ``what``: the stream, the fallback, or nothing."""

    item: str
    what: str
    at_ms: int


class Probed(Event, frozen=True, gc=False):
    """Measurements of amplifier and microphone; answers ``Probe``."""

    item: str
    proof: Proof | None


class SlotWritten(Event, frozen=True, gc=False):
    """An image slot was written. ``sha256``: of its content, read back; empty where nothing could be written."""

    slot: str
    sha256: str


class Sensed(Event, frozen=True, gc=False):
    """On a bridge: the level at ``where`` (foreign ``input``, or ``output``) crossed the threshold, up or down."""

    where: str
    is_loud: bool


class Measured(Event, frozen=True, gc=False):
    """Measurements of the device."""

    measurements: Measurements


class LocalStop(Event, frozen=True, gc=False):
    """The stop key at the device was pressed."""


class Woken(Event, frozen=True, gc=False):
    """The time asked for by ``WakeAt`` has come."""
