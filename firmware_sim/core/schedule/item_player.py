"""Speaker arbiter: priorities, lateness and quiet hours of items on the sound card, and their reports.

Rules that the protocol leaves to the device:

* A card takes some time to begin, so an item is handed over ``HAND_OVER_MS`` before its instant.
* An item that could not begin within ``START_GRACE_MS`` of its instant is missed, not sounded late: beside a neighbour
  that began in time it would only be noise.
* An item on the speaker is not cut by one of its priority; the other waits, at most ``WAIT_MAX_MS`` past its end.
* An item cut by a higher one resumes, restarts or is dropped by its own rule, within the same limit, and gives way to
  items planned for that time. One record covers all of it.
* An item that a power cut interrupted never sounds again, whatever its rule: heard twice is worse than cut.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

import msgspec

from devices.protocol import quiet
from devices.protocol.messages import AsRunRecord, Code, Desired, Proof, Relay, Standing
from devices.protocol.verdict import ALERT_PRIO
from firmware_sim.core.clock.clock import Clock
from firmware_sim.core.effects import Prepare, StartRelay, StartSound, StopSound
from firmware_sim.core.relays.relay_streams import RelayStreams
from firmware_sim.core.reports.report_queue import NEVER_MS, ReportQueue
from firmware_sim.core.schedule.audio_item import ON_CARD, AudioItem, ItemEvent, ItemState
from firmware_sim.core.schedule.precedence import rank, yields
from firmware_sim.core.step import Step

HAND_OVER_MS: Final = 600
PREPARE_MS: Final = 10_000
START_GRACE_MS: Final = 2_000
WAIT_MAX_MS: Final = 600_000
LENGTH_SLACK_MS: Final = 200
"""Content may be this much longer than its plan says: encoders pad."""
SETTLED_KEEP_MS: Final = 40 * 86_400_000
"""An item's end is remembered this long: longer than any plan reaches."""
KEPT_RULES: Final = ("resume", "restart")


