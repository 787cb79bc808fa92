"""Domain model of sign-in: users, sessions, second factors, API tokens."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from broadcast.alerts.orders import DeclarationRight
from province.areas import AreaId
from province.people import Action, Actor, Grant, UserId


class TokenScope(StrEnum):
    """Work that a token may do besides reading, which every token may."""

    READ = "read"
    BULLETINS = "bulletins"
    ALERT_DRAFTS = "alert-drafts"
    FEEDBACK = "feedback"
    STATIONS = "stations"
    DEVICES = "devices"
    STOP = "stop"
    RULES = "rules"


_READ: Final = frozenset({action for action in Action if action.endswith(".read")})
ACTIONS: Final[dict[TokenScope, frozenset[Action]]] = {
    TokenScope.READ: _READ,
    TokenScope.BULLETINS: frozenset(
        {
            Action.BULLETIN_WRITE,
            Action.BULLETIN_SUBMIT,
            Action.BULLETIN_REVIEW,
            Action.BULLETIN_WITHDRAW,
            Action.SLOT_GRANT,
            Action.INBOX_ANSWER,
            Action.WORD_TEACH,
            Action.PHRASE_RECORD,
            Action.CHIME_SET,
            Action.SHARE_DOWN,
            Action.RELAY_WRITE,
            Action.RELAY_APPROVE,
            Action.FREEZE_OVERRIDE,
        }
    ),
    TokenScope.ALERT_DRAFTS: frozenset({Action.ALERT_RAISE}),
    TokenScope.FEEDBACK: frozenset({Action.FEEDBACK_ANSWER}),
    TokenScope.STATIONS: frozenset({Action.STATION_MANAGE, Action.PROGRAMME_TAKE, Action.PROGRAMME_OFFER}),
    TokenScope.DEVICES: frozenset({Action.DEVICE_MANAGE, Action.WORK_ASK}),
    TokenScope.STOP: frozenset({Action.SOUND_STOP}),
    TokenScope.RULES: frozenset({Action.RULE_SET, Action.AREA_MANAGE, Action.CONTACT_WRITE}),
}
READ_ONLY: Final = (TokenScope.READ,)


def actions_of(scopes: Iterable[TokenScope]) -> frozenset[Action]:
    """Return every action of these scopes; reading is always among them."""
    return _READ.union(*(ACTIONS[scope] for scope in scopes))


@dataclass(frozen=True, slots=True)
class User:
    """Person who may sign in. ``must_change_password``: an issued password, which only opens the page to change it."""

    id: UserId
    login: str
    name: str
    password_hash: str
    created_at: datetime
    disabled_at: datetime | None = None
    grants: tuple[Grant, ...] = ()
    password_set_at: datetime | None = None
    must_change_password: bool = False

    @property
    def actor(self) -> Actor:
        """User as access control sees it."""
        return Actor(self.id, self.name, self.grants)

    @property
    def has_password(self) -> bool:
        """Return whether a password was ever set; a person who was invited sets it by the link."""
        return bool(self.password_hash)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Session of a browser, without its secret.

    ``offered`` is the encrypted TOTP secret shown in this session and not yet confirmed: another person with the
    password was shown another. ``source`` and ``agent`` are the address and the browser it began with.
    """

    id: str
    user_id: UserId
    secret_hash: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    second_factor_at: datetime | None = None
    offered: str | None = None
    last_seen_at: datetime | None = None
    source: str = ""
    agent: str = ""

    def is_good(self, now: datetime) -> bool:
        return self.revoked_at is None and now < self.expires_at


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """Confirmed authenticator. ``sealed`` is the TOTP secret, encrypted.

    No code of ``last_step`` (30 s steps since 1970) or earlier is accepted again. ``failures`` counts wrong codes since
    the last right one.
    """

    user_id: UserId
    sealed: str
    enrolled_at: datetime
    last_step: int
    failures: int = 0
    locked_until_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Token:
    """API token, without its secret; it acts with its user's rights, limited to its scopes."""

    id: str
    user_id: UserId
    name: str
    secret_hash: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    scopes: tuple[TokenScope, ...] = READ_ONLY
    last_used_at: datetime | None = None

    def is_good(self, now: datetime) -> bool:
        return self.revoked_at is None and now < self.expires_at


@dataclass(frozen=True, slots=True)
class FailureTally:
    """Failures of one key since ``began_at``."""

    key: str
    failures: int
    began_at: datetime
    last_at: datetime
    locked_until_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Invitation:
    """Link by which a person sets their own password: valid once, until ``expires_at``.

    Its secret is stored nowhere: it follows from the id and a key of the installation. ``is_reset``: the person had a
    password; their second factor ends with its use.
    """

    id: str
    user_id: UserId
    made_by: UserId
    made_at: datetime
    expires_at: datetime
    is_reset: bool = False
    used_at: datetime | None = None
    revoked_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Return whether it was neither used nor replaced."""
        return self.used_at is None and self.revoked_at is None

    def is_good(self, now: datetime) -> bool:
        return self.is_open and now < self.expires_at


@dataclass(frozen=True, slots=True)
class Passkey:
    """Public key of a person's device. ``challenged_at``: when the last challenge that it answered was made."""

    id: str
    user_id: UserId
    credential_id: str
    public_key: bytes
    sign_count: int
    name: str
    created_at: datetime
    challenged_at: datetime
    last_used_at: datetime | None = None


class AccessKind(StrEnum):
    """Subjects of a request that two administrators decide: rights that reach alerts or accounts, and a reset."""

    RIGHTS = "rights"
    RESET = "reset"


@dataclass(frozen=True, slots=True)
class AccessRequest:
    """Request of one administrator that another one confirms or refuses.

    ``grants`` and ``levels`` are the rights to give; none for a reset. Undecided, it lapses at ``expires_at``.
    """

    id: str
    user_id: UserId
    kind: AccessKind
    grants: tuple[Grant, ...]
    levels: tuple[DeclarationRight, ...]
    asked_by: UserId
    asked_by_name: str
    asked_at: datetime
    expires_at: datetime
    decided_by: UserId | None = None
    decided_at: datetime | None = None
    is_confirmed: bool = False

    @property
    def area_ids(self) -> frozenset[AreaId]:
        """Places of the rights to give."""
        return frozenset(each.area_id for each in self.grants) | {each.area_id for each in self.levels}
