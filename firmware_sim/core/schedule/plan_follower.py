"""Plans in force, and their items: fetched, announced, and kept in step with every replan."""

from collections.abc import Iterator
from typing import Final

from devices.protocol import codec
from devices.protocol.errors import MalformedError, ProtocolError
from devices.protocol.messages import Desired, ExecutionState, KeyRole, Manifest, Plan, PlanItem
from devices.protocol.topics import Topic, TopicKind
from firmware_sim.core.clock.clock import Moment
from firmware_sim.core.component import Component, DevicePart
from firmware_sim.core.events import Connected, ContentHeld, Event, MessageDelivered, PowerOn
from firmware_sim.core.schedule.audio_item import AudioItem, ItemState
from firmware_sim.core.schedule.hand_over import START_GRACE_MS

PLANS_MAX: Final = 60
"""Days followed in one manifest; a server that names more is in error."""
ANNOUNCED_MS: Final = 48 * 3_600_000
"""Items that start this soon are announced as received and ready; the rest would only be traffic."""


class PlanStore(DevicePart):
    """Plans on flash. A day's old plan stays in force until the new one is here: a broken network silences no day."""

    def _set_up(self) -> None:
        self._plans: dict[str, Plan] = {}
        text = self._step.text("doc", "manifest")
        self.manifest = codec.decode(Manifest, text.encode()) if text else None

    def read(self, payload: bytes, now: int | None) -> Manifest | None:
        """Return a manifest that arrived; None: of another area than the device's own.

        Raises:
            ProtocolError: it cannot be trusted or read.
        """
        areas = self._config.areas
        manifest = codec.decode(Manifest, self._config.keys.verify(payload, KeyRole.PLAN, now, areas).payload)
        return manifest if manifest.area in areas[:1] else None

    def follow(self, manifest: Manifest) -> bool:
        """Take a trusted manifest; False: one as new is held already."""
        held = self.manifest
        if held is not None and held.area == manifest.area and (manifest.epoch, manifest.ver) <= (held.epoch, held.ver):
            return False
        self.manifest = manifest
        self._step.remember("doc", "manifest", codec.encode(manifest).decode())
        for day in list(self._step.known("plan")):
            if day not in manifest.days:
                self._drop(day)
        return True

    def leave(self) -> None:
        """Forget the manifest and all plans: the area is no longer ours."""
        self.manifest = None
        self._step.forget("doc", "manifest")
        for day in list(self._step.known("plan")):
            self._drop(day)

    def wanted(self) -> Iterator[tuple[str, int]]:
        """Yield hash and size of every plan to read: those in force first, then those to come."""
        if self.manifest is None:
            return
        for day, kept in self._step.known("plan").items():
            if day not in self._plans and isinstance(kept, str):
                yield kept, 0
        for day, ref in sorted(self.manifest.days.items())[:PLANS_MAX]:
            if self._step.text("plan", day) != ref.sha256:
                yield ref.sha256, ref.bytes

    def hashes(self) -> set[str]:
        """Return the hashes of content that is needed on flash."""
        named = {ref.sha256 for ref in self.manifest.days.values()} if self.manifest else set()
        return named | {kept for kept in self._step.known("plan").values() if isinstance(kept, str)}

    def shelve(self, sha256: str, data: bytes) -> bool:
        """Take a plan that was read; False: nothing asked for it.

        Raises:
            ProtocolError: the content is no plan of this area and day: an error of the server.
        """
        manifest = self.manifest
        days = [day for day, ref in manifest.days.items() if ref.sha256 == sha256] if manifest else []
        days += [day for day, kept in self._step.known("plan").items() if kept == sha256 and day not in self._plans]
        if not days or manifest is None:
            return False
        plan = codec.decode(Plan, data)
        if plan.area != manifest.area or plan.day not in days:
            raise MalformedError("Plan", f"of {plan.area} {plan.day}, not {manifest.area} {days}")
        self._plans[plan.day] = plan
        self._step.remember("plan", plan.day, sha256)
        return True

    def items(self) -> Iterator[tuple[PlanItem, str]]:
        """Yield every item of the plans in force that this device is to sound, with its plan's day."""
        for day, plan in self._plans.items():
            for item in plan.items:
                yield item, day
            for extra in plan.extras:
                if self._parts.id in extra.devices:
                    yield extra.item, day

    @property
    def is_read(self) -> bool:
        """Return whether every plan in force is in memory, so that items in none of them count as removed."""
        return all(day in self._plans for day in self._step.known("plan"))

    def _drop(self, day: str) -> None:
        self._step.forget("plan", day)
        self._plans.pop(day, None)


