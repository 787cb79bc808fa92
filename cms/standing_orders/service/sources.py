"""Sources that a standing order may name: senders with a pinned signer, feeds over TLS, and the central system."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from broadcast.standing_orders.cap_warnings import CENTRAL, feed_source, sender_source
from broadcast.standing_orders.model import SourceId
from cms.exchange.repository.central import CentralRecords
from cms.exchange.repository.exchange import CapSenders
from cms.exchange.repository.feeds import CapFeeds
from cms.platform.store.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class WarningSource:
    """Source as people choose it. ``id`` is what orders hold."""

    id: SourceId
    name: str


def known_sources(uow: UnitOfWork) -> dict[SourceId, WarningSource]:
    """Return the sources that may be chosen now, by id; within a unit of work."""
    senders = [
        WarningSource(sender_source(each.sender), each.name) for each in uow[CapSenders].all() if each.certificate_pem
    ]
    feeds = [
        WarningSource(feed_source(each.name), each.name)
        for each in uow[CapFeeds].all()
        if urlsplit(each.url).scheme == "https"
    ]
    central = [WarningSource(CENTRAL, "")] if uow[CentralRecords].link().answered_at is not None else []
    return {each.id: each for each in (*senders, *feeds, *central)}
