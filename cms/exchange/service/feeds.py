"""Feeds: those of others, which are polled, and our own as Atom."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from lxml import etree
from lxml.builder import ElementMaker

from cms.exchange.model import CapDocument, CapFeed, FeedTrouble
from cms.exchange.repository.feeds import CapFeeds
from cms.exchange.repository.hubs import HubSubscriptions
from cms.exchange.service.addresses import Allowed
from cms.exchange.service.consequences import EXCHANGE
from cms.exchange.service.errors import ExchangeError
from cms.exchange.service.http_client import Fetched, Fetcher
from cms.exchange.service.inbox import Inbox
from cms.exchange.service.wrappers import FeedEntry, entries_of, hub_of
from cms.platform.clean_text import clean
from cms.platform.store.engine import reading
from cms.platform.store.uow import UowFactory
from province.events import Event
from province.people import program

log = logging.getLogger(__name__)

AT_ONCE: Final = 50
"""Entries of one feed per poll: the rest comes with the next, and other feeds are not delayed."""
_NOT_MODIFIED: Final = 304
ATOM_TYPE = "application/atom+xml"
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_ATOM: Final = "http://www.w3.org/2005/Atom"
_E: Final = ElementMaker(namespace=_ATOM, nsmap={None: _ATOM})


@dataclass(frozen=True)
class FeedPoller:
    """Poller of feeds. ``step`` polls what is due. One process at a time."""

    uow: UowFactory
    inbox: Inbox
    fetcher: Fetcher
    now: Callable[[], datetime]

    def step(self) -> int:
        """Poll the feeds that are due; return how many. A failing one delays no other."""
        with reading(self.uow.engine) as session:
            due = CapFeeds(session).due(self.now())
        for feed in due:
            began_at = self.now()
            try:
                polled = self.poll(feed)
            except Exception as error:  # a feed must not be able to stop the others, whatever it sends
                log.exception("polling feed %s failed", feed.name)
                polled = replace(feed, failures=feed.failures + 1, error=repr(error)[:500])
            self._settle(feed, polled, began_at)
        return len(due)

    def poll(self, feed: CapFeed) -> CapFeed:
        """Request the feed once; return its new state, not saved yet."""
        allowed = Allowed(frozenset(feed.hosts), frozenset(feed.plain_hosts), feed.is_local)
        now = self.now()
        try:
            got = self.fetcher.get(feed.url, allowed, etag=feed.etag, modified=feed.modified)
            if got.status == _NOT_MODIFIED:
                kept = feed.error if feed.trouble is FeedTrouble.PARTLY else ""
                return replace(feed, answered_at=now, failures=0, error=kept)
            entries = entries_of(got.body, got.url)
            self._note_hub(feed, *hub_of(got.body, feed.url))
        except ExchangeError as error:
            return replace(feed, failures=feed.failures + 1, error=str(error))
        return self._taken(feed, got, entries, allowed)

    def _taken(self, feed: CapFeed, got: Fetched, entries: list[FeedEntry], allowed: Allowed) -> CapFeed:
        lost = [entry.trouble for entry in entries if entry.trouble]
        whole = [entry for entry in entries if not entry.trouble]
        with reading(self.uow.engine) as session:
            unseen = CapFeeds(session).unseen(feed.id, {entry.hash for entry in whole})
        fresh = [entry for entry in whole if entry.hash in unseen]
        taken = [self._take(feed, entry, allowed) for entry in fresh[:AT_ONCE]]
        errors = [each for each in taken if isinstance(each, str)]
        has_heard = any(each is True for each in taken)
        is_complete = not errors and len(fresh) <= AT_ONCE
        now = self.now()
        return replace(
            feed,
            answered_at=now,
            heard_at=now if has_heard else feed.heard_at,
            # Without its ETag the whole feed is requested again, until every entry is processed.
            etag=got.etag if is_complete else "",
            modified=got.modified if is_complete else "",
            failures=0,
            error="; ".join((*lost[:3], *errors[:3]))[:500],
        )

    def _take(self, feed: CapFeed, entry: FeedEntry, allowed: Allowed) -> bool | str:
        """Pass an entry to the inbox; return whether it was new, or the error: then it is requested again."""
        try:
            document = entry.document or self.fetcher.get(entry.url, allowed).body
            is_new = self.inbox.receive(document, f"feed {feed.name}").times_heard == 1
        except ExchangeError as error:
            return str(error)
        except Exception as error:  # one entry must not be able to keep those behind it from being taken
            log.exception("an entry of feed %s could not be processed", feed.name)
            return repr(error)
        with (unit := self.uow()):
            unit[CapFeeds].see(feed.id, entry.hash, self.now())
            unit.commit()
        return is_new

    def _note_hub(self, feed: CapFeed, hub_url: str, topic_url: str) -> None:
        """Note the hub that the feed names, where it is to be pushed by one."""
        with (unit := self.uow()):
            found = unit[HubSubscriptions].find(feed.id)
            if found is not None and (found.hub_url, found.topic_url) != (hub_url, topic_url):
                unit[HubSubscriptions].discovered(feed.id, hub_url, topic_url, self.now())
                unit.commit()

    def _settle(self, before: CapFeed, after: CapFeed, began_at: datetime) -> None:
        now = self.now()
        after = replace(after, due_at=now + timedelta(seconds=after.poll_s), trouble=after.trouble_at(now))
        with (unit := self.uow()):
            hub = unit[HubSubscriptions].find(after.id)
            if hub is not None and hub.pushed_at is not None and hub.pushed_at >= began_at:
                # What the hub pushed meanwhile may not have been there when it was polled.
                after = replace(after, due_at=now)
            if hub is not None and hub.is_lost(now) and after.trouble is FeedTrouble.NONE:
                after = replace(after, trouble=FeedTrouble.UNPUSHED)
            unit[CapFeeds].save(after)
            if after.trouble is not before.trouble:
                name = "recovered" if after.trouble is FeedTrouble.NONE else after.trouble.value
                detail = {"name": after.name, "error": after.error, "failures": after.failures}
                unit.record(Event.of(program(EXCHANGE), f"cap_feed.{name}", after.id, now, **detail))
            unit.commit()


def atom_feed(documents: Sequence[CapDocument], *, base: str, sender: str, own: str = "") -> bytes:
    """Build the feed. ``documents``: newest first; ``base``: the API's URL, no final slash; ``own``: the feed's URL."""
    updated = max((each.made_at for each in documents), default=_NEVER)
    own = own or f"{base}/cap/feed.atom"
    root = _E.feed(
        _E.id(own),
        _E.title("Loa: cảnh báo"),
        _E.updated(_instant(updated)),
        _E.author(_E.name(clean(sender))),
        _E.link(rel="self", href=own),
        *(_entry(each, base) for each in documents),
    )
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _entry(document: CapDocument, base: str) -> etree._Element:
    at = f"{base}/cap/{document.id}.xml"
    return _E.entry(
        _E.id(at),
        _E.title(clean(document.headline)),
        _E.updated(_instant(document.made_at)),
        _E.published(_instant(document.sent)),
        _E.category(term=document.status),
        _E.category(term=document.msg_type),
        _E.link(rel="alternate", type="application/cap+xml", href=at),
    )


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
