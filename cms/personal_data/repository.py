"""Repository of retention rules, and of what is deleted of a person and of each kind."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from types import NoneType
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Table, delete, func, or_, select, update

from broadcast.feedback.model import FeedbackState
from cms.accounts.tables import SessionRow, UserRow
from cms.bulletins.tables.autosaves import AutosaveRow
from cms.bulletins.tables.submissions import AwaitedSubmissionRow
from cms.citizens.tables import CitizenSubscriptionRow
from cms.feedback.tables import FeedbackRow
from cms.local_alerts.tables import KeyHolderRow
from cms.notifications.tables import NotificationChoiceRow, NotificationRow
from cms.personal_data.columns import DELETED, PERSONAL_COLUMNS, PersonalColumns
from cms.personal_data.model import LIMITS, Erasure, PersonalDataKind, RegisterLine, RetentionRule
from cms.personal_data.tables import RetentionRuleRow
from cms.platform.store.insert_or_update import put_rows
from cms.platform.store.rows import change, value_of
from cms.platform.store.uow import Repository
from cms.speech.tables import SpeechPreviewRow
from cms.tables import Base
from province.people import UserId

AT_ONCE: Final = 500
"""Rows that one transaction deletes: a longer one would keep others waiting."""
NAMED_MOST: Final = 2000
"""Rows of one table that an export lists."""
ERASED: Final = "erased-"
"""Beginning of the login of an erased account."""
_SECRET: Final = frozenset(
    {"password_hash", "secret_hash", "code_hash", "sealed", "offered", "p256dh", "auth", "public_key", "credential_id"}
)


class PersonalData(Repository):
    def rules(self) -> Mapping[PersonalDataKind, RetentionRule]:
        """Return the rules that were set."""
        rows = self._session.scalars(select(RetentionRuleRow))
        return {row.kind: value_of(RetentionRule, row) for row in rows}

    def days(self) -> Mapping[PersonalDataKind, int]:
        """Return for how long each kind is kept that a job deletes."""
        rules = self.rules()
        return {kind: rules[kind].days if kind in rules else limit.default for kind, limit in LIMITS.items()}

    def set_rule(self, rule: RetentionRule) -> None:
        put_rows(self._session, RetentionRuleRow, [asdict(rule)])

    def register(self) -> Sequence[RegisterLine]:
        """Return the number and the age of the records of each kind that can be counted cheaply."""
        session, choice, feedback, user = SessionRow, NotificationChoiceRow, FeedbackRow, UserRow
        draft, holder = AutosaveRow, KeyHolderRow
        citizen = CitizenSubscriptionRow
        counted: tuple[tuple[PersonalDataKind, Any, ColumnElement[bool]], ...] = (
            (PersonalDataKind.ACCOUNTS, user.created_at, user.login.not_like(f"{ERASED}%")),
            (PersonalDataKind.SIGN_INS, session.created_at, session.id.is_not(None)),
            (PersonalDataKind.NOTIFICATIONS, NotificationRow.written_at, NotificationRow.id.is_not(None)),
            (PersonalDataKind.WORK, draft.saved_at, draft.id.is_not(None)),
            (PersonalDataKind.FEEDBACK_CONTACTS, feedback.said_at, feedback.contact != ""),
            (PersonalDataKind.CITIZEN_SUBSCRIPTIONS, citizen.asked_at, citizen.id.is_not(None)),
            (PersonalDataKind.KEY_HOLDERS, holder.issued_at, holder.person_name != ""),
        )
        lines = [
            RegisterLine(kind, *self._session.execute(select(func.count(at), func.min(at)).where(where)).one())
            for kind, at, where in counted
        ]
        known = or_(choice.email != "", choice.phone != "")
        addresses = self._session.scalar(select(func.count(choice.user_id)).where(known)) or 0
        return [*lines, RegisterLine(PersonalDataKind.ADDRESSES, addresses, None)]

    def own_records(self, user_id: UserId) -> Mapping[str, Sequence[Mapping[str, object]]]:
        """Return all that the person has for themselves, by table, without secrets."""
        users = _table(UserRow.__tablename__)
        owned = [(users, users.c.id), *((table, table.c[each.owners[0]]) for each, table in _deleted())]
        return {table.name: self._plain(table, column == user_id) for table, column in owned}

    def named_in(self, user_id: UserId) -> Mapping[str, Sequence[Mapping[str, object]]]:
        """Return the keys of all other rows that name the person, by table, with the columns that do.

        The audit log is not among them: it is searched by its index.
        """
        found: dict[str, Sequence[Mapping[str, object]]] = {}
        for each in PERSONAL_COLUMNS:
            if each.owners and each.table not in {"users", "events"}:
                owners = each.owners[1:] if each.erasure is Erasure.DELETED else each.owners
                found[each.table] = [*found.get(each.table, ()), *self._naming(_table(each.table), owners, user_id)]
        return {table: rows for table, rows in found.items() if rows}

    def erase(self, user_id: UserId, login: str, name: str, now: datetime) -> None:
        """Delete all that the person has for themselves, and put a pseudonym on the account that records refer to.

        Where a setting bears a copy of the name, the pseudonym takes its place.
        """
        for each, table in _deleted():
            change(self._session, delete(table).where(table.c[each.owners[0]] == user_id))
        for each in PERSONAL_COLUMNS:
            if each.erasure is Erasure.PSEUDONYM:
                table = _table(each.table)
                for owner, copy in zip(each.owners, each.names, strict=False):
                    change(self._session, update(table).where(table.c[owner] == user_id).values({copy: name}))
        values = {"login": login, "name": name, "password_hash": "", "disabled_at": now}
        change(self._session, update(UserRow).where(UserRow.id == user_id).values(values))

    def expire(self, kind: PersonalDataKind, before_at: datetime) -> int:
        """Delete the next records of a kind from before then; return their number. Accounts are erased one by one."""
        session, feedback, note, holder = SessionRow, FeedbackRow, NotificationRow, KeyHolderRow
        match kind:
            case PersonalDataKind.SIGN_INS:
                ended = func.coalesce(session.revoked_at, session.expires_at) < before_at
                chosen = select(session.id).where(ended).limit(AT_ONCE)
                return change(self._session, delete(session).where(session.id.in_(chosen)))
            case PersonalDataKind.NOTIFICATIONS:
                chosen = select(note.id).where(note.written_at < before_at).limit(AT_ONCE)
                return change(self._session, delete(note).where(note.id.in_(chosen)))
            case PersonalDataKind.WORK:
                return self._expire_work(before_at)
            case PersonalDataKind.FEEDBACK_CONTACTS:
                is_over = (feedback.contact != "", feedback.answered_at < before_at)
                chosen = select(feedback.id).where(*is_over, feedback.state != FeedbackState.OPEN).limit(AT_ONCE)
                return change(self._session, update(feedback).where(feedback.id.in_(chosen)).values(contact=""))
            case PersonalDataKind.KEY_HOLDERS:
                chosen = (
                    select(holder.id).where(holder.person_name != "", holder.withdrawn_at < before_at).limit(AT_ONCE)
                )
                empty = {"person_name": "", "phone": "", "pin_hash": "", "salt": ""}
                return change(self._session, update(holder).where(holder.id.in_(chosen)).values(empty))
            case _:
                return 0

    def leavers(self, before_at: datetime) -> Sequence[UserId]:
        """List accounts locked since then that are not erased yet."""
        user = UserRow
        is_left = (user.disabled_at < before_at, user.login.not_like(f"{ERASED}%"))
        return list(self._session.scalars(select(user.id).where(*is_left).order_by(user.disabled_at).limit(AT_ONCE)))

    def _expire_work(self, before_at: datetime) -> int:
        draft, awaited, preview = AutosaveRow, AwaitedSubmissionRow, SpeechPreviewRow
        failed = awaited.failed_at < before_at
        over: tuple[tuple[Any, Any, ColumnElement[bool]], ...] = (
            (draft, draft.id, draft.saved_at < before_at),
            (awaited, awaited.bulletin_id, failed),
            (preview, preview.id, preview.ordered_at < before_at),
        )
        return sum(
            change(self._session, delete(row).where(key.in_(select(key).where(where).limit(AT_ONCE))))
            for row, key, where in over
        )

    def _plain(self, table: Table, where: ColumnElement[bool]) -> Sequence[Mapping[str, object]]:
        columns = [column for column in table.columns if column.key not in _SECRET]
        return [_readable(found._mapping) for found in self._session.execute(select(*columns).where(where))]  # noqa: SLF001 - public, of named tuples

    def _naming(self, table: Table, owners: Sequence[str], user_id: UserId) -> Sequence[Mapping[str, object]]:
        if not owners:
            return ()
        keys: list[Column[Any]] = list(table.primary_key.columns)
        columns = [table.c[owner] for owner in owners]
        query = select(*keys, *(column.label(f"as_{column.key}") for column in columns))
        rows = self._session.execute(query.where(or_(*(column == user_id for column in columns))).limit(NAMED_MOST))
        return [
            {
                **_readable({key.key: value for key, value in zip(keys, row, strict=False)}),
                "as": [owner for owner, value in zip(owners, row[len(keys) :], strict=True) if value == user_id],
            }
            for row in rows
        ]


def _table(name: str) -> Table:
    return Base.metadata.tables[name]


def _deleted() -> Sequence[tuple[PersonalColumns, Table]]:
    return [(each, _table(each.table)) for each in DELETED]


def _readable(columns: Mapping[Any, Any]) -> Mapping[str, object]:
    """Return plain values, as JSON has them."""
    return {
        str(name): value if isinstance(value, str | int | float | bool | NoneType) else _text(value)
        for name, value in columns.items()
    }


def _text(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return [str(each) for each in value]
    return str(value)
