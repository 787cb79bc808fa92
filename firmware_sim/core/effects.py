"""What a device does. Effects are carried out in order; a power cut may come between any two."""

from __future__ import annotations

from dataclasses import dataclass

from firmware_sim.flash import Entry


@dataclass(frozen=True, slots=True)
class Save:
    """On flash when the next effect begins; all entries or none."""

    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Publish:
    topic: str
    body: bytes
    qos: int = 1
    retain: bool = False
    expiry_s: int | None = None


@dataclass(frozen=True, slots=True)
class Connect:
    """Connect with this will."""

    will: Publish


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Topic → QoS."""

    topics: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fetch:
    """Have it: from flash if it is there unspoilt, else from ``base_url``, for ever. Earlier ``want_at_ms`` first."""

    sha256: str
    size: int
    want_at_ms: int
    base_url: str
    is_plan: bool = False


@dataclass(frozen=True, slots=True)
class Keep:
    """Content that is not named here may go, and so may fetching it."""

    sha256s: frozenset[str]


@dataclass(frozen=True, slots=True)
class Prepare:
    """It will be sounded in a moment: check its hash once more and decode it."""

    sha256: str


@dataclass(frozen=True, slots=True)
class StartSound:
    """Hand it to the sound card, from ``at_ms`` (local clock) on, skipping its first ``offset_ms``.

    ``length_ms`` is what was promised, repeats and gaps included, from the beginning; ``max_ms`` the end of patience.
    ``cuts``: over what sounds then; else after it. It takes the place of what was handed over and has not begun.
    """

    item: str
    sha256: str
    at_ms: int
    offset_ms: int
    length_ms: int
    max_ms: int
    repeat: int
    gap_ms: int
    cuts: bool
    volume_pct: int


@dataclass(frozen=True, slots=True)
class StopSound:
    item: str


@dataclass(frozen=True, slots=True)
class WakeAt:
    """Send ``Woken`` at this instant (local clock); takes the place of the one before."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class Restart:
    """Power off and on."""


Effect = (
    Save
    | Publish
    | Connect
    | Subscribe
    | Unsubscribe
    | Fetch
    | Keep
    | Prepare
    | StartSound
    | StopSound
    | WakeAt
    | Restart
)
