"""Repositories of CAP senders and of the messages received from them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import sha256

from sqlalchemy import ColumnElement, func, insert, select, update

from broadcast.alerts.cap.message import Reference
from broadcast.alerts.cap.verdict import CapVerdict
from broadcast.alerts.model import AlertId
from cms.alerts.tables import AlertRow
from cms.exchange.model import CapSender, ExchangeOutcome, ReceivedCap
from cms.exchange.tables import CapMessageRow, CapReferenceRow, CapSenderRow
from cms.platform.store.insert_or_update import add_rows, put_rows
from cms.platform.store.rows import change, columns_of, value_of
from cms.platform.store.uow import Repository

_NAMES_AT_ONCE = 500


def name_hash(sender: str, identifier: str, *, is_verified: bool) -> str:
    """Hash the name by which a message is remembered. An unproved message cannot take the name of a proved one."""
    return sha256(f"{'verified' if is_verified else 'said'}\0{sender}\0{identifier}".encode()).hexdigest()


def name_hashes(references: Iterable[Reference]) -> set[str]:
    """Hash each reference's name, both as proved and as unproved."""
    return {
        name_hash(each.sender, each.identifier, is_verified=is_it) for each in references for is_it in (True, False)
    }


class CapSenders(Repository):
    def get(self, sender: str) -> CapSender | None:
        return self._found(CapSender, select(CapSenderRow).where(CapSenderRow.sender == sender))

    def all(self) -> Sequence[CapSender]:
        return self._listed(CapSender, select(CapSenderRow).order_by("sender"))

    def of_secret(self, secret_hash: str) -> CapSender | None:
        found = select(CapSenderRow).where(CapSenderRow.push_hash == secret_hash, CapSenderRow.push_hash != "")
        return self._found(CapSender, found)

    def put(self, sender: CapSender) -> None:
        """Insert the sender, or replace the one of that name."""
        put_rows(self._session, CapSenderRow, [columns_of(sender)], keep=("added_at",))


class CapMessages(Repository):
    def add(self, message: ReceivedCap) -> None:
        """Insert the message. Raises IntegrityError where one of its name was received meanwhile."""
        self._session.execute(insert(CapMessageRow), [columns_of(message)])
        named = sorted(name_hashes(message.references)) if message.name_hash is not None else ()
        add_rows(self._session, CapReferenceRow, ({"message_id": message.id, "name_hash": each} for each in named))

    def get(self, message_id: str) -> ReceivedCap | None:
        return self._one(CapMessageRow.id == message_id)

    def named(self, key: Reference) -> ReceivedCap | None:
        """Find the message of that name, the proved one first."""
        found = self.around(name_hashes([key]), with_referring=False)
        return max(found, key=lambda each: each.is_verified, default=None)

    def refused(self, digest: str, code: str) -> ReceivedCap | None:
        """Find a message of the same bytes, refused for the same reason."""
        same = (CapMessageRow.sha256 == digest, CapMessageRow.code == code, CapMessageRow.verdict == CapVerdict.REFUSE)
        return self._one(*same)

    def new_since(self, source: str, at: datetime) -> int:
        """Count the messages of this source that were new since then."""
        row = CapMessageRow
        query = select(func.count()).select_from(row).where(row.received_at > at, row.source == source)
        return self._session.scalar(query) or 0

    def hear_again(self, message_id: str, at: datetime) -> None:
        again = {"times_heard": CapMessageRow.times_heard + 1, "last_heard_at": at}
        change(self._session, update(CapMessageRow).where(CapMessageRow.id == message_id).values(again))

    def settle(self, message_id: str) -> bool:
        """Mark a waiting message as handled; False where it no longer waits."""
        row = CapMessageRow
        waits = (row.id == message_id, row.outcome.in_((ExchangeOutcome.REFUSED, ExchangeOutcome.FAILED)))
        return bool(change(self._session, update(row).where(*waits).values(outcome=ExchangeOutcome.SETTLED)))

    def around(self, names: Iterable[str], *, with_referring: bool = True) -> Sequence[ReceivedCap]:
        """List the messages of these names and those that refer to them; oldest first."""
        wanted = sorted(names)
        found: dict[str, CapMessageRow] = {}
        # A message may refer to a thousand others.
        for start in range(0, len(wanted), _NAMES_AT_ONCE):
            some = wanted[start : start + _NAMES_AT_ONCE]
            where: ColumnElement[bool] = CapMessageRow.name_hash.in_(some)
            if with_referring:
                refers = select(CapReferenceRow.message_id).where(CapReferenceRow.name_hash.in_(some))
                where |= CapMessageRow.id.in_(refers)
            found |= {row.id: row for row in self._session.scalars(select(CapMessageRow).where(where))}
        rows = sorted(found.values(), key=lambda row: (row.received_at, row.id))
        return [value_of(ReceivedCap, row) for row in rows]

    def followers(self, alert_id: AlertId) -> Sequence[AlertId]:
        """List the alerts that would replace this one, or have."""
        query = select(AlertRow.id).where(AlertRow.updates_id == alert_id, AlertRow.is_prepared.is_(False))
        return list(self._session.scalars(query))

    def _one(self, *where: ColumnElement[bool]) -> ReceivedCap | None:
        return self._found(ReceivedCap, select(CapMessageRow).where(*where).limit(1))
