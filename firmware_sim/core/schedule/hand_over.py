"""Hand-over of items to the sound card: late ones are missed, near ones prepared, the first one due is handed over.

Rules that the protocol leaves to the device:

* A card takes some time to begin, so an item is handed over ``HAND_OVER_MS`` before its instant.
* An item that could not begin within ``START_GRACE_MS`` of its instant is missed, not sounded late: beside a neighbour
  that began in time it would only be noise.
* An item on the speaker is not cut by one of its priority; the other waits, at most ``WAIT_MAX_MS`` past its end.
* An item cut by a higher one resumes, restarts or is dropped by its own rule, within the same limit, and gives way to
  items planned for that time. One record covers all of it.
"""

from typing import Final

from devices.protocol.messages import Code, Relay
from firmware_sim.core.clock.clock import NEVER_MS
from firmware_sim.core.component import DevicePart
from firmware_sim.core.effects import Prepare, StartRelay, StartSound
from firmware_sim.core.schedule.audio_item import ON_CARD, AudioItem, ItemEvent, ItemState

BACK_TO_BACK_MS: Final = 500
"""An item may follow one that ends up to this long after its own planned start."""


def yields(other: AudioItem, to: AudioItem) -> bool | None:
    """Return how the item on the card gives way: it is cut (True), followed (False), or keeps the speaker (None)."""
    if to.prio > other.prio and to.cuts_in:
        return True
    if other.state is not ItemState.SOUNDING:
        return None
    if other.part_ends_at <= to.start_at + BACK_TO_BACK_MS:
        return False
    is_resumed = other.parts > 1
    return True if is_resumed and other.prio == to.prio and not to.was_heard else None


def rank(sounding: AudioItem) -> tuple[int, bool, int, str]:
    """Return the sort key: higher priority first; then new items before resumed ones; then the earlier."""
    return -sounding.prio, sounding.was_heard, sounding.start_at, sounding.item


HAND_OVER_MS: Final = 600
PREPARE_MS: Final = 10_000
START_GRACE_MS: Final = 2_000
WAIT_MAX_MS: Final = 600_000
LENGTH_SLACK_MS: Final = 200
"""Content may be this much longer than its plan says: encoders pad."""
KEPT_RULES: Final = ("resume", "restart")


class HandOver(DevicePart):
    """Hand-over of one device's items. ``on_since``: its power came on (true ms)."""

    def _set_up(self) -> None:
        self.on_since = 0

    def judge(self, now: int) -> list[AudioItem]:
        """End the items that are too late, prepare those that are near; return those that are due."""
        for item in self._parts.items:
            self._judge(item, now)
        return [item for item in self._parts.items.by_name.values() if self._is_due(item, now)]

    def begin_first(self, due: list[AudioItem], now: int, prio_beside: int) -> None:
        """Hand over the first of these that may begin; nothing up to ``prio_beside`` may."""
        for item in sorted(due, key=rank):
            cuts = self._may_take(item, prio_beside)
            if cuts is not None:
                self._hand_over(item, now, cuts=cuts)
                return

    def next_at(self) -> int:
        """Return the next instant at which ``judge`` has something to do without an event (true ms)."""
        first = NEVER_MS
        for item in self._parts.items.by_name.values():
            if item.state in ON_CARD:
                continue
            first = min(first, item.latest_at + 1)
            if item.state is ItemState.READY:
                if not item.is_prepared:
                    first = min(first, item.start_at - PREPARE_MS)
                if not item.was_busy:
                    first = min(first, item.start_at - HAND_OVER_MS)
        return first

    def _judge(self, item: AudioItem, now: int) -> None:
        if item.state in ON_CARD:
            return
        if now > item.latest_at and item.apply(ItemEvent.LATE):
            item.reason = self._why_late(item)
            self._parts.items.settle(item, now, ended_at=None)
            return
        if item.state is ItemState.READY and not item.is_prepared and now >= item.start_at - PREPARE_MS:
            item.is_prepared = True
            for audio in item.sounds:
                self._step.do(Prepare(audio.sha256))
            if item.relay is not None:
                self._parts.relays.open(item.item, item.relay, now)
        if now >= item.start_at - HAND_OVER_MS:
            self._refuse_in_silence(item, max(now, item.start_at))

    def _refuse_in_silence(self, item: AudioItem, at: int) -> None:
        if self._config.is_quarantined:
            self._keep_silent(item, Code.QUARANTINED, at)
            return
        why = self._parts.settings.silence_at(at, item.ends_from(at))
        if why is not None and self._keep_silent(item, why, at) and why is Code.QUIET_HOURS:
            self._reports.add_event("fault", why, item.item, at)

    def _keep_silent(self, item: AudioItem, code: Code, at: int) -> bool:
        if not item.apply(ItemEvent.QUIET):
            return False
        item.reason = code
        self._parts.items.settle(item, at, ended_at=None)
        return True

    def _is_due(self, item: AudioItem, now: int) -> bool:
        return item.state in (ItemState.READY, ItemState.PAUSED) and now >= item.start_at - HAND_OVER_MS

    def _may_take(self, item: AudioItem, prio_beside: int) -> bool | None:
        """Return whether it cuts the sound on the card; None: it may not be handed over now."""
        if item.prio <= prio_beside:
            item.was_busy = True
            if item.after in KEPT_RULES:
                item.wait(WAIT_MAX_MS)
            return None
        on_card = self._parts.items.on_card()
        ways = [yields(other, item) for other in on_card]
        if all(way is not None for way in ways):
            return True in ways
        item.was_busy = True
        if item.after in KEPT_RULES or any(item.prio == other.prio for other in on_card):
            item.wait(WAIT_MAX_MS)
        return None

    def _hand_over(self, item: AudioItem, now: int, *, cuts: bool) -> None:
        if item.after != "resume":
            item.offset_ms = 0
        if not item.apply(ItemEvent.DUE):
            return
        item.reason = None
        self._parts.records.remember_open(item)
        at = max(now, item.start_at)
        if item.relay is not None:
            self._start_relay(item, item.relay, at, cuts=cuts)
            return
        self._step.do(
            StartSound(
                item=item.item,
                sha256=item.audio.sha256,
                at_ms=self._clock.to_local(at),
                offset_ms=item.offset_ms,
                length_ms=item.total_ms,
                max_ms=item.total_ms + LENGTH_SLACK_MS,
                repeat=item.repeat,
                gap_ms=item.gap_ms,
                cuts=cuts,
                volume_pct=self._parts.records.volume_of(item),
                opening=item.opening.sha256 if item.opening else "",
                closing=item.closing.sha256 if item.closing else "",
                skip_ms=item.skip_ms,
            )
        )

    def _start_relay(self, item: AudioItem, relay: Relay, at: int, *, cuts: bool) -> None:
        self._parts.relays.open(item.item, relay, at)
        self._parts.relays.begin(item.item, at)
        self._step.do(
            StartRelay(
                item=item.item,
                sha256=item.audio.sha256,
                at_ms=self._clock.to_local(at),
                until_ms=self._clock.to_local(item.until_at),
                gap_ms=relay.gap_ms,
                cuts=cuts,
                volume_pct=self._parts.records.volume_of(item),
            )
        )

    def _why_late(self, item: AudioItem) -> Code:
        if item.was_busy:
            return Code.BUSY_HIGHER
        if item.start_at < self.on_since:
            return Code.POWER_LOST
        return Code.FETCH_FAILED if item.state is ItemState.MISSED and not item.is_prepared else Code.EXPIRED
