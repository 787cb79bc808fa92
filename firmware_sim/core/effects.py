"""Effects: requests of the device core to its host. They are carried out in order; power may fail between any two."""

import msgspec

from devices.protocol.boards import BoardLook, Page, Screen
from devices.protocol.messages import Code
from firmware_sim.storage.flash import JournalEntry


class Effect(msgspec.Struct, frozen=True, gc=False):
    """One effect. A struct: a device makes several for every message, and a dataclass costs five times as much."""


class SoundEffect(Effect, frozen=True, gc=False):
    """Effect on the sound card and what it needs."""


class ScreenEffect(Effect, frozen=True, gc=False):
    """Effect on a board's screen; clusters ignore it."""


class Save(Effect, frozen=True, gc=False):
    """Write these entries, all or none: they are on flash when the next effect begins."""

    entries: tuple[JournalEntry, ...]


class Publish(Effect, frozen=True, gc=False):
    topic: str
    body: bytes
    qos: int = 1
    retain: bool = False
    expiry_s: int | None = None


class Connect(Effect, frozen=True, gc=False):
    """Connect with this will."""

    will: Publish


class Subscribe(Effect, frozen=True, gc=False):
    """Subscribe to these topics, each with its QoS."""

    topics: tuple[tuple[str, int], ...]


class Unsubscribe(Effect, frozen=True, gc=False):
    topics: tuple[str, ...]


class Fetch(Effect, frozen=True, gc=False):
    """Get content: from flash if it is there intact, else from ``base_url``, retried without end.

    Earlier ``want_at_ms`` first. Urgent content is retried without a growing pause. It begins after ``wait_ms``.
    """

    sha256: str
    size: int
    want_at_ms: int
    base_url: str
    is_plan: bool = False
    is_urgent: bool = False
    wait_ms: int = 0


class Keep(Effect, frozen=True, gc=False):
    """Keep this content; any other may be deleted, and its fetch given up."""

    sha256s: frozenset[str]


class Prepare(SoundEffect, frozen=True, gc=False):
    """Check this content's hash once more and decode it: it will sound in a moment."""

    sha256: str


class StartSound(SoundEffect, frozen=True, gc=False):
    """Hand an item to the sound card, from ``at_ms`` (local clock) on, skipping its first ``offset_ms``.

    ``length_ms``: the planned length from the beginning, repeats and gaps included; ``max_ms``: the hard limit.
    ``cuts``: over what sounds then; else after it. It replaces an item that was handed over and has not begun.
    The content ``opening`` sounds before it and ``closing`` after it, where they are named; ``skip_ms`` of the
    beginning of ``sha256`` are left out. Offset and lengths are of all of them together.
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
        """Hashes of the content that sounds, in order."""
        return tuple(filter(None, (self.opening, self.sha256, self.closing)))


class OpenStream(SoundEffect, frozen=True, gc=False):
    """Fetch this stream for the item and hold it ready; it replaces the stream that is open.

    Its data is reported with ``StreamCame``, its end with ``StreamLost``. ``form`` is ``stream`` or ``hls``.
    """

    item: str
    url: str
    form: str
    buffer_ms: int


class CloseStream(SoundEffect, frozen=True, gc=False):
    """Close the item's stream: it is not needed any more."""

    item: str


class StartRelay(SoundEffect, frozen=True, gc=False):
    """Hand a relay to the sound card, from ``at_ms`` to ``until_ms`` (local clock), whether its stream arrives or not.

    ``FeedRelay``, before or after, selects its source. The fallback ``sha256`` is repeated ``gap_ms`` after its end.
    ``cuts`` as in ``StartSound``.
    """

    item: str
    sha256: str
    at_ms: int
    until_ms: int
    gap_ms: int
    cuts: bool
    volume_pct: int


class FeedRelay(SoundEffect, frozen=True, gc=False):
    """Sound the ``stream``, or the ``fallback`` from its beginning.

    ``gathers``: the stream is back while the fallback sounds; from now on all of it is buffered, to be sounded.
    """

    item: str
    what: str
    gathers: bool = False


