"""Personal data: what is processed, for how long each kind is kept, and what erasure leaves."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from province.people import UserId


class PersonalDataKind(StrEnum):
    """Kinds of personal data in the register of processing."""

    ACCOUNTS = "accounts"
    SIGN_INS = "sign_ins"
    ADDRESSES = "addresses"
    NOTIFICATIONS = "notifications"
    WORK = "work"
    FEEDBACK_CONTACTS = "feedback_contacts"
    CITIZEN_SUBSCRIPTIONS = "citizen_subscriptions"
    CONTACTS = "contacts"
    KEY_HOLDERS = "key_holders"
    AUTHORSHIP = "authorship"
    EVENT_LOG = "event_log"


class Erasure(StrEnum):
    """Treatment of personal data when a person is erased.

    DELETED: the row goes · PSEUDONYM: the name is replaced · EXPIRES: deleted within days by the job that needs it
    · KEPT: a record that the law asks for · SEPARATE: belongs to no account, and is erased where it stands.
    """

    DELETED = "deleted"
    PSEUDONYM = "pseudonym"
    EXPIRES = "expires"
    KEPT = "kept"
    SEPARATE = "separate"


@dataclass(frozen=True, slots=True)
class RetentionLimit:
    """Limits and default of a retention that people set, in days."""

    default: int
    least: int
    most: int


LIMITS: Final[Mapping[PersonalDataKind, RetentionLimit]] = {
    PersonalDataKind.SIGN_INS: RetentionLimit(365, 30, 1825),
    PersonalDataKind.NOTIFICATIONS: RetentionLimit(90, 7, 90),
    PersonalDataKind.WORK: RetentionLimit(180, 30, 180),
    PersonalDataKind.FEEDBACK_CONTACTS: RetentionLimit(180, 7, 1825),
    PersonalDataKind.KEY_HOLDERS: RetentionLimit(365, 30, 1825),
    PersonalDataKind.ACCOUNTS: RetentionLimit(1825, 90, 3650),
}
"""Kinds that a job deletes when their time is over; the others are kept while they are used, or by law."""


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """Days for which a kind is kept, and who set them."""

    kind: PersonalDataKind
    days: int
    changed_by: UserId
    changed_by_name: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class RegisterLine:
    """Line of the register: how many records of the kind there are, and since when."""

    kind: PersonalDataKind
    count: int
    oldest_at: datetime | None
