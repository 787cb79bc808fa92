"""Repository of failed sign-ins."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, func, or_, select

from cms.accounts.model import FailureTally
from cms.accounts.tables import SignInTallyRow
from cms.platform.store.insert_or_update import insert_or
from cms.platform.store.rows import change, columns_of, value_of
from cms.platform.store.uow import Repository


class SignInTallies(Repository):
    """SQL implementation of ``cms.accounts.service.throttle.Tallies``."""

    def of(self, keys: Sequence[str]) -> Mapping[str, FailureTally]:
        rows = self._session.scalars(select(SignInTallyRow).where(SignInTallyRow.key.in_(list(keys))))
        return {row.key: value_of(FailureTally, row) for row in rows}

    def put(self, tallies: Sequence[FailureTally]) -> None:
        for each in tallies:
            columns = columns_of(each)
            putting = insert_or(self._session, SignInTallyRow).values(columns)
            self._session.execute(putting.on_conflict_do_update(index_elements=["key"], set_=columns))

    def forget(self, keys: Sequence[str]) -> None:
        change(self._session, delete(SignInTallyRow).where(SignInTallyRow.key.in_(list(keys))))

    def forget_login(self, mark: str) -> bool:
        """Remove every key of this login, of any address or browser; return whether there was one."""
        mine = or_(*(SignInTallyRow.key.startswith(f"{kind}:{mark}:") for kind in ("pair", "browser")))
        return change(self._session, delete(SignInTallyRow).where(mine)) > 0

    def prune(self, before_at: datetime, most: int) -> None:
        """Remove those without a failure since then, and the oldest beyond ``most``."""
        change(self._session, delete(SignInTallyRow).where(SignInTallyRow.last_at < before_at))
        count = self._session.scalar(select(func.count()).select_from(SignInTallyRow)) or 0
        if count > most:
            oldest = select(SignInTallyRow.key).order_by(SignInTallyRow.last_at).limit(count - most)
            change(self._session, delete(SignInTallyRow).where(SignInTallyRow.key.in_(oldest.scalar_subquery())))