class PlanFollower(Component):
    """Plan follower of one device: gives the player its items."""

    EVENTS = (PowerOn, Connected, ContentHeld)
    TOPICS = (TopicKind.AREA_PLAN,)

    def _set_up(self) -> None:
        self._plans, self._items = self._parts.plans, self._parts.items
        self._announced: dict[ExecutionState, set[str]] = {}

    def handle(self, event: Event, at: Moment) -> None:
        match event:
            case ContentHeld():
                if event.data is not None:
                    self._take_plan(event.sha256, event.data, at)
            case Connected():
                # On a new connection everything is announced again.
                self._announced = {ExecutionState.RECEIVED: set(), ExecutionState.READY: set()}
            case _:
                self._fetch_plans()

    def receive(self, topic: Topic, message: MessageDelivered, at: Moment) -> None:
        """Follow a newer manifest of the device's own area."""
        manifest = self._plans.read(message.payload, at.now)
        if manifest is not None and self._plans.follow(manifest):
            self._reconcile(at.now)
            self._fetch_plans()

    def reconfigure(self, old: Desired | None, at: Moment) -> None:
        """Drop the plans where the device is in another area now."""
        if old is not None and old.areas[:1] != self._config.areas[:1]:
            self._plans.leave()
            self._reconcile(at.now)

    def wanted_content(self) -> set[str]:
        return self._plans.hashes()

    def advance(self, now: int) -> None:
        if self._items.returned:
            self._reconcile(now)
        if self._parts.session.is_online:
            self._announce(now)

    def _take_plan(self, sha256: str, data: bytes, at: Moment) -> None:
        try:
            if self._plans.shelve(sha256, data):
                self._reconcile(at.now)
        except ProtocolError as error:
            self._reports.add_event("fault", error.code, f"plan {sha256}", at.stamp)

    def _fetch_plans(self) -> None:
        for sha256, size in self._plans.wanted():
            self._content.fetch(sha256, size, 0, is_plan=True)

    def _reconcile(self, now: int | None) -> None:
        """Make the items that have not begun match the plans in force."""
        items = self._items
        planned = {entry.item: (entry, day) for entry, day in self._plans.items()}
        for item in items:
            if item.cid or item.was_heard or now is None:
                continue
            kept = planned.get(item.item)
            if (kept is None and self._plans.is_read) or (kept is not None and _differs(item, kept[0])):
                items.withdraw(item, now, None)
        items.returned.clear()
        for entry, day in planned.values():
            if self._is_new(entry):
                self._parts.player.add(self._item(entry, day), now)
        self._content.release()

    def _announce(self, now: int) -> None:
        """Announce items that came, or became ready, since the last time on this connection."""
        if not self._items.by_name:
            return
        for standing, announced in self._announced.items():
            fresh: dict[str, set[str]] = {}
            for item in self._items:
                is_ready = item.state is not ItemState.FETCHING
                is_news = item.item not in announced and (standing is ExecutionState.RECEIVED or is_ready)
                if is_news and not item.cid and item.start_at <= now + ANNOUNCED_MS:
                    fresh.setdefault(item.plan, set()).add(item.item)
            for plan, items in fresh.items():
                announced.update(items)
                self._reports.announce(standing, items, plan, now)

    def _is_new(self, entry: PlanItem) -> bool:
        """Return whether an item is neither known, settled, cancelled, nor from before this device's first day."""
        if self._items.get(entry.item) is not None or self._items.is_settled(entry.item):
            return False
        return entry.item not in self._step.known("cancelled") and entry.start_at >= self._step.number(
            "counter", "first_on"
        )

    def _item(self, entry: PlanItem, day: str) -> AudioItem:
        manifest = self._plans.manifest
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


def _differs(item: AudioItem, entry: PlanItem) -> bool:
    held = (item.start_at, item.audio, item.prio, item.after)
    around = (item.opening, item.closing, item.skip_ms, item.relay)
    if entry.relay is not None and item.until_at != entry.end_at:
        return True
    planned = (entry.start_at, entry.audio, entry.prio, entry.after)
    return held != planned or around != (entry.opening, entry.closing, entry.skip_ms, entry.relay)
