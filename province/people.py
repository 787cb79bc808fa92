"""Actors: people and tokens. The server's policy, behind ``Authority``, decides what a role may do."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from province.areas import AreaId

UserId = NewType("UserId", str)


class Role(StrEnum):
    """One English word for one Vietnamese office."""

    PROVINCE_EDITOR = "province_editor"
    APPROVER = "approver"
    COMMUNE_OPERATOR = "commune_operator"
    STATION = "station"
    EMERGENCY_OFFICER = "emergency_officer"
    TECHNICIAN = "technician"
    AUDITOR = "auditor"
    ADMIN = "admin"


class Action(StrEnum):
    """Everything the policy decides about; each is asked for an area (or for none)."""

    BULLETIN_READ = "bulletin.read"
    BULLETIN_WRITE = "bulletin.write"
    BULLETIN_SUBMIT = "bulletin.submit"
    BULLETIN_REVIEW = "bulletin.review"
    BULLETIN_WITHDRAW = "bulletin.withdraw"
    SLOT_GRANT = "slot.grant"
    INBOX_ANSWER = "inbox.answer"
    WORD_TEACH = "word.teach"
    PHRASE_RECORD = "phrase.record"
    CHIME_SET = "chime.set"
    SHARE_DOWN = "share.down"
    ALERT_READ = "alert.read"
    ALERT_RAISE = "alert.raise"
    ALERT_APPROVE = "alert.approve"
    ALERT_CANCEL = "alert.cancel"
    EXCHANGE_READ = "exchange.read"
    SOUND_STOP = "sound.stop"
    LIVE_SPEAK = "live.speak"
    DELIVERY_READ = "delivery.read"
    DEVICE_READ = "device.read"
    DEVICE_MANAGE = "device.manage"
    WORK_ASK = "work.ask"
    AREA_READ = "area.read"
    CONTACT_WRITE = "contact.write"
    RULE_SET = "rule.set"
    FREEZE_OVERRIDE = "freeze.override"
    AREA_MANAGE = "area.manage"
    USER_MANAGE = "user.manage"
    AUDIT_READ = "audit.read"
    FEEDBACK_READ = "feedback.read"
    FEEDBACK_ANSWER = "feedback.answer"
    RELAY_WRITE = "relay.write"
    RELAY_APPROVE = "relay.approve"
    STATION_READ = "station.read"
    STATION_MANAGE = "station.manage"
    PROGRAMME_TAKE = "programme.take"
    PROGRAMME_OFFER = "programme.offer"


@dataclass(frozen=True, slots=True)
class Grant:
    """A role held at a node of the area tree and for everything below it."""

    role: Role
    area_id: AreaId


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in person or a token acting for one.

    ``second_factor_at`` is when the person last gave a code of their second factor; ``None`` if they never did,
    and always for a token. ``token_actions`` are the only actions a token may do; ``None`` for a person.
    """

    user_id: UserId
    name: str
    grants: tuple[Grant, ...]
    second_factor_at: datetime | None = None
    token_actions: frozenset[Action] | None = None

    @property
    def is_token(self) -> bool:
        """Return whether the actor is a program with a token, not a person."""
        return self.token_actions is not None


def program(name: str) -> Actor:
    """Return one of our own programs as the actor of its events: it has this name, and no rights."""
    return Actor(UserId(name), name, ())
