"""Item player: items of the plan and of commands, from their content to their end on the sound card.

An item that a power cut interrupted never sounds again, whatever its rule: heard twice is worse than cut.
"""

from typing import Final

import msgspec

from devices.protocol.messages import Code, Command, CommandType, Desired, ExecutionState, Proof
from firmware_sim.core.clock.clock import NEVER_MS, Moment
from firmware_sim.core.events import (
    ContentHeld,
    ContentSpoilt,
    Event,
    FeedTurned,
    PowerOn,
    SoundEnded,
    SoundStarted,
)
from firmware_sim.core.schedule.audio_item import ON_CARD, AudioItem, ItemEvent, ItemState, planned
from firmware_sim.core.schedule.hand_over import KEPT_RULES, WAIT_MAX_MS
from firmware_sim.core.schedule.item_register import ItemRegister
from firmware_sim.core.sound.arbiter import OnAir, SoundSource

FETCH_SHARE: Final = 20
"""Devices spread the fetch of an item over this part of the time that is left, three seconds of a minute."""
FETCH_SPREAD_MAX_MS: Final = 600_000


class ItemPlayer(SoundSource):
    """Items of the plan and of commands that are not settled."""

    EVENTS = (PowerOn, ContentHeld, ContentSpoilt, SoundStarted, SoundEnded, FeedTurned)
    COMMANDS = (CommandType.PLAY,)
    STANDING = ExecutionState.RECEIVED

    def _set_up(self) -> None:
        self._items = self._parts.items
        self._parts.arbiter.register(self)

    # State.

    @property
    def items(self) -> ItemRegister:
        """Items that are not settled."""
        return self._items

    @property
    def card_prio(self) -> int:
        highest = 0
        for item in self._items.by_name.values():
            if item.prio > highest and item.state in ON_CARD:
                highest = item.prio
        return highest

    def on_card(self) -> set[str]:
        return {item.item for item in self._items.on_card()}

    def being_stopped(self) -> set[str]:
        return {item.item for item in self._items.on_card() if item.state is ItemState.STOPPING}

    def on_air(self) -> OnAir | None:
        for item in self._items.on_card():
            src = "relay" if item.relay is not None else "command" if item.cid else "plan"
            since = item.part_started_at - item.offset_ms if item.was_heard else None
            return OnAir(item.cid or item.item, src, since)
        return None

    def wanted_content(self) -> set[str]:
        return {audio.sha256 for item in self._items for audio in item.sounds}

    def add(self, item: AudioItem, now: int | None) -> None:
        """Add an item, unless it was settled before, and fetch its content. ``now`` None: no time is known."""
        self._items.add(item)
        self._fetch(item, now)

    def _withdraw_all(self, now: int, reason: Code) -> list[str]:
        """End what sounds or waits to go on; return the names."""
        found = self._items.holding()
        for item in found:
            self._items.withdraw(item, now, reason)
        return [item.item for item in found]

    # Commands.

    def refusal(self, command: Command, now: int) -> Code | None:
        if command.content is None or command.play is None:
            return None
        item = planned(command, command.content, command.play, command.play.start_at or now)
        return self._parts.settings.silence_at(item.start_at, item.end_at)

    def obey(self, command: Command, source: bytes, now: int) -> None:
        content, play = command.content, command.play
        assert content is not None
        assert play is not None
        start_at = play.start_at or now
        kept = msgspec.structs.replace(command, play=msgspec.structs.replace(play, start_at=start_at))
        self._step.remember("play", command.cid, msgspec.to_builtins(kept))
        self.add(planned(command, content, play, start_at), now)
        self._reports.answer(command.cid, ExecutionState.RECEIVED, now, jitter_ms=command.jitter_ms)

    def obey_stop(self, command: Command, now: int) -> None:
        """End items that sound or wait to resume, up to the command's level; with ``refs`` only those."""
        if command.drill:
            return
        for item in self._items.named(command.refs) if command.refs else self._items.holding():
            if item.prio <= command.prio:
                self._items.withdraw(item, now, Code.CANCELLED)

    def cancel(self, command: Command, now: int) -> None:
        for item in [] if command.drill else self._items.named(command.refs):
            self._items.withdraw(item, now, Code.CANCELLED)

    def press_stop(self, now: int) -> list[str]:
        return self._withdraw_all(now, Code.LOCAL_STOP)

    def reconfigure(self, old: Desired | None, at: Moment) -> None:
        """Enter quarantine: items that sound, or wait to resume, end; later ones are refused when due."""
        desired = self._config.desired
        if desired is not None and desired.quarantined:
            self._withdraw_all(at.now_or(desired.iat), Code.QUARANTINED)

    # Events.

    def handle(self, event: Event, at: Moment) -> None:
        match event:
            case ContentHeld():
                self._held(event.sha256)
            case SoundStarted() | SoundEnded() if event.item not in self._items.by_name:
                pass  # of another source
            case SoundStarted():
                self._started(event.item, self._clock.to_true(event.at_ms))
            case SoundEnded():
                ended_at = self._clock.to_true(event.at_ms)
                self._ended(event.item, ended_at, whole=event.whole, proof=event.proof)
            case ContentSpoilt():
                self._spoilt(event.sha256, at.stamp)
            case FeedTurned():
                self._turned(event.item, event.what, self._clock.to_true(event.at_ms))
            case _:
                self._power_on(at.stamp)

    def _power_on(self, now: int) -> None:
        """Settle what the power cut interrupted, and take up again the accepted plays that had not sounded yet."""
        self._parts.hand_over.on_since = now
        self._parts.records.settle_interrupted(now)
        for kept in list(self._step.known("play").values()):
            command = msgspec.convert(kept, Command)
            if command.content is not None and command.play is not None:
                self.add(planned(command, command.content, command.play, command.play.start_at), now)

    def _held(self, sha256: str) -> None:
        """Note that content is on flash."""
        for item in [item for item in self._items.by_name.values() if sha256 in item.missing]:
            item.missing.discard(sha256)
            if not item.missing:
                item.apply(ItemEvent.HELD)

    def _spoilt(self, sha256: str, now: int) -> None:
        """Fetch lost content again, for the items that need it."""
        hit = self._items.lose(sha256)
        if hit:
            self._reports.add_event("fault", Code.HASH_MISMATCH, sha256, now)
        for item in hit:
            self._fetch(item, now)

    def _fetch(self, item: AudioItem, now: int | None) -> None:
        """Fetch what the item sounds, after this device's share of the time that is left."""
        left_ms = 0 if now is None else max(0, item.start_at - now)
        wait_ms = self._reports.share_ms(min(left_ms // FETCH_SHARE, FETCH_SPREAD_MAX_MS))
        for audio in item.sounds:
            self._content.fetch(audio.sha256, audio.bytes, item.start_at, wait_ms=wait_ms)

    def _started(self, name: str, at: int) -> None:
        item = self._items.get(name)
        if item is None or not item.apply(ItemEvent.SOUNDED):
            return
        item.part_started_at = at
        item.parts += 1
        if item.first_started_at is None:
            item.first_started_at = at
            self._parts.records.started(item, at)

    def _ended(self, name: str, at: int, *, whole: bool, proof: Proof | None) -> None:
        item = self._items.get(name)
        if item is None:
            return
        item.proof = proof or item.proof
        is_heard_now = item.part_started_at > 0
        if is_heard_now:
            item.offset_ms += max(0, at - item.part_started_at)
            item.part_started_at = 0
        self._parts.relays.pause(name, at)
        change = ItemEvent.ENDED if whole else _how_it_stopped(item, is_heard_now=is_heard_now)
        if not item.apply(change):
            return
        if item.state in (ItemState.READY, ItemState.PAUSED):
            item.was_busy = True
            item.wait(WAIT_MAX_MS)
            if item.state is ItemState.READY:
                self._step.forget("open", name)
            return
        self._items.settle(item, at, ended_at=at)

    def _turned(self, name: str, feed: str, at: int) -> None:
        """Note that a relay sounds another source, and save the record that a power cut would leave."""
        self._parts.relays.turned(name, feed, at)
        item = self._items.get(name)
        if item is not None and item.was_heard:
            self._parts.records.remember_open(item)

    # Time.

    def advance(self, now: int) -> None:
        """Judge all items, and hand over the first one that is due and may begin."""
        if self._items.by_name and (due := self._parts.hand_over.judge(now)):
            self._parts.hand_over.begin_first(due, now, self._parts.arbiter.prio_beside(self))

    def next_at(self, now: int) -> int:
        return self._parts.hand_over.next_at() if self._items.by_name else NEVER_MS

    def forget_expired(self, now: int) -> None:
        self._items.forget_expired(now)


def _how_it_stopped(item: AudioItem, *, is_heard_now: bool) -> ItemEvent:
    if item.state is ItemState.STOPPING:
        return ItemEvent.SILENCED if is_heard_now or item.was_heard else ItemEvent.TAKEN_BACK
    if item.state is ItemState.STARTING:
        return ItemEvent.PAUSED if item.was_heard else ItemEvent.PUT_BACK
    item.reason = Code.BUSY_HIGHER
    return ItemEvent.PAUSED if item.after in KEPT_RULES else ItemEvent.DROPPED
