"""Sound card that keeps time, and records all that sounded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from devices.protocol.messages import Proof
from firmware_sim.core.effects import Clip, Part, PlayLive, Silence, StartLive, StartTrack
from firmware_sim.core.events import Event
from firmware_sim.sound.timed_card import Order, TimedCard

PROOF: Final = Proof(amp_ma=800, mic_db=-20.0)


@dataclass
class CardSound:
    """Sound on record. ``name``: of a tone, or the hash of a clip; from ``at`` to ``until``. Silence is no sound."""

    name: str
    at: int
    until: int


class RecordingCard(TimedCard):
    """Card with a record: ``heard`` begun items, ``ended`` ones, ``sounds`` of tracks, pieces ``said`` of addresses."""

    def __init__(self, now: Callable[[], int], tell: Callable[[Event], object]) -> None:
        super().__init__(now, tell, lambda _: PROOF)
        self.sounds: list[CardSound] = []
        self.heard: list[tuple[str, int]] = []
        self.ended: list[tuple[str, int, bool]] = []
        self.said: list[tuple[str, int]] = []
        self._laid: list[CardSound] = []

    def end(self, *, whole: bool) -> None:
        if (on := self.sounding) is not None:
            now = self._now()
            heard = [sound for sound in self._laid if sound.at < now]
            self.sounds += [CardSound(sound.name, sound.at, min(sound.until, now)) for sound in heard]
            self.ended.append((_name(on.order), now, whole))
        super().end(whole=whole)

    def play_live(self, piece: PlayLive) -> None:
        """Record a piece by its first packet, where it can still sound at its instant."""
        if piece.at_ms >= self._now():
            self.said.append((piece.packets[0].decode(), piece.at_ms))

    def lay(self, parts: tuple[Part, ...], *, is_open: bool) -> None:
        assert self.sounding is not None
        at = self.sounding.filled_to
        if at < self._now():
            at = self._add("filler", at, self._now() - at)
        for part in parts:
            name = "" if isinstance(part, Silence) else part.sha256 if isinstance(part, Clip) else part.name
            at = self._add(name, at, part.ms)
        super().lay(parts, is_open=is_open)

    def _add(self, name: str, at: int, ms: int) -> int:
        if name:
            self._laid.append(CardSound(name, at, at + ms))
        return at + ms

    def _begin(self, order: Order, ends_at: int | None) -> None:
        self._laid = []
        self.heard.append((_name(order), self._now()))
        super()._begin(order, ends_at)


def _name(order: Order) -> str:
    return order.cid if isinstance(order, StartTrack) else order.session if isinstance(order, StartLive) else order.item
