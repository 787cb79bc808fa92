"""Ids that devices name and the store knows, looked up in bulk before the write transaction begins.

An id of an order or a transmission is stored before any device receives it, and is never reused: so a known id
stays known, and an id that is unknown when a message arrives is not of this server.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from sqlalchemy import Engine

from broadcast.bulletins.transmissions import TransmissionId
from cms.alerts.messages.alerts import END_SUFFIX
from cms.alerts.repository.orders import Orders
from cms.bulletins.repository.bulletins import existing_transmissions
from cms.platform.store.engine import reading
from cms.schedule.service.as_run import transmission_id_of
from devices.protocol.messages import Ack, DeviceEvent, Wire

KNOWN_MAX: Final = 50_000
"""Ids of each kind kept in memory; beyond it the set is cleared and built again."""


class KnownIds:
    """Cache of ids, owned by the thread that stores messages; ``look_up`` reads without holding the write lock."""

    def __init__(self) -> None:
        self.orders: dict[str, datetime | None] = {}
        """Orders with the instant of issue, which never changes; stops and live addresses have none."""
        self.transmissions: set[TransmissionId] = set()

    def look_up(self, engine: Engine, bodies: Iterable[Wire]) -> int:
        """Learn which ids in these bodies exist, in a few queries or none; return the number of ids queried."""
        orders: set[str] = set()
        items: set[str] = set()
        for body in bodies:
            if isinstance(body, Ack):
                if body.cid:
                    orders.add(body.cid.removesuffix(END_SUFFIX))
                if body.items:
                    items.update(body.items)
            elif isinstance(body, DeviceEvent) and body.records:
                named = {record.item for record in body.records}
                orders |= named
                items |= named
        orders -= self.orders.keys()
        transmissions = {transmission_id_of(item) for item in items} - self.transmissions
        if orders or transmissions:
            self._forget_if_full()
            with reading(engine) as session:
                self.orders.update(Orders(session).known(orders))
                self.transmissions |= existing_transmissions(session, transmissions)
        return len(orders) + len(transmissions)

    def _forget_if_full(self) -> None:
        if len(self.orders) > KNOWN_MAX:
            self.orders.clear()
        if len(self.transmissions) > KNOWN_MAX:
            self.transmissions.clear()
