"""State machine of bulletins: actions by state in one table, from which ``docs/lifecycle.md`` is drawn."""

from collections.abc import Mapping
from functools import partial
from typing import Final

from broadcast.bulletins.model import BulletinAction, BulletinStatus
from province.state_machine import following

_S = BulletinStatus
_A = BulletinAction

APPROVED: Final = frozenset({_S.APPROVED, _S.SCHEDULED})
"""States in which a bulletin is promised to air."""

# A submitted bulletin goes back to draft when its author withdraws it: nothing of it has been promised yet.
# RETURNED has no SUBMIT: the reviewer's remark has to be answered by an edit first. It has no DELETE, as RESTORE would
# lead round that edit.
# A change of an approved bulletin's times leaves its state: it airs as approved until a second person confirms it.
# An edit after approval withdraws promised airings: only content approved exactly so is ever on air.
TRANSITIONS: Final[Mapping[tuple[BulletinStatus, BulletinAction], BulletinStatus]] = {
    (_S.DRAFT, _A.EDIT): _S.DRAFT,
    (_S.DRAFT, _A.SUBMIT): _S.SUBMITTED,
    (_S.DRAFT, _A.RESCHEDULE): _S.DRAFT,
    (_S.DRAFT, _A.DELETE): _S.DELETED,
    (_S.DELETED, _A.RESTORE): _S.DRAFT,
    (_S.SUBMITTED, _A.APPROVE): _S.APPROVED,
    (_S.SUBMITTED, _A.HAND_DOWN): _S.HANDED_DOWN,
    (_S.SUBMITTED, _A.RETURN): _S.RETURNED,
    (_S.SUBMITTED, _A.REJECT): _S.REJECTED,
    (_S.SUBMITTED, _A.WITHDRAW): _S.DRAFT,
    (_S.SUBMITTED, _A.RESCHEDULE): _S.SUBMITTED,
    (_S.RETURNED, _A.EDIT): _S.DRAFT,
    (_S.RETURNED, _A.RESCHEDULE): _S.DRAFT,
    (_S.APPROVED, _A.SCHEDULE): _S.SCHEDULED,
    (_S.APPROVED, _A.WITHDRAW): _S.WITHDRAWN,
    (_S.APPROVED, _A.RESCHEDULE): _S.APPROVED,
    (_S.APPROVED, _A.CONFIRM): _S.APPROVED,
    (_S.APPROVED, _A.KEEP): _S.APPROVED,
    (_S.APPROVED, _A.EDIT): _S.DRAFT,
    (_S.APPROVED, _A.FILL): _S.APPROVED,
    (_S.HANDED_DOWN, _A.WITHDRAW): _S.WITHDRAWN,
    (_S.SCHEDULED, _A.FINISH): _S.PLAYED,
    (_S.SCHEDULED, _A.WITHDRAW): _S.WITHDRAWN,
    (_S.SCHEDULED, _A.RESCHEDULE): _S.SCHEDULED,
    (_S.SCHEDULED, _A.CONFIRM): _S.APPROVED,
    (_S.SCHEDULED, _A.KEEP): _S.SCHEDULED,
    (_S.SCHEDULED, _A.EDIT): _S.DRAFT,
    (_S.SCHEDULED, _A.FILL): _S.APPROVED,
}

# In these states a transmission is in force.
AIRING: Final = frozenset({_S.APPROVED, _S.SCHEDULED})
# In these it may have been heard unchanged: nothing of it was withdrawn.
HEARD: Final = AIRING | {_S.PLAYED}

next_status = partial(following, TRANSITIONS)
"""Return the status after an action. Raises NotPossibleError where the table has no such step."""


def possible_actions(status: BulletinStatus) -> tuple[BulletinAction, ...]:
    """Return the actions that the table allows in this state, in the enum's order."""
    return tuple(action for action in BulletinAction if (status, action) in TRANSITIONS)
