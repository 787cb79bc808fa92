"""Plan follower: planned items are fetched, announced, and kept in step with every replan."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from devices.protocol.errors import ProtocolError
from devices.protocol.messages import Code, Manifest, PlanItem, Standing
from firmware_sim.core.effects import Fetch, Keep
from firmware_sim.core.reports.report_queue import ReportQueue
from firmware_sim.core.schedule.audio_item import AudioItem, ItemState
from firmware_sim.core.schedule.item_player import START_GRACE_MS, ItemPlayer
from firmware_sim.core.schedule.plan_store import PlanStore
from firmware_sim.core.step import Step

ANNOUNCED_MS: Final = 48 * 3_600_000
"""Items that start this soon are announced as received and ready; the rest would only be traffic."""


class PlanFollower:
    """Plan follower of one device: gives the speaker its items. ``base_url`` is where content is fetched."""

    def __init__(self, step: Step, reports: ReportQueue, speaker: ItemPlayer, device_id: str, base_url: str) -> None:
        self._step = step
        self._reports = reports
        self._speaker = speaker
        self._shelf = PlanStore(step, device_id)
        self._announced: dict[Standing, set[str]] = {}
        self.base_url = base_url
        self.kept_besides: Callable[[], set[str]] = set
        """Returns the hashes of content that other parts need."""
        self.forget_announced()

    @property
    def manifest(self) -> Manifest | None:
        return self._shelf.manifest

    def follow(self, manifest: Manifest, now: int | None) -> None:
        """Follow a trusted manifest of our leaf area."""
        if self._shelf.follow(manifest):
            self.reconcile(now)
            self.fetch_plans()

    def leave(self, now: int | None) -> None:
        """Drop the plans: the device is in another area now."""
        self._shelf.leave()
        self.reconcile(now)

    def content_held(self, sha256: str, data: bytes | None, now: int | None, told_at: int) -> None:
        if data is not None:
            try:
                if self._shelf.shelve(sha256, data):
                    self.reconcile(now)
            except ProtocolError as error:
                self._reports.tell("fault", error.code, f"plan {sha256}", told_at)
        self._speaker.held(sha256)

    def content_spoilt(self, sha256: str, now: int) -> None:
        hit = self._speaker.spoilt(sha256)
        if hit:
            self._reports.tell("fault", Code.HASH_MISMATCH, sha256, now)
        for sounding in hit:
            self.fetch_sound(sounding)

    def fetch_plans(self) -> None:
        for sha256, size in self._shelf.wanted():
            self._step.do(Fetch(sha256, size, 0, self.base_url, is_plan=True))

    def fetch_sound(self, sounding: AudioItem) -> None:
        for audio in sounding.sounds:
            self._step.do(Fetch(audio.sha256, audio.bytes, sounding.start_at, self.base_url))

    def reconcile(self, now: int | None) -> None:
        """Make the soundings that have not begun match the plans in force."""
        planned = {item.item: (item, day) for item, day in self._shelf.items()}
        for sounding in self._speaker:
            if sounding.cid or sounding.was_heard or now is None:
                continue
            kept = planned.get(sounding.item)
            if (kept is None and self._shelf.is_read) or (kept is not None and _differs(sounding, kept[0])):
                self._speaker.withdraw(sounding, now, None)
        self._speaker.returned.clear()
        for entry, day in planned.values():
            if self._is_new(entry):
                sounding = self._sounding(entry, day)
                self._speaker.add(sounding)
                self.fetch_sound(sounding)
        sounds = {audio.sha256 for sounding in self._speaker for audio in sounding.sounds}
        self._step.do(Keep(frozenset(sounds | self._shelf.hashes() | self.kept_besides())))

    def announce(self, now: int) -> None:
        """Announce items that came, or became ready, since the last time on this connection."""
        if not self._speaker.is_busy:
            return
        for standing, told in self._announced.items():
            fresh: dict[str, set[str]] = {}
            for sounding in self._speaker:
                is_ready = sounding.state is not ItemState.FETCHING
                is_news = sounding.item not in told and (standing is Standing.RECEIVED or is_ready)
                if is_news and not sounding.cid and sounding.start_at <= now + ANNOUNCED_MS:
                    fresh.setdefault(sounding.plan, set()).add(sounding.item)
            for plan, items in fresh.items():
                told.update(items)
                self._reports.announce(standing, items, plan, now)

    def forget_announced(self) -> None:
        """Forget announcements: on a new connection everything is announced again."""
        self._announced = {Standing.RECEIVED: set(), Standing.READY: set()}

    def _is_new(self, entry: PlanItem) -> bool:
        """Return whether an item is neither known, settled, cancelled, nor from before this device's first day."""
        if self._speaker.get(entry.item) is not None or self._speaker.is_settled(entry.item):
            return False
        return entry.item not in self._step.known("cancelled") and entry.start_at >= self._step.number(
            "counter", "first_on"
        )

    def _sounding(self, entry: PlanItem, day: str) -> AudioItem:
        manifest = self._shelf.manifest
        return AudioItem(
            item=entry.item,
            audio=entry.audio,
            start_at=entry.start_at,
            latest_at=entry.start_at + START_GRACE_MS,
            prio=entry.prio,
            after=entry.after,
            opening=entry.opening,
            closing=entry.closing,
            skip_ms=entry.skip_ms,
            relay=entry.relay,
            until_at=entry.end_at,
            plan=f"{manifest.area if manifest else ''}/{day}",
        )


def _differs(sounding: AudioItem, entry: PlanItem) -> bool:
    held = (sounding.start_at, sounding.audio, sounding.prio, sounding.after)
    around = (sounding.opening, sounding.closing, sounding.skip_ms, sounding.relay)
    if entry.relay is not None and sounding.until_at != entry.end_at:
        return True
    planned = (entry.start_at, entry.audio, entry.prio, entry.after)
    return held != planned or around != (entry.opening, entry.closing, entry.skip_ms, entry.relay)
