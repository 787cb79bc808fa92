"""Composer of messages to citizens: alerts from the orders in force, digests from what was heard, each written once.

Both are read from the state, not from events: whatever process ended on whatever line, the next look finds what has no
message yet, and the store refuses a second one of the same event.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from broadcast.alerts.orders import Order, OrderEnd
from broadcast.bulletins.targeting import reached
from broadcast.citizens.model import CitizenMessage, CitizenMessageKind
from broadcast.citizens.rules import ALERT_LASTS, DIGEST_LASTS, digest_window
from broadcast.reports.model import Span
from cms.alerts.repository.orders import Orders
from cms.areas.repository import Places
from cms.citizens.repository import CitizenMessages, CitizenSubscriptions
from cms.citizens.service import texts
from cms.platform.store.engine import reading
from cms.platform.store.uow import UowFactory
from cms.public.queries.public import aired, planned_ids
from province.areas import AreaId, AreaTree
from province.wall_clock import local_date

END_TOLD_WITHIN: Final = timedelta(hours=1)
DIGESTS_AT_ONCE: Final = 10
"""Communes read in one look: a whole province at once would keep alerts waiting."""


@dataclass(frozen=True)
class CitizenComposer:
    """Composer. ``compose`` is idempotent."""

    uow: UowFactory
    new_id: Callable[[], str]

    def compose(self, now: datetime) -> int:
        """Write the messages that are due; return how many."""
        with reading(self.uow.engine) as session:
            subscribed = CitizenSubscriptions(session).areas()
            if not subscribed:
                return 0
            found = [*self._alerts(session, subscribed, now), *self._digests(session, now)]
        if found:
            with self.uow() as unit:
                for each in found:
                    # One to nobody is written as well, so that its event is not looked at again.
                    unit[CitizenMessages].write(each if each.areas else replace(each, spread_at=now))
                unit.commit()
        return len(found)

    def _alerts(self, session: Session, subscribed: frozenset[AreaId], now: datetime) -> Iterator[CitizenMessage]:
        orders = Orders(session)
        # Drills are for those who take part in them.
        in_force = [each for each in orders.open() if each.is_in_force(now) and not each.is_drill]
        cancelled = [
            each
            for each in orders.ended_since(now - END_TOLD_WITHIN)
            if each.end_reason is OrderEnd.CANCELLED and not each.is_drill and not each.is_calm
        ]
        begins, ends = {_begin(each): each for each in in_force}, {_end(each): each for each in cancelled}
        known = CitizenMessages(session).known([*begins, *ends, *map(_begin, cancelled)])
        told = [(key, order) for key, order in begins.items() if key not in known]
        ended = [(key, order) for key, order in ends.items() if key not in known and _begin(order) in known]
        if not (told or ended):
            return
        tree = Places(session).tree()
        for key, order in told:
            areas, (title, text) = _meant(order, tree, subscribed), texts.alert(order, now)
            until_at = min(order.expires_at, now + ALERT_LASTS)
            yield CitizenMessage(self.new_id(), key, CitizenMessageKind.ALERT, areas, title, text, now, until_at)
        for key, order in ended:
            areas, (title, text) = _meant(order, tree, subscribed), texts.alert_end(order, order.ended_at or now, now)
            until_at = now + ALERT_LASTS
            yield CitizenMessage(self.new_id(), key, CitizenMessageKind.ALERT_END, areas, title, text, now, until_at)

    def _digests(self, session: Session, now: datetime) -> Iterator[CitizenMessage]:
        window = digest_window(now)
        if window is None:
            return
        since_at, until_at = window
        on = local_date(until_at)
        wanted = {
            f"digest:{area_id}:{on:%Y%m%d}": area_id
            for area_id in CitizenSubscriptions(session).areas(with_digest=True)
        }
        known, places = CitizenMessages(session).known(list(wanted)), Places(session)
        tree = places.tree()
        for key in sorted(set(wanted) - known)[:DIGESTS_AT_ONCE]:
            area = tree.get(wanted[key])
            heirs = [each.id for heir in sorted(tree.heirs(area.id)) for each in tree.subtree(heir)]
            shown = [each for each in heirs if places.rules(each).is_public]
            heard = _heard(session, shown, since_at, until_at, now)
            title, text = texts.digest(area.name, heard, now)
            last_at = until_at + DIGEST_LASTS
            areas = (area.id,) if heard else ()
            yield CitizenMessage(self.new_id(), key, CitizenMessageKind.DIGEST, areas, title, text, now, last_at)


def _begin(order: Order) -> str:
    return f"order:{order.id}"


def _end(order: Order) -> str:
    return f"order_end:{order.id}"


def _meant(order: Order, tree: AreaTree, subscribed: frozenset[AreaId]) -> tuple[AreaId, ...]:
    """Return the subscribed communes of which the order addresses some place; of a dissolved one, its successors'."""
    targets = order.audience.targets
    return tuple(
        area_id
        for area_id in sorted(subscribed)
        if any(reached(targets, tree, [each.id for each in tree.subtree(heir)]) for heir in tree.heirs(area_id))
    )


def _heard(
    session: Session, areas: Sequence[AreaId], since_at: datetime, until_at: datetime, now: datetime
) -> list[tuple[str, datetime]]:
    """List what was heard there within the window, the latest first, by title and time."""
    span = Span(local_date(since_at), local_date(until_at))
    rows = aired(session, planned_ids(session, areas, span, now), areas, span, now) if areas else []
    times = [
        (row.title, max((each.start_at for each in row.airings if since_at < each.start_at <= until_at), default=None))
        for row in rows
    ]
    return [(title, at) for title, at in times if at is not None]
