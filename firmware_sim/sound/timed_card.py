"""Sound card that only keeps time: an item that sounds, and one that waits."""

from collections.abc import Callable
from dataclasses import dataclass

from devices.protocol.messages import Proof
from firmware_sim.core.effects import (
    ExtendTrack,
    Part,
    PlayLive,
    SoundEffect,
    StartLive,
    StartRelay,
    StartSound,
    StartTrack,
    StopSound,
)
from firmware_sim.core.events import Event, SoundEnded, SoundStarted

Order = StartSound | StartRelay | StartTrack | StartLive


@dataclass
class OnCard:
    """Item on the card. ``ends_at`` is None while it is open; ``filled_to``: end of the parts of a track."""

    order: Order
    ends_at: int | None
    filled_to: int

    @property
    def item(self) -> str:
        return self.order.item


class TimedCard:
    """Sound card. ``now``: its own clock, in ms; ``tell``: the core; ``proof``: measurements for an item.

    Its owner calls ``tick`` at each ``next_instant``.
    """

    def __init__(
        self,
        now: Callable[[], int],
        tell: Callable[[Event], object],
        proof: Callable[[str], Proof | None] = lambda _: None,
    ) -> None:
        self._now = now
        self._tell = tell
        self._proof = proof
        self.sounding: OnCard | None = None
        self.waiting: StartSound | StartRelay | None = None

    def do(self, effect: SoundEffect) -> None:
        """Carry out an effect on the card; all others change nothing here."""
        match effect:
            case StartSound() | StartRelay():
                self.take_back()
                self.waiting = effect
            case StartTrack() | StartLive():
                self.take_back()
                self.end(whole=False)
                self._begin(effect, None)
                self.lay(effect.parts, is_open=isinstance(effect, StartLive) or effect.is_open)
                self._tell(SoundStarted(effect.item, self._now()))
            case ExtendTrack() if self.sounding is not None and self.sounding.item == effect.item:
                self.lay(effect.parts, is_open=effect.is_open)
            case PlayLive() if self.sounding is not None and self.sounding.item == effect.item:
                self.play_live(effect)
            case StopSound():
                self.stop(effect.item)
            case _:
                pass

    def stop(self, item: str) -> None:
        if self.waiting is not None and self.waiting.item == item:
            self.take_back()
        if self.sounding is not None and self.sounding.item == item:
            self.end(whole=False)

    def take_back(self) -> None:
        """Withdraw the item that waits, unheard."""
        waiting, self.waiting = self.waiting, None
        if waiting is not None:
            self._tell(SoundEnded(waiting.item, self._now(), whole=False))

    def end(self, *, whole: bool) -> None:
        """End the item that sounds."""
        on, self.sounding = self.sounding, None
        if on is not None:
            self._tell(SoundEnded(on.item, self._now(), whole, self._proof(on.item)))

    def next_instant(self) -> int | None:
        instants = [] if self.sounding is None or self.sounding.ends_at is None else [self.sounding.ends_at]
        if self.waiting is not None and (self.sounding is None or self.waiting.cuts):
            instants.append(self.waiting.at_ms)
        return min(instants, default=None)

    def tick(self) -> None:
        """End and begin what is due."""
        on, now = self.sounding, self._now()
        if on is not None and on.ends_at is not None and on.ends_at <= now:
            self.end(whole=True)
        waiting = self.waiting
        if waiting is not None and waiting.at_ms <= now and (self.sounding is None or waiting.cuts):
            self.end(whole=False)
            self.waiting = None
            ends_at = (
                now + waiting.length_ms - waiting.offset_ms if isinstance(waiting, StartSound) else waiting.until_ms
            )
            self._begin(waiting, ends_at)
            self._tell(SoundStarted(waiting.item, now))

    def play_live(self, piece: PlayLive) -> None:
        """Take a piece of the live address that sounds."""

    def lay(self, parts: tuple[Part, ...], *, is_open: bool) -> None:
        """Lay parts behind those of the track that sounds, or from now on where it only waits."""
        if (on := self.sounding) is not None:
            on.filled_to = max(on.filled_to, self._now()) + sum(part.ms for part in parts)
            on.ends_at = None if is_open else on.filled_to

    def _begin(self, order: Order, ends_at: int | None) -> None:
        self.sounding = OnCard(order, ends_at, self._now())
