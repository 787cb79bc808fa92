"""Texts of the plan on an electronic board: the texts in force, the page on screen, and the reports.

A showing begins with its first page and ends at its end, when it is withdrawn, or when the power comes back after
its end. Its record so far is on flash, so a power cut divides nothing: there is one record for each showing.
"""

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from devices.protocol import codec
from devices.protocol.boards import BoardPicture, text_sha256
from devices.protocol.errors import MalformedError, ProtocolError
from devices.protocol.messages import AsRunRecord, BoardItem, BoardPlan, Code, Command, Desired, ExecutionState
from devices.protocol.topics import Topic, TopicKind
from firmware_sim.core.boards.page_display import PageDisplay
from firmware_sim.core.clock.clock import NEVER_MS, Moment
from firmware_sim.core.component import Component
from firmware_sim.core.events import Connected, ContentHeld, Event, MessageDelivered, PowerOn
from firmware_sim.core.schedule.item_register import SETTLED_KEEP_MS
from firmware_sim.core.schedule.plan_follower import ANNOUNCED_MS

_SHOWN: Final = "shown"
"""Kind of facts: the showings that have begun, with their record so far."""


class TextBoard(Component):
    """Texts of one board, which follows the ``boards`` plan of a manifest in place of its days."""

    EVENTS = (PowerOn, Connected, ContentHeld)
    TOPICS = (TopicKind.AREA_PLAN,)

    def _set_up(self) -> None:
        self._plans = self._parts.plans
        self._display = PageDisplay(self._parts)
        self._plan: BoardPlan | None = None
        self._on_since = 0
        self._announced: set[str] = set()

    # Events, messages and commands.

    def handle(self, event: Event, at: Moment) -> None:
        match event:
            case PowerOn():
                self._on_since = at.stamp
                if self._config.desired is not None:
                    self._display.use(self._config.desired.screen)
                self._fetch()
            case Connected():
                self._announced = set()  # on a new connection everything is announced again
            case ContentHeld() if event.data is None:
                self._display.pictures_here.add(event.sha256)
            case ContentHeld() if event.data is not None:
                self._take_plan(event.sha256, event.data, at)
            case _:
                pass

    def receive(self, topic: Topic, message: MessageDelivered, at: Moment) -> None:
        """Follow a newer manifest of the device's own area."""
        manifest = self._plans.read(message.payload, at.now)
        if manifest is None:
            return
        if self._plans.follow(msgspec.structs.replace(manifest, days={})):
            self._content.release()
        self._fetch()

    def reconfigure(self, old: Desired | None, at: Moment) -> None:
        """Follow the desired screen, the quarantine, in which texts on screen end, and a move to another area."""
        desired = self._config.desired
        if desired is None:
            return
        if old is None or desired.screen != old.screen:
            self._display.use(desired.screen)
        if desired.quarantined:
            now = at.now_or(desired.iat)
            for item in [item for item in self._open() if self._has_begun(item.item)]:
                self._settle(item, now, "cut", Code.QUARANTINED)
        if old is not None and desired.areas[:1] != old.areas[:1]:
            self._plans.leave()
            self._content.release()

    def cancel(self, command: Command, now: int) -> None:
        """Withdraw the named texts; those that have not begun never do."""
        for name in [] if command.drill else command.refs:
            item = self._item(name)
            if item is not None:
                result = "cut" if self._has_begun(name) else ""
                self._settle(item, now, result, Code.CANCELLED, keep_until=command.exp)

    def wanted_content(self) -> set[str]:
        return self._plans.hashes() | self._hashes()

    def _fetch(self) -> None:
        """Fetch the plan in force, the one that will replace it, and the pictures that they name."""
        for sha256, size in self._wanted():
            self._content.fetch(sha256, size, 0, is_plan=True)
        self._fetch_pictures()

    def _hashes(self) -> set[str]:
        named = self._named()
        held = self._step.text("doc", "boards")
        # The plan may not be read from flash yet: its pictures are known by name.
        pictures = self._step.text("doc", "board_pictures").split()
        return {sha256 for sha256 in (named[0], held, *pictures) if sha256}

    def _take_plan(self, sha256: str, data: bytes, at: Moment) -> None:
        manifest = self._plans.manifest
        if manifest is None or sha256 not in self._hashes():
            return
        try:
            plan = codec.decode(BoardPlan, data)
            if plan.area != manifest.area:
                raise MalformedError("BoardPlan", f"of {plan.area}, not {manifest.area}")
        except ProtocolError as error:
            self._reports.add_event("fault", error.code, f"boards {sha256}", at.stamp)
            return
        is_new = sha256 == self._named()[0]
        if is_new or self._plan is None:
            if at.now is not None:
                self._end_due(at.now)
            self._plan = plan
            self._step.remember("doc", "boards", sha256)
            self._step.remember("doc", "board_pictures", " ".join(picture.sha256 for picture in self._pictures()))
            self._fetch_pictures()

    # Time.

    def advance(self, now: int) -> None:
        """End texts that are past, begin those due, turn the page, and announce new texts."""
        self._drop_gone(now)
        self._end_due(now)
        is_off = self._config.is_quarantined
        standing = [] if is_off else [item for item in self._open() if item.start_at <= now < item.end_at]
        for item in standing:
            if not self._has_begun(item.item):
                self._begin(item, now)
        self._display.show(standing, now, is_covered=self._parts.alerts.holds_screen)
        if self._parts.session.is_online:
            self._announce(now)

    def next_at(self, now: int) -> int:
        first = self._display.turns_at
        for item in self._open():
            first = min(first, item.end_at, item.start_at if item.start_at > now else NEVER_MS)
        return first

    def _announce(self, now: int) -> None:
        """Announce items that are new on this connection, as ready too: the plan on flash holds their text."""
        fresh = {
            item.item
            for item in self._open()
            if item.item not in self._announced and item.start_at <= now + ANNOUNCED_MS
        }
        if fresh:
            self._announced |= fresh
            for standing in (ExecutionState.RECEIVED, ExecutionState.READY):
                self._reports.announce(standing, fresh, self._name_of_plan, now)

    def _pictures(self) -> Iterator[BoardPicture]:
        for item in self._plan.items if self._plan is not None else ():
            if item.look is not None and item.look.picture is not None:
                yield item.look.picture

    def _fetch_pictures(self) -> None:
        for picture in dict.fromkeys(self._pictures()):
            self._content.fetch(picture.sha256, picture.bytes, 0)

    def _named(self) -> tuple[str, int]:
        manifest = self._plans.manifest
        ref = manifest.boards if manifest is not None else None
        return ("", 0) if ref is None else (ref.sha256, ref.bytes)

    def _wanted(self) -> Iterator[tuple[str, int]]:
        held, (named, size) = self._step.text("doc", "boards"), self._named()
        if held and self._plan is None:
            yield held, 0
        if named and named != held:
            yield named, size

    def _open(self) -> Iterator[BoardItem]:
        """Yield the items of the plan in force that are not settled, nor cancelled before they began."""
        if self._plan is None:
            return
        settled = self._step.known("settled")
        cancelled = self._step.known("cancelled")
        for item in self._plan.items:
            if item.item not in settled and (item.item not in cancelled or self._has_begun(item.item)):
                yield item

    def _item(self, name: str) -> BoardItem | None:
        """Return the item of this name if it is not settled, even if it is cancelled."""
        items = self._plan.items if self._plan is not None else []
        is_open = name not in self._step.known("settled")
        return next((item for item in items if item.item == name and is_open), None)

    def _has_begun(self, name: str) -> bool:
        return name in self._step.known(_SHOWN)

    @property
    def _name_of_plan(self) -> str:
        return f"{self._plan.area if self._plan else ''}/boards"

    def _begin(self, item: BoardItem, now: int) -> None:
        record = msgspec.structs.replace(_record(item), started_at=now)
        self._step.remember(_SHOWN, item.item, msgspec.to_builtins(record))
        self._reports.announce(ExecutionState.STARTED, [item.item], self._name_of_plan, now)

    def _drop_gone(self, now: int) -> None:
        """Drop the plan where none is named any more; withdraw texts that the plan in force no longer holds."""
        manifest = self._plans.manifest
        if manifest is None or manifest.boards is None:
            self._plan = None
            self._step.forget("doc", "boards")
            self._step.forget("doc", "board_pictures")
        elif self._plan is None:
            return  # being read from flash
        there = {item.item for item in self._plan.items} if self._plan else set()
        for name, kept in list(self._step.known(_SHOWN).items()):
            if name not in there and isinstance(kept, Mapping):
                record = msgspec.convert(kept, AsRunRecord)
                self._close(record, now, "cut", Code.CANCELLED, ended_at=now, keep_until=now)

    def _end_due(self, now: int) -> None:
        for item in [item for item in self._open() if item.end_at <= now]:
            if not self._has_begun(item.item):
                self._settle(item, now, "missed", self._why_never(item))
            elif self._on_since < item.end_at:
                self._settle(item, item.end_at, "done", None)
            else:
                # How long it was on screen before the power failed is unknown.
                self._settle(item, now, "cut", Code.POWER_LOST)

    def _why_never(self, item: BoardItem) -> Code:
        if self._config.is_quarantined:
            return Code.QUARANTINED
        if self._on_since >= item.end_at:
            return Code.POWER_LOST
        return Code.FETCH_FAILED if self._clock.is_known else Code.NO_CLOCK

    def _settle(self, item: BoardItem, at: int, result: str, code: Code | None, *, keep_until: int = 0) -> None:
        """Settle an item. ``result`` empty: it never began, and there is nothing to record."""
        kept = self._step.known(_SHOWN).get(item.item)
        record = msgspec.convert(kept, AsRunRecord) if isinstance(kept, Mapping) else _record(item)
        ended_at = at if record.started_at is not None and code is not Code.POWER_LOST else None
        self._close(record, at, result, code, ended_at=ended_at, keep_until=max(keep_until, item.end_at))

    def _close(
        self, record: AsRunRecord, at: int, result: str, code: Code | None, *, ended_at: int | None, keep_until: int
    ) -> None:
        self._step.forget(_SHOWN, record.item)
        self._step.remember("settled", record.item, max(at, keep_until) + SETTLED_KEEP_MS)
        if result:
            self._reports.record(msgspec.structs.replace(record, result=result, code=code, ended_at=ended_at), at)
        standing = {"done": ExecutionState.DONE, "cut": ExecutionState.CUT, "missed": ExecutionState.FAILED}
        self._reports.announce(
            standing.get(result, ExecutionState.CANCELLED), [record.item], self._name_of_plan, at, code
        )


def _record(item: BoardItem) -> AsRunRecord:
    return AsRunRecord(
        rid="open",
        item=item.item,
        sha256=text_sha256(item.head, item.text),
        planned_at=item.start_at,
        result="missed",
    )
