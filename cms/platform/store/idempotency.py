"""Answers kept for repeated POSTs."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select

from cms.platform.store.insert_or_update import add_row
from cms.platform.store.rows import change, columns_of
from cms.platform.store.tables import IdempotencyRow
from cms.platform.store.uow import Repository


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """Answer kept. ``request_hash`` distinguishes the same request from another one under the same key."""

    user_id: str
    key: str
    request_hash: str
    status: int
    headers: dict[str, str]
    body: str
    created_at: datetime


class IdempotencyKeys(Repository):
    def find(self, user_id: str, key: str) -> KeptAnswer | None:
        row = IdempotencyRow
        return self._found(KeptAnswer, select(row).where(row.user_id == user_id, row.key == key))

    def keep(self, answer: KeptAnswer) -> bool:
        """Store the answer. False where the key is taken: the caller answers with the one that ``find`` returns."""
        return add_row(self._session, IdempotencyRow, columns_of(answer))

    def forget(self, before_at: datetime) -> None:
        change(self._session, delete(IdempotencyRow).where(IdempotencyRow.created_at < before_at))
