"""Register of the items that are not settled: known, prepared, sounding or cut."""

from collections.abc import Iterator

from devices.protocol.messages import Code
from firmware_sim.core.component import DevicePart
from firmware_sim.core.effects import StopSound
from firmware_sim.core.schedule.audio_item import ON_CARD, AudioItem, ItemEvent, ItemState


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
