"""The two ways to sound an item: samples on a play-out clock, or the clock alone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from firmware_sim.codec import DecodeError, PcmCache, Samples
from firmware_sim.core.effects import StartSound
from firmware_sim.flash import Flash, FlashStore
from firmware_sim.loudspeaker import Loudspeaker


class Ear(Protocol):
    """Who is told what sounded; called in the loop's thread."""

    def sound_started(self, item: str, at_ms: int) -> None: ...

    def sound_ended(self, item: str, at_ms: int, whole: bool) -> None: ...  # noqa: FBT001 - a call-back's last word

    def content_spoilt(self, sha256: str) -> None: ...


class Player(Protocol):
    """Sounds one item at a time, with one more waiting."""

    def ready(self, sha256: str) -> None:
        """Content came, or is about to be sounded: check it, decode it."""

    def start(self, order: StartSound) -> None: ...

    def stop(self, item: str) -> None: ...

    def close(self) -> None: ...


def now_ms() -> int:
    """The hardware clock: milliseconds UTC."""
    return time.time_ns() // 1_000_000


class AudioPlayer:
    """Decodes ahead of time and hands samples to a sound card."""

    def __init__(self, ear: Ear, flash: Flash, cache: PcmCache, card: Loudspeaker, executor: Executor) -> None:
        self._ear = ear
        self._flash = flash
        self._cache = cache
        self._card = card
        self._executor = executor
        self._loop = asyncio.get_running_loop()
        self._orders: dict[str, StartSound] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def ready(self, sha256: str) -> None:
        self._spawn(self._check(sha256))

    def start(self, order: StartSound) -> None:
        self._orders[order.item] = order
        self._spawn(self._start(order))

    def stop(self, item: str) -> None:
        if self._orders.pop(item, None) is not None:
            self._ear.sound_ended(item, now_ms(), False)  # noqa: FBT003 - still being decoded
        else:
            self._card.stop(item)

    def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        self._card.close()

    async def _start(self, order: StartSound) -> None:
        samples = await self._decoded(order.sha256)
        if self._orders.pop(order.item, None) is not order or samples is None:
            return
        signal = _arrange(samples, order, self._cache.rate_hz)
        self._card.start(order.item, signal, at_ms=order.at_ms, offset_ms=order.offset_ms, cuts=order.cuts)

    async def _check(self, sha256: str) -> None:
        await self._decoded(sha256)

    async def _decoded(self, sha256: str) -> Samples | None:
        try:
            return await self._loop.run_in_executor(self._executor, self._decode, sha256)
        except DecodeError:
            self._flash.content_path(sha256).unlink(missing_ok=True)
            self._ear.content_spoilt(sha256)
            return None

    def _decode(self, sha256: str) -> Samples:
        if self._flash.held(sha256) is None:
            raise DecodeError(f"{sha256}: gone from flash")
        return self._cache.decode(sha256, self._flash.content_path(sha256))

    def _spawn(self, work: Coroutine[object, object, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


@dataclass(slots=True)
class _Turn:
    """An item on the clock: the timer is that of its start, then of its end."""

    order: StartSound
    timer: asyncio.TimerHandle


class SilentPlayer:
    """A clock in place of a sound card: tells what would sound, when it really would have."""

    def __init__(self, ear: Ear, flash: FlashStore) -> None:
        self._ear = ear
        self._flash = flash
        self._loop = asyncio.get_running_loop()
        self._sounding: _Turn | None = None
        self._waiting: _Turn | None = None
        self._is_due = False

    def ready(self, sha256: str) -> None:
        if self._flash.held(sha256) is None:
            self._ear.content_spoilt(sha256)

    def start(self, order: StartSound) -> None:
        self._take_back()
        if self._flash.held(order.sha256) is None:
            self._ear.content_spoilt(order.sha256)
            return
        self._is_due = False
        self._waiting = _Turn(order, self._call_at(order.at_ms, self._due))

    def stop(self, item: str) -> None:
        if self._waiting is not None and self._waiting.order.item == item:
            self._take_back()
        if self._sounding is not None and self._sounding.order.item == item:
            self._end(whole=False)

    def close(self) -> None:
        self._take_back()
        self._end(whole=False)

    def _due(self) -> None:
        self._is_due = True
        if self._sounding is None:
            self._begin()
        elif self._waiting is not None and self._waiting.order.cuts:
            self._end(whole=False)

    def _begin(self) -> None:
        turn, self._waiting = self._waiting, None
        if turn is None:
            return
        begun_ms = now_ms()
        length_ms = max(0, turn.order.length_ms - turn.order.offset_ms)
        self._sounding = _Turn(turn.order, self._call_at(begun_ms + length_ms, self._end_whole))
        self._ear.sound_started(turn.order.item, begun_ms)

    def _end_whole(self) -> None:
        self._end(whole=True)

    def _end(self, *, whole: bool) -> None:
        turn, self._sounding = self._sounding, None
        if turn is not None:
            turn.timer.cancel()
            self._ear.sound_ended(turn.order.item, now_ms(), whole)
        if self._waiting is not None and self._is_due:
            self._begin()

    def _take_back(self) -> None:
        turn, self._waiting = self._waiting, None
        if turn is not None:
            turn.timer.cancel()
            self._ear.sound_ended(turn.order.item, now_ms(), False)  # noqa: FBT003 - unheard

    def _call_at(self, at_ms: int, call: Callable[[], None]) -> asyncio.TimerHandle:
        return self._loop.call_later(max(0, at_ms - now_ms()) / 1000, call)


def _arrange(samples: Samples, order: StartSound, rate_hz: int) -> Samples:
    """Repeats with their gaps, no longer than allowed."""
    if order.repeat > 1:
        gap = np.zeros(order.gap_ms * rate_hz // 1000, dtype=np.int16)
        samples = np.concatenate([samples, *([gap, samples] * (order.repeat - 1))])
    return samples[: order.max_ms * rate_hz // 1000]
