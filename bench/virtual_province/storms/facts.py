"""Facts of a storm: what people decided and the server committed, in its order, and nothing about how it was sent."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Raised:
    """An alert, drill or all-clear approved at ``at_ms`` for ``communes``, as a new order.

    ``by``: for each of its people, the communes where they may declare. ``updates``: the alert that it follows.
    """

    at_ms: int
    alert: str
    order: str
    level: int
    communes: frozenset[str]
    until_ms: int
    by: tuple[frozenset[str], ...]
    is_drill: bool = False
    is_calm: bool = False
    is_minor: bool = False
    is_silent: bool = False
    updates: str = ""


@dataclass(frozen=True, slots=True)
class Cancelled:
    """An alert was cancelled."""

    at_ms: int
    alert: str


@dataclass(frozen=True, slots=True)
class Repeated:
    """An alert that a stop silenced sounds again, as a new order."""

    at_ms: int
    alert: str
    order: str


@dataclass(frozen=True, slots=True)
class Stopped:
    """Everything was stopped in ``communes``. ``until_ms``: end of the silence that follows; 0: none."""

    at_ms: int
    stop: str
    communes: frozenset[str]
    mutes_alerts: bool
    until_ms: int


@dataclass(frozen=True, slots=True)
class Lifted:
    """The silence of a stop was lifted."""

    at_ms: int
    stop: str


Fact = Raised | Cancelled | Repeated | Stopped | Lifted
