"""Repository of retention rules, and of what is deleted of a person and of each kind."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from types import NoneType
from typing import Any, Final

from sqlalchemy import ColumnElement, delete, func, or_, select, update

from broadcast.feedback.model import FeedbackState
from cms.accounts.tables import GrantRow, RecoveryCodeRow, SecondFactorRow, SessionRow, TokenRow, UserRow
from cms.bulletins.tables.autosaves import AutosaveRow
from cms.citizens.tables import CitizenSubscriptionRow
from cms.feedback.tables import FeedbackRow
from cms.fleet.tables import SavedFilterRow
from cms.notifications.tables import NotificationChoiceRow, NotificationRow, PushSubscriptionRow
from cms.personal_data.model import LIMITS, PersonalDataKind, RegisterLine, RetentionRule
from cms.personal_data.tables import RetentionRuleRow
from cms.platform.store.insert_or_update import put_rows
from cms.platform.store.rows import change, value_of
from cms.platform.store.uow import Repository
from cms.reports.tables import SubscriptionRow
from cms.schedule.tables import CalendarFeedRow
from province.people import UserId

AT_ONCE: Final = 500
"""Rows that one transaction deletes: a longer one would keep others waiting."""
ERASED: Final = "erased-"
"""Beginning of the login of an erased account."""
_OWN: Final[tuple[tuple[Any, Any], ...]] = (
    (SessionRow, SessionRow.user_id),
    (TokenRow, TokenRow.user_id),
    (RecoveryCodeRow, RecoveryCodeRow.user_id),
    (SecondFactorRow, SecondFactorRow.user_id),
    (GrantRow, GrantRow.user_id),
    (NotificationRow, NotificationRow.user_id),
    (NotificationChoiceRow, NotificationChoiceRow.user_id),
    (PushSubscriptionRow, PushSubscriptionRow.user_id),
    (AutosaveRow, AutosaveRow.owner_id),
    (SavedFilterRow, SavedFilterRow.user_id),
    (CalendarFeedRow, CalendarFeedRow.user_id),
    (SubscriptionRow, SubscriptionRow.user_id),
)
"""Tables of what a person has for themselves, which no other record needs."""
_SECRET: Final = frozenset({"password_hash", "secret_hash", "code_hash", "sealed", "offered", "p256dh", "auth"})


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
        citizen = CitizenSubscriptionRow
        counted: tuple[tuple[PersonalDataKind, Any, ColumnElement[bool]], ...] = (
            (PersonalDataKind.ACCOUNTS, user.created_at, user.login.not_like(f"{ERASED}%")),
            (PersonalDataKind.SIGN_INS, session.created_at, session.id.is_not(None)),
            (PersonalDataKind.NOTIFICATIONS, NotificationRow.written_at, NotificationRow.id.is_not(None)),
            (PersonalDataKind.FEEDBACK_CONTACTS, feedback.said_at, feedback.contact != ""),
            (PersonalDataKind.CITIZEN_SUBSCRIPTIONS, citizen.asked_at, citizen.id.is_not(None)),
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
        owned = ((UserRow, UserRow.id), *_OWN)
        return {row.__tablename__: self._plain(row, column == user_id) for row, column in owned}

    def erase(self, user_id: UserId, login: str, name: str, now: datetime) -> None:
        """Delete all that the person has for themselves, and put a pseudonym on the account that records refer to."""
        for row, column in _OWN:
            change(self._session, delete(row).where(column == user_id))
        values = {"login": login, "name": name, "password_hash": "", "disabled_at": now}
        change(self._session, update(UserRow).where(UserRow.id == user_id).values(values))

    def expire(self, kind: PersonalDataKind, before_at: datetime) -> int:
        """Delete the next records of a kind from before then; return their number. Accounts are erased one by one."""
        session, feedback, note = SessionRow, FeedbackRow, NotificationRow
        match kind:
            case PersonalDataKind.SIGN_INS:
                ended = func.coalesce(session.revoked_at, session.expires_at) < before_at
                chosen = select(session.id).where(ended).limit(AT_ONCE)
                return change(self._session, delete(session).where(session.id.in_(chosen)))
            case PersonalDataKind.NOTIFICATIONS:
                chosen = select(note.id).where(note.written_at < before_at).limit(AT_ONCE)
                return change(self._session, delete(note).where(note.id.in_(chosen)))
            case PersonalDataKind.FEEDBACK_CONTACTS:
                is_over = (feedback.contact != "", feedback.answered_at < before_at)
                chosen = select(feedback.id).where(*is_over, feedback.state != FeedbackState.OPEN).limit(AT_ONCE)
                return change(self._session, update(feedback).where(feedback.id.in_(chosen)).values(contact=""))
            case _:
                return 0

    def leavers(self, before_at: datetime) -> Sequence[UserId]:
        """List accounts locked since then that are not erased yet."""
        user = UserRow
        is_left = (user.disabled_at < before_at, user.login.not_like(f"{ERASED}%"))
        return list(self._session.scalars(select(user.id).where(*is_left).order_by(user.disabled_at).limit(AT_ONCE)))

    def _plain(self, row: Any, where: ColumnElement[bool]) -> Sequence[Mapping[str, object]]:
        columns = [column for column in row.__table__.columns if column.key not in _SECRET]
        return [_readable(found._mapping) for found in self._session.execute(select(*columns).where(where))]  # noqa: SLF001 - public, of named tuples


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