class Silence(msgspec.Struct, frozen=True, gc=False):
    ms: int


class Tone(msgspec.Struct, frozen=True, gc=False):
    """Tone from flash, by name; an unknown name sounds the first siren."""

    name: str
    ms: int


class Clip(msgspec.Struct, frozen=True, gc=False):
    """Content by hash, cut off a little after ``ms``."""

    sha256: str
    ms: int


Part = Silence | Tone | Clip


class StartTrack(SoundEffect, frozen=True, gc=False):
    """Sound these parts at once, over anything that sounds; items that wait for the card are withdrawn.

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


class ExtendTrack(SoundEffect, frozen=True, gc=False):
    """Append parts to an open track: after those it has, or at once where it only waits."""

    item: str
    parts: tuple[Part, ...]
    is_open: bool


class StartLive(SoundEffect, frozen=True, gc=False):
    """Open the card for a live address at once, over anything that sounds, beginning with these parts; then silence.

    ``at_ms`` is now (local clock). It ends by ``StopSound``, or when something else takes the card.
    """

    item: str
    session: str
    at_ms: int
    volume_pct: int
    rate_hz: int
    parts: tuple[Silence | Tone, ...]


class PlayLive(SoundEffect, frozen=True, gc=False):
    """Sound Opus packets, their first sample at ``at_ms`` (local clock); the card conceals missing ones.

    ``delay_ms``: time from capture to sound.
    """

    item: str
    at_ms: int
    packets: tuple[bytes, ...]
    delay_ms: int


class StopSound(SoundEffect, frozen=True, gc=False):
    """Silence a sound or a track at once."""

    item: str


class Probe(Effect, frozen=True, gc=False):
    """Measure amplifier and microphone without a sound. Answered with ``Probed``."""

    item: str


class Store(Effect, frozen=True, gc=False):
    """Keep content on flash that came by message and whose hash is right. Answered with ``ContentHeld``."""

    sha256: str
    data: bytes


class WriteSlot(Effect, frozen=True, gc=False):
    """Write this content, which is on flash, into the image slot that does not run. Answered with ``SlotWritten``."""

    slot: str
    sha256: str


class ShowText(ScreenEffect, frozen=True, gc=False):
    """Show this full-screen on a board until ``until_ms`` (local clock).

    In the level's colour, or with ``is_calm`` in no level's colour.
    """

    head: str
    text: str
    level: int
    is_drill: bool
    until_ms: int
    is_calm: bool = False


class ShowPage(ScreenEffect, frozen=True, gc=False):
    """Show page ``number`` (from 0) of a round of ``count`` on a board; clusters never get one.

    It is on screen since ``since_ms``, from which the position of a moving line follows; the text ends at ``until_ms``
    (local clock both). An alert on screen takes precedence.
    """

    item: str
    head: str
    page: Page
    number: int
    count: int
    since_ms: int
    until_ms: int
    look: BoardLook = BoardLook()


class ClearText(ScreenEffect, frozen=True, gc=False):
    """Return a board to its empty screen; the page that is then in force follows."""


class UseScreen(ScreenEffect, frozen=True, gc=False):
    """Set a board's picture elements; the shown page is redrawn for them."""

    screen: Screen


class SetContact(Effect, frozen=True, gc=False):
    """Switch a bridge's contact: closed lets our line through, open nothing; the foreign input is mute in both."""

    is_closed: bool


class WakeAt(Effect, frozen=True, gc=False):
    """Send ``Woken`` at this instant (local clock); replaces the previous wake-up."""

    at_ms: int


class ShowKeypad(Effect, frozen=True, gc=False):
    """Show at the keypad what came of a turned key: None and what is raised, or the refusal.

    ``tries_left`` of the PIN, the next of them after ``wait_ms``.
    """

    refusal: Code | None
    text: str = ""
    tries_left: int = 0
    wait_ms: int = 0


class Restart(Effect, frozen=True, gc=False):
    """Power off and on; ``reason`` is the next boot's ``reset_reason``."""

    reason: str = "command"
