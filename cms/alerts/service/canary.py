"""Canary: silent alerts to a device of the server's own, which prove that the path of an alert is whole.

Their name holds the instant of their issue. They are no orders: nothing is counted or shown of them, and of their
answers only the latest is stored.
"""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from cms.platform.gateway.messages import to_ms
from cms.platform.store.heartbeats import CANARY, ProcessHeartbeat, answered_at, write_heartbeat
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.uow import UnitOfWork
from devices.protocol.messages import Ack, Wire
from province.wall_clock import instant_of

DEADLINE: Final = timedelta(seconds=10)
"""From the order to the stored answer; a real alert takes a fraction of a second."""
_PREFIX: Final = "canary-"


def order(unit: UnitOfWork, now: datetime) -> str:
    """Order an alert for the canary; return its name. The caller commits."""
    name = f"{_PREFIX}{to_ms(now)}"
    unit.outbox.add(OutboxKind.CANARY, name)
    return name


def issued_at(name: str) -> datetime:
    """Return when the alert of this name was ordered."""
    return instant_of(int(name.removeprefix(_PREFIX)))


def note_answer(unit: UnitOfWork, body: Wire, now: datetime) -> None:
    """Store that the canary received its alert, if it did so in time. The caller commits."""
    if isinstance(body, Ack) and body.cid.startswith(_PREFIX) and now - (at := issued_at(body.cid)) <= DEADLINE:
        write_heartbeat(unit.session, ProcessHeartbeat(CANARY, at, now))


def is_answered(session: Session, name: str) -> bool:
    """Return whether the answer to the alert of this name is stored."""
    return answered_at(session) == issued_at(name)
