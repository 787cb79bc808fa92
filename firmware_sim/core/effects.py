"""What a device does. Effects are carried out in order; a power cut may come between any two."""

from __future__ import annotations

import msgspec

from firmware_sim.flash import Entry


class _Told(msgspec.Struct, frozen=True, gc=False):
    """One effect. A struct: a device makes several for every message, and a dataclass costs five times as much."""


class Save(_Told, frozen=True, gc=False):
    """On flash when the next effect begins; all entries or none."""

    entries: tuple[Entry, ...]


class Publish(_Told, frozen=True, gc=False):
    topic: str
    body: bytes
    qos: int = 1
    retain: bool = False
    expiry_s: int | None = None


class Connect(_Told, frozen=True, gc=False):
    """Connect with this will."""

    will: Publish


class Subscribe(_Told, frozen=True, gc=False):
    """Topic → QoS."""

    topics: tuple[tuple[str, int], ...]


class Unsubscribe(_Told, frozen=True, gc=False):
    topics: tuple[str, ...]


class Fetch(_Told, frozen=True, gc=False):
    """Have it: from flash if it is there unspoilt, else from ``base_url``, for ever. Earlier ``want_at_ms`` first.

    What is urgent is tried again without a pause that grows.
    """

    sha256: str
    size: int
    want_at_ms: int
    base_url: str
    is_plan: bool = False
    is_urgent: bool = False


class Keep(_Told, frozen=True, gc=False):
    """Content that is not named here may go, and so may fetching it."""

    sha256s: frozenset[str]


class Prepare(_Told, frozen=True, gc=False):
    """It will be sounded in a moment: check its hash once more and decode it."""

    sha256: str


class StartSound(_Told, frozen=True, gc=False):
    """Hand it to the sound card, from ``at_ms`` (local clock) on, skipping its first ``offset_ms``.

    ``length_ms`` is what was promised, repeats and gaps included, from the beginning; ``max_ms`` the end of patience.
    ``cuts``: over what sounds then; else after it. It takes the place of what was handed over and has not begun.
    The content ``opening`` goes before it and ``closing`` after it, where they are named; ``skip_ms`` of the beginning
    of ``sha256`` are left out. Offset and lengths are of all of them together.
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
    opening: str = ""
    closing: str = ""
    skip_ms: int = 0

    @property
    def sounds(self) -> tuple[str, ...]:
        """The content that is heard, in order."""
        return tuple(filter(None, (self.opening, self.sha256, self.closing)))


class Silence(_Told, frozen=True, gc=False):
    ms: int


class Tone(_Told, frozen=True, gc=False):
    """A tone from flash, by name; an unknown one is the first siren."""

    name: str
    ms: int


class Clip(_Told, frozen=True, gc=False):
    """Content by hash, no longer than ``ms`` and a little."""

    sha256: str
    ms: int


Part = Silence | Tone | Clip


class StartTrack(_Told, frozen=True, gc=False):
    """Sound these parts at once, over whatever sounds; what waits to be sounded is taken back.

    An open track never ends: after its last part the gong (in a drill the drill's tone) goes on until it is extended.
    """

    item: str
    cid: str
    round: int
    at_ms: int
    volume_pct: int
    is_drill: bool
    parts: tuple[Part, ...]
    is_open: bool


class ExtendTrack(_Told, frozen=True, gc=False):
    """More parts for a track that is open: after those it has, or at once where it only waits."""

    item: str
    parts: tuple[Part, ...]
    is_open: bool


class StartLive(_Told, frozen=True, gc=False):
    """Open the card for a live address at once, over whatever sounds, beginning with these parts; then silence.

    ``at_ms`` is now (local clock). It ends by ``StopSound``, or when something else takes the card.
    """

    item: str
    session: str
    at_ms: int
    volume_pct: int
    rate_hz: int
    parts: tuple[Silence | Tone, ...]


class PlayLive(_Told, frozen=True, gc=False):
    """Opus packets whose first sample is due at ``at_ms`` (local clock); where none are laid the card conceals it.

    ``delay_ms``: so long before it was spoken.
    """

    item: str
    at_ms: int
    packets: tuple[bytes, ...]
    delay_ms: int


class StopSound(_Told, frozen=True, gc=False):
    """A sound or a track: silence, at once."""

    item: str


class Probe(_Told, frozen=True, gc=False):
    """Ask amplifier and microphone how they are, without a sound: answered with ``Probed``."""

    item: str


class Store(_Told, frozen=True, gc=False):
    """Content that came by message and whose hash is right: keep it on flash. Answered with ``ContentHeld``."""

    sha256: str
    data: bytes


class ShowText(_Told, frozen=True, gc=False):
    """A board shows this full-screen in the level's colour until ``until_ms`` (local clock); clusters ignore it."""

    head: str
    text: str
    level: int
    is_drill: bool
    until_ms: int


class ShowPage(_Told, frozen=True, gc=False):
    """A board shows these lines: page ``number`` (from 0) of a round of ``count``; clusters never get one.

    The text's time is over at ``until_ms`` (local clock). An alert that is shown comes before it.
    """

    item: str
    head: str
    lines: tuple[str, ...]
    number: int
    count: int
    until_ms: int


class ClearText(_Told, frozen=True, gc=False):
    """A board goes back to its empty screen; the page that then stands follows."""


class WakeAt(_Told, frozen=True, gc=False):
    """Send ``Woken`` at this instant (local clock); takes the place of the one before."""

    at_ms: int


class Restart(_Told, frozen=True, gc=False):
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
    | StartTrack
    | ExtendTrack
    | StartLive
    | PlayLive
    | StopSound
    | Probe
    | Store
    | ShowText
    | ShowPage
    | ClearText
    | WakeAt
    | Restart
)
