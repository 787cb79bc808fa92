"""What a device does. Effects are carried out in order; a power cut may come between any two."""

from __future__ import annotations

import msgspec

from devices.protocol.boards import BoardLook, Page, Screen
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


class OpenStream(_Told, frozen=True, gc=False):
    """Fetch this stream for the item and hold it ready; it takes the place of the one that is open.

    What comes is told with ``StreamCame``, its end with ``StreamLost``. ``form`` is ``stream`` or ``hls``.
    """

    item: str
    url: str
    form: str
    buffer_ms: int


class CloseStream(_Told, frozen=True, gc=False):
    """It is not needed any more."""

    item: str


class StartRelay(_Told, frozen=True, gc=False):
    """Hand a relay to the sound card, from ``at_ms`` to ``until_ms`` (local clock), whatever comes of its stream.

    What it sounds is told by ``FeedRelay``, before or after. The stand-in ``sha256`` comes again ``gap_ms`` after its
    end. ``cuts`` as in ``StartSound``.
    """

    item: str
    sha256: str
    at_ms: int
    until_ms: int
    gap_ms: int
    cuts: bool
    volume_pct: int


class FeedRelay(_Told, frozen=True, gc=False):
    """Sound the ``stream``, or the ``fallback`` from its beginning.

    ``gathers``: the stream is back behind the stand-in; from now on all of it is kept, to be sounded.
    """

    item: str
    what: str
    gathers: bool = False


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


class WriteSlot(_Told, frozen=True, gc=False):
    """Write this content, which is on flash, into the image slot that does not run. Answered with ``SlotWritten``."""

    slot: str
    sha256: str


class ShowText(_Told, frozen=True, gc=False):
    """A board shows this full-screen until ``until_ms`` (local clock); clusters ignore it.

    In the level's colour, or with ``is_calm`` in none of them.
    """

    head: str
    text: str
    level: int
    is_drill: bool
    until_ms: int
    is_calm: bool = False


class ShowPage(_Told, frozen=True, gc=False):
    """A board shows this: page ``number`` (from 0) of a round of ``count``; clusters never get one.

    It stands since ``since_ms``, from where a line that moves is measured; the text's time is over at ``until_ms``
    (local clock both). An alert that is shown comes before it.
    """

    item: str
    head: str
    page: Page
    number: int
    count: int
    since_ms: int
    until_ms: int
    look: BoardLook = BoardLook()


class ClearText(_Told, frozen=True, gc=False):
    """A board goes back to its empty screen; the page that then stands follows."""


class UseScreen(_Told, frozen=True, gc=False):
    """A board has these picture elements; what it shows is drawn anew for them."""

    screen: Screen


class SetContact(_Told, frozen=True, gc=False):
    """A bridge's contact: closed lets our line through, open nothing; the foreign input is mute in both."""

    is_closed: bool


class WakeAt(_Told, frozen=True, gc=False):
    """Send ``Woken`` at this instant (local clock); takes the place of the one before."""

    at_ms: int


class Restart(_Told, frozen=True, gc=False):
    """Power off and on; ``reason`` is the next run's ``reset_reason``."""

    reason: str = "command"


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
    | OpenStream
    | CloseStream
    | StartRelay
    | FeedRelay
    | StartTrack
    | ExtendTrack
    | StartLive
    | PlayLive
    | StopSound
    | Probe
    | Store
    | WriteSlot
    | ShowText
    | ShowPage
    | ClearText
    | UseScreen
    | SetContact
    | WakeAt
    | Restart
)
