"""Gateway's connection to the broker, in one row, read by the health monitoring."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from cms.health.tables.faults import BrokerLineRow
from cms.platform.store.insert_or_update import insert_or
from cms.platform.store.rows import columns_of, value_of
from devices.health.broker_outage import GatewayConnection

_ID = 1


def broker_line(session: Session) -> GatewayConnection:
    """Read the connection's state; never lost where none was ever written."""
    row = session.scalar(select(BrokerLineRow).where(BrokerLineRow.id == _ID))
    return GatewayConnection() if row is None else value_of(GatewayConnection, row)


def note_broker_line(session: Session, line: GatewayConnection) -> None:
    """Replace the stored state of the connection. The caller commits."""
    word = insert_or(session, BrokerLineRow)
    told = {name: word.excluded[name] for name in columns_of(line)}
    kept = word.on_conflict_do_update(index_elements=["id"], set_=told)
    session.connection().execute(kept, [{"id": _ID, **columns_of(line)}])
