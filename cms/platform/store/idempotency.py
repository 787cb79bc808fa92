"""Answers kept for repeated POSTs."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select

from cms.platform.store.insert_or_update import insert_or
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
        return self._found(
            KeptAnswer, select(IdempotencyRow).where(IdempotencyRow.user_id == user_id, IdempotencyRow.key == key)
        )

    def keep(self, answer: KeptAnswer) -> bool:
        """Store the answer. False where the key is taken: the caller answers with the one that ``find`` returns."""
        kept = self._session.execute(
            insert_or(self._session, IdempotencyRow)
            .values([columns_of(answer)])
            .on_conflict_do_nothing(index_elements=["user_id", "key"])
            .returning(IdempotencyRow.key)
        )
        return kept.first() is not None

    def forget(self, before_at: datetime) -> None:
        change(self._session, delete(IdempotencyRow).where(IdempotencyRow.created_at < before_at))
