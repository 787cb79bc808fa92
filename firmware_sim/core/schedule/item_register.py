"""Items that are not settled (known, prepared, sounding or cut), and the reports of how they ended."""

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from devices.protocol.messages import AsRunRecord, Code, ExecutionState
from firmware_sim.core.component import DevicePart
from firmware_sim.core.effects import StopSound
from firmware_sim.core.schedule.audio_item import ON_CARD, AudioItem, ItemEvent, ItemState

SETTLED_KEEP_MS: Final = 40 * 86_400_000
"""An item's end is remembered this long: longer than any plan reaches."""


class ItemReports(DevicePart):
    """Reports of one device about its items."""

    def settle_interrupted(self, now: int) -> None:
        """Settle the items, and live addresses, that a power cut interrupted."""
        for item, kept in list(self._step.known("open").items()):
            if isinstance(kept, Mapping):
                record = msgspec.convert({**kept, "result": "cut"}, AsRunRecord)
                result = "cut" if record.started_at is not None else "missed"
                self._reports.record(msgspec.structs.replace(record, result=result, code=Code.POWER_LOST), now)
                self._step.forget("open", item)
                self._step.remember("settled", item, now + SETTLED_KEEP_MS)

    def started(self, item: AudioItem, at: int) -> None:
        """Report an item's first sample."""
        self.remember_open(item)
        self._report(item, ExecutionState.STARTED, at)

    def remember_open(self, item: AudioItem) -> None:
        """Save the record that a power cut would leave."""
        self._step.remember("open", item.item, msgspec.to_builtins(self._as_run(item)))

    def settle(self, item: AudioItem, now: int, *, ended_at: int | None) -> bool:
        """Record how an item ended and forget the rest, in one batch on flash; False: it was withdrawn for a replan."""
        self._step.forget("open", item.item)
        self._step.forget("play", item.item)
        if item.state is ItemState.CANCELLED and item.reason is None:
            self._parts.relays.forget(item.item, now)
            return False
        if item.state is ItemState.CANCELLED:
            self._report(item, ExecutionState.CANCELLED, now, item.reason)
        elif item.state is ItemState.DONE:
            self._record(item, "done", now, ended_at)
            self._report(item, ExecutionState.DONE, now)
        else:
            result = "cut" if item.was_heard else "missed"
            if ended_at is None and item.first_started_at is not None:
                ended_at = item.first_started_at + item.offset_ms
            self._record(item, result, now, ended_at)
            self._report(item, ExecutionState.CUT if item.was_heard else ExecutionState.FAILED, now, item.reason)
        self._step.remember("settled", item.item, max(now, item.end_at) + SETTLED_KEEP_MS)
        self._parts.relays.forget(item.item, now)
        return True

    def volume_of(self, item: AudioItem) -> int:
        """Return the volume. A command cannot exceed what the place allows; only alerts do, which do not sound here."""
        at = item.start_at if item.first_started_at is None else item.first_started_at
        allowed_pct = self._parts.settings.volume_at(at)
        return allowed_pct if item.volume_pct is None else min(allowed_pct, item.volume_pct)

    def _record(self, item: AudioItem, result: str, now: int, ended_at: int | None) -> None:
        record = msgspec.structs.replace(
            self._as_run(item),
            result=result,
            ended_at=ended_at if item.was_heard else None,
            code=None if result == "done" else item.reason,
        )
        self._reports.record(record, now)

    def _as_run(self, item: AudioItem) -> AsRunRecord:
        return AsRunRecord(
            rid="open",
            item=item.item,
            sha256=item.audio.sha256,
            planned_at=item.start_at,
            result="cut",
            started_at=item.first_started_at,
            volume_pct=self.volume_of(item),
            proof=item.proof,
            relayed=self._parts.relays.sources_heard(item.item),
        )

    def _report(self, item: AudioItem, standing: ExecutionState, now: int, code: Code | None = None) -> None:
        if item.cid:
            kept = self._step.known("seen").get(item.cid)
            if isinstance(kept, dict):
                self._step.remember("seen", item.cid, {**kept, "st": standing.value})
            self._reports.answer(item.cid, standing, now, code=code)
        else:
            self._reports.announce(standing, [item.item], item.plan, now, code)


class ItemRegister(DevicePart):
    """Items of the plan and of commands, by name."""

    def _set_up(self) -> None:
        self.by_name: dict[str, AudioItem] = {}
        """Items; a caller only reads it."""
        self.returned: list[str] = []
        """Items of the plan that were withdrawn unheard: the plan may hold them at another time."""

    def __iter__(self) -> Iterator[AudioItem]:
        return iter(list(self.by_name.values()))

    def get(self, name: str) -> AudioItem | None:
        return self.by_name.get(name)

    def named(self, refs: list[str]) -> list[AudioItem]:
        return [item for ref in refs if (item := self.by_name.get(ref)) is not None]

    def on_card(self) -> list[AudioItem]:
        """Return the items that sound or are about to."""
        return [item for item in self.by_name.values() if item.state in ON_CARD] if self.by_name else []

    def holding(self) -> list[AudioItem]:
        """Return the items on the card, and those cut by a higher one that wait to go on."""
        return [item for item in self.by_name.values() if item.holds_speaker]

    def is_settled(self, name: str) -> bool:
        return name in self._step.known("settled")

    def add(self, item: AudioItem) -> None:
        """Add an item, unless it was settled before."""
        if not self.is_settled(item.item):
            self.by_name[item.item] = item

    def withdraw(self, item: AudioItem, now: int, reason: Code | None) -> None:
        """End an item: at once if not on the card, else when the card answers. ``reason`` None: replanned."""
        item.reason = reason
        was_on_card = item.state in ON_CARD
        if not item.apply(ItemEvent.WITHDRAWN):
            return
        if was_on_card:
            self._step.do(StopSound(item.item))
        else:
            self.settle(item, now, ended_at=None)

    def settle(self, item: AudioItem, now: int, *, ended_at: int | None) -> None:
        """Remove an item whose state is final, and record how it ended."""
        del self.by_name[item.item]
        if not self._parts.records.settle(item, now, ended_at=ended_at):
            self.returned.append(item.item)

    def lose(self, sha256: str) -> list[AudioItem]:
        """Note that content is lost; return the items that need it again."""
        return [item for item in self if self._has_lost(item, sha256)]

    def _has_lost(self, item: AudioItem, sha256: str) -> bool:
        if sha256 in item.missing or all(audio.sha256 != sha256 for audio in item.sounds):
            return False
        was_here = item.apply(ItemEvent.SPOILT)
        if not was_here and item.state is not ItemState.FETCHING:
            return False
        item.missing.add(sha256)
        if was_here:
            item.is_prepared = False
            if not item.was_heard:
                self._step.forget("open", item.item)
        return True

    def forget_expired(self, now: int) -> None:
        for name, until in list(self._step.known("settled").items()):
            if not isinstance(until, int) or until < now:
                self._step.forget("settled", name)
