"""One item on its way to the loudspeaker: its state table and its data."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from devices.protocol.messages import Audio, Code, Command, Play, Proof, Relay


class ItemState(StrEnum):
    FETCHING = "fetching"
    READY = "ready"
    STARTING = "starting"
    """Handed to the sound card, not heard yet."""
    SOUNDING = "sounding"
    PAUSED = "paused"
    STOPPING = "stopping"
    """Withdrawn from the sound card, whose answer is awaited."""
    DONE = "done"
    CUT = "cut"
    MISSED = "missed"
    CANCELLED = "cancelled"


class ItemEvent(StrEnum):
    HELD = "held"
    SPOILT = "spoilt"
    DUE = "due"
    SOUNDED = "sounded"
    ENDED = "ended"
    PUT_BACK = "put back"
    """The card returned it unheard: a higher one came first."""
    PAUSED = "paused"
    DROPPED = "dropped"
    """Cut by a higher one, and its rule is to be dropped."""
    LATE = "late"
    QUIET = "kept silent"
    """By quiet hours, or by a hush."""
    WITHDRAWN = "withdrawn"
    SILENCED = "silenced"
    """The card has stopped it, after something was heard."""
    TAKEN_BACK = "taken back"
    """The card has stopped it before anything was heard."""


S, H = ItemState, ItemEvent
NEXT: Final[dict[tuple[ItemState, ItemEvent], ItemState]] = {
    (S.FETCHING, H.HELD): S.READY,
    (S.FETCHING, H.LATE): S.MISSED,
    (S.FETCHING, H.QUIET): S.MISSED,
    (S.FETCHING, H.WITHDRAWN): S.CANCELLED,
    (S.READY, H.SPOILT): S.FETCHING,
    (S.READY, H.DUE): S.STARTING,
    (S.READY, H.LATE): S.MISSED,
    (S.READY, H.QUIET): S.MISSED,
    (S.READY, H.WITHDRAWN): S.CANCELLED,
    (S.STARTING, H.SOUNDED): S.SOUNDING,
    (S.STARTING, H.PUT_BACK): S.READY,
    (S.STARTING, H.PAUSED): S.PAUSED,
    (S.STARTING, H.SPOILT): S.FETCHING,
    (S.STARTING, H.WITHDRAWN): S.STOPPING,
    (S.SOUNDING, H.ENDED): S.DONE,
    (S.SOUNDING, H.PAUSED): S.PAUSED,
    (S.SOUNDING, H.DROPPED): S.CUT,
    (S.SOUNDING, H.WITHDRAWN): S.STOPPING,
    (S.PAUSED, H.DUE): S.STARTING,
    (S.PAUSED, H.LATE): S.CUT,
    (S.PAUSED, H.QUIET): S.CUT,
    (S.PAUSED, H.WITHDRAWN): S.CUT,
    (S.STOPPING, H.SOUNDED): S.STOPPING,
    (S.STOPPING, H.ENDED): S.DONE,
    (S.STOPPING, H.SILENCED): S.CUT,
    (S.STOPPING, H.TAKEN_BACK): S.CANCELLED,
}
RELAY_LEAST_MS: Final = 5_000
"""A relay that was cut goes on only if at least this much of it is left."""
FINAL: Final = frozenset({S.DONE, S.CUT, S.MISSED, S.CANCELLED})
ON_CARD: Final = frozenset({S.STARTING, S.SOUNDING, S.STOPPING})


@dataclass(slots=True)
class AudioItem:
    """One item. ``cid``: the command it came by; empty for an item of the plan. Instants are true ms."""

    item: str
    audio: Audio
    start_at: int
    latest_at: int
    prio: int
    after: str
    plan: str = ""
    cid: str = ""
    repeat: int = 1
    gap_ms: int = 0
    max_ms: int = 0
    volume_pct: int | None = None
    cuts_in: bool = True
    state: ItemState = ItemState.FETCHING
    first_started_at: int | None = None
    part_started_at: int = 0
    parts: int = 0
    offset_ms: int = 0
    was_busy: bool = False
    is_prepared: bool = False
    reason: Code | None = None
    proof: Proof | None = None
    opening: Audio | None = None
    closing: Audio | None = None
    skip_ms: int = 0
    relay: Relay | None = None
    until_at: int = 0
    """End of a relay, fixed even if it was cut or began late."""
    missing: set[str] = field(default_factory=set)
    """Hashes of content that is not known to be on flash."""

    def __post_init__(self) -> None:
        self.missing = {audio.sha256 for audio in self.sounds}

    @property
    def sounds(self) -> tuple[Audio, ...]:
        """Content that sounds, in order."""
        return tuple(audio for audio in (self.opening, self.audio, self.closing) if audio is not None)

    def apply(self, event: ItemEvent) -> bool:
        """Follow the state table; return False, and change nothing, where it has no entry."""
        following = NEXT.get((self.state, event))
        if following is not None:
            self.state = following
        return following is not None

    @property
    def total_ms(self) -> int:
        if self.relay is not None:
            return self.until_at - self.start_at
        once_ms = max(0, sum(audio.dur_ms for audio in self.sounds) - self.skip_ms)
        whole = self.repeat * once_ms + (self.repeat - 1) * self.gap_ms
        return min(whole, self.max_ms) if self.max_ms else whole

    def ends_from(self, at: int) -> int:
        """Return when it ends if it begins or goes on at this instant."""
        if self.relay is not None:
            return self.until_at
        return at + max(0, self.total_ms - (self.offset_ms if self.after == "resume" else 0))

    @property
    def part_ends_at(self) -> int:
        """End of the part that is on the card."""
        if self.relay is not None:
            return self.until_at
        return self.part_started_at + self.total_ms - self.offset_ms

    def wait(self, wait_ms: int) -> None:
        """Let it begin or go on until ``wait_ms`` past its end; a relay until shortly before its end."""
        latest_at = self.end_at + wait_ms if self.relay is None else self.until_at - RELAY_LEAST_MS
        self.latest_at = max(self.latest_at, latest_at)

    @property
    def end_at(self) -> int:
        return self.start_at + self.total_ms

    @property
    def holds_speaker(self) -> bool:
        """Return whether it is on the card, or cut by a higher one and waiting to go on."""
        return self.state in ON_CARD or self.state is ItemState.PAUSED

    @property
    def was_heard(self) -> bool:
        return self.first_started_at is not None


def planned(command: Command, content: Audio, play: Play, start_at: int) -> AudioItem:
    """Return the sounding that a command other than an alert asks for."""
    return AudioItem(
        item=command.cid,
        audio=content,
        start_at=start_at,
        latest_at=command.exp,
        prio=command.prio,
        after=play.after,
        cid=command.cid,
        repeat=play.repeat,
        gap_ms=play.gap_ms,
        max_ms=play.max_ms,
        volume_pct=play.volume_pct,
        cuts_in=play.interrupt == "now",
    )
