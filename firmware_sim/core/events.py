"""What happens to a device."""

from __future__ import annotations

import msgspec

from devices.protocol.messages import Proof
from firmware_sim.core.vitals import Vitals


class _Happened(msgspec.Struct, frozen=True, gc=False):
    """One event."""


class PowerOn(_Happened, frozen=True, gc=False):
    """``nonce`` names this boot and is never given twice; ``clock_known`` is False where there is no battery clock."""

    nonce: str
    clock_known: bool = True


class Connecting(_Happened, frozen=True, gc=False):
    """The link is about to connect and asks for its will."""


class Connected(_Happened, frozen=True, gc=False):
    """The broker accepted us, and the certificate of this number (hexadecimal)."""

    cert: str = ""


class Disconnected(_Happened, frozen=True, gc=False):
    """The broker is gone."""


class Delivered(_Happened, frozen=True, gc=False):
    """A message came."""

    topic: str
    payload: bytes


class ContentHeld(_Happened, frozen=True, gc=False):
    """Content is on flash and its hash is right; ``data`` is handed over for plans."""

    sha256: str
    data: bytes | None = None


class ContentSpoilt(_Happened, frozen=True, gc=False):
    """Content on flash is not what it was, or cannot be decoded; it is gone now."""

    sha256: str


class SoundStarted(_Happened, frozen=True, gc=False):
    """The first sample sounded at this instant."""

    item: str
    at_ms: int


class SoundEnded(_Happened, frozen=True, gc=False):
    """Every ``StartSound`` ends with one: at its end (``whole``), cut, or taken back unheard (no start before it).

    ``proof`` is what amplifier and microphone told of it.
    """

    item: str
    at_ms: int
    whole: bool
    proof: Proof | None = None


class StreamCame(_Happened, frozen=True, gc=False):
    """``ms`` of a relay's stream came, as loud as ``level_db`` (below full scale); ``held_ms`` wait to be sounded."""

    item: str
    ms: int
    held_ms: int
    level_db: float


class StreamLost(_Happened, frozen=True, gc=False):
    """A relay's stream ended, or could not be had."""

    item: str


class StreamDry(_Happened, frozen=True, gc=False):
    """Nothing of a relay's stream was left to sound: its stand-in began by itself."""

    item: str


class FeedTurned(_Happened, frozen=True, gc=False):
    """From this instant on a relay sounded ``what``: the stream, the fallback, or nothing."""

    item: str
    what: str
    at_ms: int


class Probed(_Happened, frozen=True, gc=False):
    """How amplifier and microphone are; answers ``Probe``."""

    item: str
    proof: Proof | None


class SlotWritten(_Happened, frozen=True, gc=False):
    """``sha256`` is that of what the slot holds now, read back; empty where it took nothing."""

    slot: str
    sha256: str


class Sensed(_Happened, frozen=True, gc=False):
    """On a bridge: at ``where`` (input: the foreign one; output) the level rose above the threshold, or fell below."""

    where: str
    is_loud: bool


class Measured(_Happened, frozen=True, gc=False):
    """How the box is."""

    vitals: Vitals


class LocalStop(_Happened, frozen=True, gc=False):
    """The key at the box was pressed."""


class Woken(_Happened, frozen=True, gc=False):
    """The time asked for by ``WakeAt`` has come."""


Event = (
    PowerOn
    | Connecting
    | Connected
    | Disconnected
    | Delivered
    | ContentHeld
    | ContentSpoilt
    | SoundStarted
    | SoundEnded
    | StreamCame
    | StreamLost
    | StreamDry
    | FeedTurned
    | Probed
    | SlotWritten
    | Sensed
    | Measured
    | LocalStop
    | Measured
    | Woken
)
