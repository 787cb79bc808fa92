"""Tasks of a person, and the open matters from which they follow."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from broadcast.alerts.model import Alert
from broadcast.alerts.orders import DeclarationRight
from broadcast.bulletins.model import BulletinId, BulletinStatus, Proposal, Targets
from broadcast.bulletins.priority import PriorityClass
from broadcast.bulletins.schedules import Schedule
from broadcast.inbox.model import HandedDown
from broadcast.relays.model import RelaySource
from broadcast.standing_orders.model import AlertStandingOrder, AlertStandingOrderId
from devices.commands.model import Batch
from province.areas import AreaId
from province.people import Action, UserId


class UserTaskKind(StrEnum):
    """Kinds of tasks.

    REVIEW: a bulletin to approve · RETURNED: an own bulletin to correct · CHANGE: other times to decide on ·
    ANSWER: a handed-down bulletin to answer · ALERT, SOURCE, BATCH, ACCESS: a second person is needed for an alert, a
    relay source, a remote command, somebody's rights or new password · STANDING_ORDER: the same for a standing order ·
    FIRING: a firing of one to review · LOCKED: an account to unlock · INVITATION,
    EXPIRED: an own invitation that nobody has used expires soon, or has expired.
    """

    ALERT = "alert"
    STANDING_ORDER = "standing_order"
    FIRING = "firing"
    REVIEW = "review"
    CHANGE = "change"
    ANSWER = "answer"
    RETURNED = "returned"
    SOURCE = "source"
    BATCH = "batch"
    ACCESS = "access"
    LOCKED = "locked"
    INVITATION = "invitation"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class UserTask:
    """Task of one person. ``due_at``: until when it has to be done; None: at any time. ``from_name`` asks for it."""

    kind: UserTaskKind
    subject_id: str
    title: str
    since_at: datetime
    due_at: datetime | None = None
    from_name: str = ""


@dataclass(frozen=True, slots=True)
class OpenBulletin:
    """Bulletin that waits for a person: submitted, returned, or approved with a proposal of other times."""

    id: BulletinId
    title: str
    status: BulletinStatus
    priority: PriorityClass
    targets: Targets
    author_id: UserId
    author_name: str
    submitter_id: UserId | None
    submitter_name: str
    editors: tuple[UserId, ...]
    changed_at: datetime
    schedules: tuple[Schedule, ...]
    valid_from_at: datetime | None
    valid_until_at: datetime | None
    proposal: Proposal | None


@dataclass(frozen=True, slots=True)
class OpenAccess:
    """Request about the account of a person that another administrator of all these areas decides on."""

    id: str
    user_id: UserId
    user_name: str
    area_ids: frozenset[AreaId]
    asked_by: UserId
    asked_by_name: str
    asked_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class LockedAccount:
    """Account whose sign-in is locked after wrong passwords, which administrators of all these areas may unlock."""

    user_id: UserId
    user_name: str
    area_ids: frozenset[AreaId]
    since_at: datetime
    until_at: datetime


@dataclass(frozen=True, slots=True)
class UnusedInvitation:
    """Invitation that nobody has used."""

    id: str
    user_id: UserId
    user_name: str
    made_by: UserId
    made_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class OpenFiring:
    """Firing of a standing order that nobody has reviewed."""

    order_id: AlertStandingOrderId
    headline: str
    area_ids: tuple[AreaId, ...]
    fired_at: datetime


@dataclass(frozen=True, slots=True)
class OpenMatters:
    """Everything that waits for somebody, as far as it may concern one person."""

    bulletins: tuple[OpenBulletin, ...] = ()
    handed_down: tuple[HandedDown, ...] = ()
    alerts: tuple[Alert, ...] = ()
    sources: tuple[RelaySource, ...] = ()
    batches: tuple[Batch, ...] = ()
    access: tuple[OpenAccess, ...] = ()
    locked: tuple[LockedAccount, ...] = ()
    invitations: tuple[UnusedInvitation, ...] = ()
    standing_orders: tuple[AlertStandingOrder, ...] = ()
    firings: tuple[OpenFiring, ...] = ()


@dataclass(frozen=True, slots=True)
class TaskHolder:
    """Person with the areas in which they hold each right, and their rights to declare alerts, by area and above."""

    user_id: UserId
    areas: Mapping[Action, frozenset[AreaId]]
    declares: tuple[DeclarationRight, ...] = ()

    def holds(self, action: Action, areas: tuple[AreaId, ...]) -> bool:
        """Return whether the person has the right in each of these areas, and there is one."""
        return bool(areas) and self.areas.get(action, frozenset()).issuperset(areas)


@dataclass(frozen=True, slots=True)
class RightHolder:
    """Person who may do an action in all areas asked for.

    ``level`` is the depth in the tree of areas of the shallowest grant that it takes: the higher, the nearer.
    """

    user_id: UserId
    name: str
    level: int
    is_signed_in: bool = False
    phone: str = ""
