"""What happens to a device."""

from __future__ import annotations

from dataclasses import dataclass

from devices.protocol.messages import Proof


@dataclass(frozen=True, slots=True)
class PowerOn:
    """``nonce`` names this boot and is never given twice; ``clock_known`` is False where there is no battery clock."""

    nonce: str
    clock_known: bool = True


@dataclass(frozen=True, slots=True)
class Connecting:
    """The link is about to connect and asks for its will."""


@dataclass(frozen=True, slots=True)
class Connected:
    """The broker accepted us."""


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The broker is gone."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """A message came."""

    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class ContentHeld:
    """Content is on flash and its hash is right; ``data`` is handed over for plans."""

    sha256: str
    data: bytes | None = None


@dataclass(frozen=True, slots=True)
class ContentSpoilt:
    """Content on flash is not what it was, or cannot be decoded; it is gone now."""

    sha256: str


@dataclass(frozen=True, slots=True)
class SoundStarted:
    """The first sample sounded at this instant."""

    item: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class SoundEnded:
    """Every ``StartSound`` ends with one: at its end (``whole``), cut, or taken back unheard (no start before it).

    ``proof`` is what amplifier and microphone told of it.
    """

    item: str
    at_ms: int
    whole: bool
    proof: Proof | None = None


@dataclass(frozen=True, slots=True)
class Probed:
    """How amplifier and microphone are; answers ``Probe``."""

    item: str
    proof: Proof | None


@dataclass(frozen=True, slots=True)
class LocalStop:
    """The key at the box was pressed."""


@dataclass(frozen=True, slots=True)
class Woken:
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
    | Probed
    | LocalStop
    | Woken
)