class ItemPlayer:
    """Speaker arbiter: all soundings that are not settled, by item."""

    def __init__(self, step: Step, reports: ReportQueue, clock: Clock) -> None:
        self._step = step
        self._reports = reports
        self._clock = clock
        self._on_since = 0
        self.relays = RelayStreams(step)
        self._soundings: dict[str, AudioItem] = {}
        self.desired: Desired | None = None
        self.returned: list[str] = []
        """Items of the plan that were withdrawn unheard: the plan may hold them at another time."""
        self.bar: Callable[[], int] = lambda: 0
        """Returns the priority up to which nothing begins, as an alert sounds or a live address."""

    def power_on(self, now: int) -> None:
        """Settle the items that the power cut interrupted."""
        self._on_since = now
        for item, kept in list(self._step.known("open").items()):
            if isinstance(kept, Mapping):
                record = msgspec.convert({**kept, "result": "cut"}, AsRunRecord)
                result = "cut" if record.started_at is not None else "missed"
                self._reports.record(msgspec.structs.replace(record, result=result, code=Code.POWER_LOST), now)
                self._step.forget("open", item)
                self._step.remember("settled", item, now + SETTLED_KEEP_MS)

    def __iter__(self) -> Iterator[AudioItem]:
        return iter(list(self._soundings.values()))

    @property
    def is_busy(self) -> bool:
        """Return whether anything is planned, ordered or sounding."""
        return bool(self._soundings)

    def get(self, item: str) -> AudioItem | None:
        return self._soundings.get(item)

    def is_settled(self, item: str) -> bool:
        return item in self._step.known("settled")

    def add(self, sounding: AudioItem) -> None:
        """Add a sounding, unless it was settled before."""
        if not self.is_settled(sounding.item):
            self._soundings[sounding.item] = sounding

    @property
    def holding_prio(self) -> int:
        """Priority of the item that sounds or is about to; 0 for none."""
        if not self._soundings:
            return 0
        return max((s.prio for s in self._soundings.values() if s.state in ON_CARD), default=0)

    def held(self, sha256: str) -> list[AudioItem]:
        """Note that content is on flash; return the soundings that waited for nothing else."""
        waiting = [s for s in self._soundings.values() if sha256 in s.missing]
        for sounding in waiting:
            sounding.missing.discard(sha256)
        return [s for s in waiting if not s.missing and s.meet(ItemEvent.HELD)]

    def spoilt(self, sha256: str) -> list[AudioItem]:
        """Note that content is lost; return the soundings that need it again."""
        hit: list[AudioItem] = []
        for sounding in self._soundings.values():
            if sha256 in sounding.missing or all(audio.sha256 != sha256 for audio in sounding.sounds):
                continue
            was_here = sounding.meet(ItemEvent.SPOILT)
            if not was_here and sounding.state is not ItemState.FETCHING:
                continue
            sounding.missing.add(sha256)
            hit.append(sounding)
            if was_here:
                sounding.is_prepared = False
                if not sounding.was_heard:
                    self._step.forget("open", sounding.item)
        return hit

    def withdraw(self, sounding: AudioItem, now: int, reason: Code | None) -> None:
        """End a sounding: at once if not on the card, else when the card answers. ``reason`` None: replanned."""
        sounding.reason = reason
        was_on_card = sounding.state in ON_CARD
        if not sounding.meet(ItemEvent.WITHDRAWN):
            return
        if was_on_card:
            self._step.do(StopSound(sounding.item))
        else:
            self._settle(sounding, now, ended_at=None)

    def started(self, item: str, at: int) -> None:
        sounding = self._soundings.get(item)
        if sounding is None or not sounding.meet(ItemEvent.SOUNDED):
            return
        sounding.part_started_at = at
        sounding.parts += 1
        if sounding.first_started_at is None:
            sounding.first_started_at = at
            self._remember_open(sounding)
            self._stand(sounding, Standing.STARTED, at)

    def ended(self, item: str, at: int, *, whole: bool, proof: Proof | None = None) -> None:
        sounding = self._soundings.get(item)
        if sounding is None:
            return
        sounding.proof = proof or sounding.proof
        heard_now = sounding.part_started_at > 0
        if heard_now:
            sounding.offset_ms += max(0, at - sounding.part_started_at)
            sounding.part_started_at = 0
        self.relays.pause(item, at)
        happening = ItemEvent.ENDED if whole else self._how_it_stopped(sounding, heard_now=heard_now)
        if not sounding.meet(happening):
            return
        if sounding.state in (ItemState.READY, ItemState.PAUSED):
            sounding.was_busy = True
            sounding.wait(WAIT_MAX_MS)
            if sounding.state is ItemState.READY:
                self._step.forget("open", item)
            return
        self._settle(sounding, at, ended_at=at)

    def advance(self, now: int) -> None:
        """Miss items that are too late, prepare those that are near, hand over the first one due."""
        if not self._soundings:
            return
        for sounding in list(self._soundings.values()):
            self._judge(sounding, now)
        due = [s for s in self._soundings.values() if self._is_due(s, now)]
        for sounding in sorted(due, key=rank):
            cuts = self._may_take(sounding)
            if cuts is not None:
                self._hand_over(sounding, now, cuts=cuts)
                return

    def next_at(self) -> int:
        """Return the next instant at which ``advance`` has something to do without an event (true ms)."""
        first = NEVER_MS
        for sounding in self._soundings.values():
            if sounding.state in ON_CARD:
                continue
            first = min(first, sounding.latest_at + 1)
            if sounding.state is ItemState.READY:
                if not sounding.is_prepared:
                    first = min(first, sounding.start_at - PREPARE_MS)
                if not sounding.was_busy:
                    first = min(first, sounding.start_at - HAND_OVER_MS)
        return first

    def _judge(self, sounding: AudioItem, now: int) -> None:
        if sounding.state in ON_CARD:
            return
        if now > sounding.latest_at and sounding.meet(ItemEvent.LATE):
            sounding.reason = self._why_late(sounding)
            self._settle(sounding, now, ended_at=None)
            return
        if sounding.state is ItemState.READY and not sounding.is_prepared and now >= sounding.start_at - PREPARE_MS:
            sounding.is_prepared = True
            for audio in sounding.sounds:
                self._step.do(Prepare(audio.sha256))
            if sounding.relay is not None:
                self.relays.open(sounding.item, sounding.relay, now)
        if now >= sounding.start_at - HAND_OVER_MS:
            self._refuse_in_silence(sounding, max(now, sounding.start_at))

    def _refuse_in_silence(self, sounding: AudioItem, at: int) -> None:
        desired = self.desired
        if desired is not None and desired.quarantined:
            self._keep_silent(sounding, Code.QUARANTINED, at)
            return
        if sounding.prio >= ALERT_PRIO:
            return
        if at < self.hush_until:
            self._keep_silent(sounding, Code.HUSHED, at)
            return
        if desired is None or not quiet.is_quiet(at, sounding.ends_from(at), desired.quiet, desired.utc_offset_min):
            return
        if self._keep_silent(sounding, Code.QUIET_HOURS, at):
            self._reports.tell("fault", Code.QUIET_HOURS, sounding.item, at)

    def _keep_silent(self, sounding: AudioItem, code: Code, at: int) -> bool:
        if not sounding.meet(ItemEvent.QUIET):
            return False
        sounding.reason = code
        self._settle(sounding, at, ended_at=None)
        return True

    def _is_due(self, sounding: AudioItem, now: int) -> bool:
        return sounding.state in (ItemState.READY, ItemState.PAUSED) and now >= sounding.start_at - HAND_OVER_MS

    def _may_take(self, sounding: AudioItem) -> bool | None:
        """Return whether it cuts the sound on the card; None: it may not be handed over now."""
        if sounding.prio <= self.bar():
            sounding.was_busy = True
            if sounding.after in KEPT_RULES:
                sounding.wait(WAIT_MAX_MS)
            return None
        ways = [yields(other, sounding) for other in self._soundings.values() if other.state in ON_CARD]
        if all(way is not None for way in ways):
            return True in ways
        others = [other.prio for other in self._soundings.values() if other.state in ON_CARD]
        sounding.was_busy = True
        if sounding.after in KEPT_RULES or sounding.prio in others:
            sounding.wait(WAIT_MAX_MS)
        return None

    def _hand_over(self, sounding: AudioItem, now: int, *, cuts: bool) -> None:
        if sounding.after != "resume":
            sounding.offset_ms = 0
        if not sounding.meet(ItemEvent.DUE):
            return
        sounding.reason = None
        self._remember_open(sounding)
        at = max(now, sounding.start_at)
        if sounding.relay is not None:
            self._start_relay(sounding, sounding.relay, at, cuts=cuts)
            return
        self._step.do(
            StartSound(
                item=sounding.item,
                sha256=sounding.audio.sha256,
                at_ms=self._clock.to_local(at),
                offset_ms=sounding.offset_ms,
                length_ms=sounding.total_ms,
                max_ms=sounding.total_ms + LENGTH_SLACK_MS,
                repeat=sounding.repeat,
                gap_ms=sounding.gap_ms,
                cuts=cuts,
                volume_pct=self._volume_of(sounding),
                opening=sounding.opening.sha256 if sounding.opening else "",
                closing=sounding.closing.sha256 if sounding.closing else "",
                skip_ms=sounding.skip_ms,
            )
        )

    def _start_relay(self, sounding: AudioItem, relay: Relay, at: int, *, cuts: bool) -> None:
        self.relays.open(sounding.item, relay, at)
        self.relays.begin(sounding.item, at)
        self._step.do(
            StartRelay(
                item=sounding.item,
                sha256=sounding.audio.sha256,
                at_ms=self._clock.to_local(at),
                until_ms=self._clock.to_local(sounding.until_at),
                gap_ms=relay.gap_ms,
                cuts=cuts,
                volume_pct=self._volume_of(sounding),
            )
        )

    def turned(self, item: str, feed: str, at: int) -> None:
        """Note that a relay sounds another source, and save the record that a power cut would leave."""
        self.relays.turned(item, feed, at)
        sounding = self._soundings.get(item)
        if sounding is not None and sounding.was_heard:
            self._remember_open(sounding)

    def _how_it_stopped(self, sounding: AudioItem, *, heard_now: bool) -> ItemEvent:
        if sounding.state is ItemState.STOPPING:
            return ItemEvent.SILENCED if heard_now or sounding.was_heard else ItemEvent.TAKEN_BACK
        if sounding.state is ItemState.STARTING:
            return ItemEvent.PAUSED if sounding.was_heard else ItemEvent.PUT_BACK
        sounding.reason = Code.BUSY_HIGHER
        return ItemEvent.PAUSED if sounding.after in KEPT_RULES else ItemEvent.DROPPED

    def _why_late(self, sounding: AudioItem) -> Code:
        if sounding.was_busy:
            return Code.BUSY_HIGHER
        if sounding.start_at < self._on_since:
            return Code.POWER_LOST
        return Code.FETCH_FAILED if sounding.state is ItemState.MISSED and not sounding.is_prepared else Code.EXPIRED

    def _settle(self, sounding: AudioItem, now: int, *, ended_at: int | None) -> None:
        """Record how it ended and forget the rest, in one batch on flash."""
        del self._soundings[sounding.item]
        self._step.forget("open", sounding.item)
        self._step.forget("play", sounding.item)
        if sounding.state is ItemState.CANCELLED:
            if sounding.reason is None:
                self.returned.append(sounding.item)
                self.relays.forget(sounding.item, now)
                return
            self._stand(sounding, Standing.CANCELLED, now, sounding.reason)
        elif sounding.state is ItemState.DONE:
            self._record(sounding, "done", now, ended_at)
            self._stand(sounding, Standing.DONE, now)
        else:
            result = "cut" if sounding.was_heard else "missed"
            if ended_at is None and sounding.first_started_at is not None:
                ended_at = sounding.first_started_at + sounding.offset_ms
            self._record(sounding, result, now, ended_at)
            self._stand(sounding, Standing.CUT if sounding.was_heard else Standing.FAILED, now, sounding.reason)
        self._step.remember("settled", sounding.item, max(now, sounding.end_at) + SETTLED_KEEP_MS)
        self.relays.forget(sounding.item, now)

    def _record(self, sounding: AudioItem, result: str, now: int, ended_at: int | None) -> None:
        heard = sounding.was_heard
        record = msgspec.structs.replace(
            self._as_run(sounding),
            result=result,
            ended_at=ended_at if heard else None,
            code=None if result == "done" else sounding.reason,
        )
        self._reports.record(record, now)

    def _as_run(self, sounding: AudioItem) -> AsRunRecord:
        return AsRunRecord(
            rid="open",
            item=sounding.item,
            sha256=sounding.audio.sha256,
            planned_at=sounding.start_at,
            result="cut",
            started_at=sounding.first_started_at,
            volume_pct=self._volume_of(sounding),
            proof=sounding.proof,
            relayed=self.relays.told(sounding.item),
        )

    def _remember_open(self, sounding: AudioItem) -> None:
        self._step.remember("open", sounding.item, msgspec.to_builtins(self._as_run(sounding)))

    def _stand(self, sounding: AudioItem, standing: Standing, now: int, code: Code | None = None) -> None:
        if sounding.cid:
            kept = self._step.known("seen").get(sounding.cid)
            if isinstance(kept, dict):
                self._step.remember("seen", sounding.cid, {**kept, "st": standing.value})
            self._reports.answer(sounding.cid, standing, now, code=code)
        else:
            self._reports.announce(standing, [sounding.item], sounding.plan, now, code)

    def _volume_of(self, sounding: AudioItem) -> int:
        """Return the volume. A command cannot exceed what the place allows; only alerts do, which do not sound here."""
        at = sounding.start_at if sounding.first_started_at is None else sounding.first_started_at
        allowed_pct = self.volume_at(at)
        return allowed_pct if sounding.volume_pct is None else min(allowed_pct, sounding.volume_pct)

    @property
    def hush_until(self) -> int:
        """Instant before which nothing below an alert begins."""
        kept = self._step.known("setting").get("hush")
        until = kept.get("until") if isinstance(kept, dict) else 0
        return until if isinstance(until, int) else 0

    def volume_at(self, now: int) -> int:
        """Return the amplifier's setting at an instant: by command, else by ``desired`` and the time of day."""
        set_by_command = self._step.known("setting").get("volume_pct")
        if isinstance(set_by_command, int):
            return set_by_command
        return quiet.volume_at(now, self.desired) if self.desired is not None else 80
