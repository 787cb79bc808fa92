"""What may be done to an alert in which state: one table, from which ``docs/lifecycle.md`` is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from broadcast.errors import NotPossibleError
from broadcast.model.alerts import AlertAction, AlertStatus

_S = AlertStatus
_A = AlertAction

# Nothing but SUBMITTED can become ACTIVE, save by break-glass, which submits first. Nothing leaves a state that ended.
TRANSITIONS: Final[Mapping[tuple[AlertStatus, AlertAction], AlertStatus]] = MappingProxyType(
    {
        (_S.DRAFT, _A.EDIT): _S.DRAFT,
        (_S.DRAFT, _A.SUBMIT): _S.SUBMITTED,
        (_S.DRAFT, _A.DISCARD): _S.DISCARDED,
        (_S.SUBMITTED, _A.APPROVE): _S.ACTIVE,
        (_S.SUBMITTED, _A.RETURN): _S.DRAFT,
        (_S.SUBMITTED, _A.REJECT): _S.REJECTED,
        (_S.SUBMITTED, _A.DISCARD): _S.DISCARDED,
        (_S.ACTIVE, _A.CANCEL): _S.CANCELLED,
        (_S.ACTIVE, _A.SUPERSEDE): _S.SUPERSEDED,
        (_S.ACTIVE, _A.EXPIRE): _S.EXPIRED,
    }
)


def next_status(status: AlertStatus, action: AlertAction) -> AlertStatus:
    """The state after ``action``.

    Raises:
        NotPossibleError: the table has no such step.
    """
    try:
        return TRANSITIONS[status, action]
    except KeyError:
        raise NotPossibleError(status, action) from None
