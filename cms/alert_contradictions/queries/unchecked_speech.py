"""Speech on air whose words the server does not know: live addresses, and streams of stations that are relayed."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcast.alerts.contradictions import UncheckedSpeech
from broadcast.bulletins.model import Targets
from broadcast.bulletins.targeting import leaf_areas
from broadcast.relays.model import LENGTH_MAX_MS
from cms.bulletins.tables.bulletins import PlanItemRow, TransmissionRow
from cms.live.repository import LiveSessions
from province.areas import AreaId, AreaTree

_BEGAN_WITHIN: Final = timedelta(milliseconds=LENGTH_MAX_MS)


def unchecked_speech(session: Session, tree: AreaTree, on: date, now: datetime) -> Sequence[UncheckedSpeech]:
    """List the live addresses that hold loudspeakers, then the relays that the plans have on air now."""
    found = [
        UncheckedSpeech(each.topic, frozenset(leaf_areas(Targets(each.areas), tree, on)))
        for each in LiveSessions(session).open()
    ]
    item = PlanItemRow
    relays = (
        select(item.title, item.area_id)
        .join(TransmissionRow, TransmissionRow.id == item.transmission_id)
        .where(item.start_at.between(now - _BEGAN_WITHIN, now), item.end_at > now, item.placed)
        .where(TransmissionRow.relay_source_id.is_not(None), TransmissionRow.withdrawn_at.is_(None))
        .order_by(item.title, item.area_id)
    )
    places: dict[str, set[AreaId]] = defaultdict(set)
    for title, area_id in session.execute(relays):
        places[title] |= set(leaf_areas(Targets((area_id,)), tree, on)) or {area_id}
    return found + [UncheckedSpeech(title, frozenset(there)) for title, there in places.items()]
