"""Sound card in virtual time: an item that sounds, and one that waits. ``sounds`` records all that sounded."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from devices.protocol.messages import Proof
from firmware_sim.core.effects import (
    Clip,
    ExtendTrack,
    Part,
    PlayLive,
    Silence,
    StartLive,
    StartRelay,
    StartSound,
    StartTrack,
    StopSound,
    Tone,
)
from firmware_sim.core.events import Event, SoundEnded, SoundStarted

PROOF: Final = Proof(amp_ma=800, mic_db=-20.0)


@dataclass
class CardSound:
    """Sound on record. ``name``: of a tone, or the hash of a clip; from ``at`` to ``until``. Silence is no sound."""

    name: str
    at: int
    until: int


@dataclass
class OnCard:
    """Item on the card. ``ends_at`` is None for an open track."""

    item: str
    ends_at: int | None
    track: StartTrack | None = None
    live: StartLive | None = None
    timeline: list[CardSound] = field(default_factory=list)
    filled_to: int = 0


class VirtualCard:
    """Sound card. ``now``: its own clock, in ms; ``tell``: the core; ``proof``: measurements for an item."""

    def __init__(
        self,
        now: Callable[[], int],
        tell: Callable[[Event], object],
        proof: Callable[[str], Proof | None] = lambda _: PROOF,
    ) -> None:
        self._now = now
        self._tell = tell
        self._proof = proof
        self.sounding: OnCard | None = None
        self.waiting: StartSound | StartRelay | None = None
        self.sounds: list[CardSound] = []
        self.heard: list[tuple[str, int]] = []
        self.ended: list[tuple[str, int, bool]] = []
        self.said: list[tuple[str, int]] = []

    def do(self, effect: StartSound | StartRelay | StartTrack | ExtendTrack | StopSound | StartLive | PlayLive) -> None:
        match effect:
            case StartSound() | StartRelay():
                self.start(effect)
            case StartTrack():
                self.start_track(effect)
            case ExtendTrack():
                self.extend(effect)
            case StopSound():
                self.stop(effect.item)
            case StartLive():
                self.start_live(effect)
            case PlayLive():
                self.play_live(effect)

    def start(self, order: StartSound | StartRelay) -> None:
        self.take_back()
        self.waiting = order

    def start_track(self, order: StartTrack) -> None:
        self.take_back()
        if self.sounding is not None:
            self._end(whole=False)
        now = self._now()
        self.sounding = OnCard(order.item, None, order, filled_to=now)
        self._lay(order.parts, is_open=order.is_open)
        self.heard.append((order.cid, now))
        self._tell(SoundStarted(order.item, now))

    def start_live(self, order: StartLive) -> None:
        self.take_back()
        if self.sounding is not None:
            self._end(whole=False)
        now = self._now()
        self.sounding = OnCard(order.item, None, live=order, filled_to=now)
        self._lay(order.parts, is_open=True)
        self.heard.append((order.session, now))
        self._tell(SoundStarted(order.item, now))

    def play_live(self, piece: PlayLive) -> None:
        """Record a piece by its first packet, where it can still sound at its instant."""
        if self.sounding is not None and self.sounding.item == piece.item and piece.at_ms >= self._now():
            self.said.append((piece.packets[0].decode(), piece.at_ms))

    def extend(self, order: ExtendTrack) -> None:
        on = self.sounding
        if on is None or on.item != order.item:
            return
        if on.filled_to < self._now():
            self._add(on, "filler", self._now() - on.filled_to)
        self._lay(order.parts, is_open=order.is_open)

    def stop(self, item: str) -> None:
        if self.waiting is not None and self.waiting.item == item:
            self.take_back()
        if self.sounding is not None and self.sounding.item == item:
            self._end(whole=False)

    def take_back(self) -> None:
        waiting, self.waiting = self.waiting, None
        if waiting is not None:
            self._tell(SoundEnded(waiting.item, self._now(), whole=False))

    def next_instant(self) -> int | None:
        instants = [] if self.sounding is None or self.sounding.ends_at is None else [self.sounding.ends_at]
        if self.waiting is not None and (self.sounding is None or self.waiting.cuts):
            instants.append(self.waiting.at_ms)
        return min(instants, default=None)

    def tick(self) -> None:
        on, now = self.sounding, self._now()
        if on is not None and on.ends_at is not None and on.ends_at <= now:
            self._end(whole=True)
        waiting = self.waiting
        if waiting is not None and waiting.at_ms <= now and (self.sounding is None or waiting.cuts):
            if self.sounding is not None:
                self._end(whole=False)
            self.waiting = None
            if isinstance(waiting, StartRelay):
                ends_at = waiting.until_ms
            else:
                ends_at = now + waiting.length_ms - waiting.offset_ms
            self.sounding = OnCard(waiting.item, ends_at)
            self.heard.append((waiting.item, now))
            self._tell(SoundStarted(waiting.item, now))

    def _end(self, *, whole: bool) -> None:
        on, self.sounding = self.sounding, None
        assert on is not None
        now = self._now()
        for sound in on.timeline:
            if sound.at < now:
                self.sounds.append(CardSound(sound.name, sound.at, min(sound.until, now)))
        name = on.track.cid if on.track is not None else on.live.session if on.live is not None else on.item
        self.ended.append((name, now, whole))
        self._tell(SoundEnded(on.item, now, whole, self._proof(on.item)))

    def _lay(self, parts: tuple[Part, ...], *, is_open: bool) -> None:
        on = self.sounding
        assert on is not None
        for part in parts:
            match part:
                case Silence():
                    on.filled_to += part.ms
                case Tone():
                    self._add(on, part.name, part.ms)
                case Clip():
                    self._add(on, part.sha256, part.ms)
        on.ends_at = None if is_open else on.filled_to

    def _add(self, on: OnCard, name: str, ms: int) -> None:
        on.timeline.append(CardSound(name, on.filled_to, on.filled_to + ms))
        on.filled_to += ms
