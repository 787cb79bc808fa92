"""In-memory inboxes of communes; part of ``tests.fakes.memory``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from broadcast.bulletins.model import BulletinId
from broadcast.inbox.model import HandedDown, HandedDownId, HandedDownState, InboxRules
from province.areas import AreaId, AreaTree
from province.errors import ConflictError, NotFoundError

_WAITING = (HandedDownState.OFFERED, HandedDownState.COLLIDING)


class MemoryInbox:
    def __init__(
        self,
        rows: dict[HandedDownId, HandedDown],
        rules: dict[AreaId, InboxRules],
        tree: Callable[[], AreaTree],
    ) -> None:
        self._rows = rows
        self._rules = rules
        self._tree = tree

    def get(self, item_id: HandedDownId) -> HandedDown:
        if item_id not in self._rows:
            raise NotFoundError("handed_down", item_id)
        return self._rows[item_id]

    def add(self, item: HandedDown) -> None:
        assert item.id not in self._rows
        self._rows[item.id] = item

    def save(self, item: HandedDown) -> None:
        actual = self.get(item.id).version
        if actual != item.version - 1:
            raise ConflictError("handed_down", item.id, item.version - 1, actual)
        self._rows[item.id] = item

    def of_bulletin(self, bulletin_id: BulletinId) -> Sequence[HandedDown]:
        return sorted((r for r in self._rows.values() if r.bulletin_id == bulletin_id), key=lambda r: r.area_id)

    def due(self, now: datetime, limit: int) -> Sequence[HandedDownId]:
        found = [
            row
            for row in self._rows.values()
            if row.state is HandedDownState.PLACING or (row.state in _WAITING and row.answer_by_at <= now)
        ]
        return [row.id for row in sorted(found, key=lambda row: (row.sent_at, row.id))[:limit]]

    def is_placed(self, bulletin_id: BulletinId) -> bool:
        return any(row.placed_id == bulletin_id for row in self._rows.values())

    def rules(self, area_id: AreaId) -> InboxRules:
        chain = self._tree().chain(area_id)
        return next((self._rules[above] for above in chain if above in self._rules), InboxRules())

    def set_rules(self, area_id: AreaId, rules: InboxRules) -> None:
        self._rules[area_id] = rules
