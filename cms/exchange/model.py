"""Values of the exchange: CAP senders, messages, feeds and documents, webhooks, and the central system's records."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from broadcast.alerts.cap.findings import Finding, FindingCode
from broadcast.alerts.cap.message import Reference
from broadcast.alerts.cap.verdict import Airs, CapVerdict, MessageKind
from broadcast.alerts.model import AlertId, OrderId
from broadcast.bulletins.model import BulletinId
from broadcast.exchange.central import ReportKind
from province.areas import AreaId

_LINK: Final = "central"
_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)


class CentralOutcome(StrEnum):
    """Outcomes of a central bulletin.

    DRAFTED: people submit and approve it · REDRAFTED: an untouched draft of ours got the new text.

    ALERT_DRAFTED: an emergency, whose draft waits for two people · FIRED: it fired a standing order · REPEATED: that
    event had sounded already.

    REPLACES: a draft beside the earlier bulletin, for people to decide · ASKS_WITHDRAWAL: people are asked to withdraw
    the bulletin made from it · AWAITS_SOUND: its sound file is being fetched, then it is drafted · OLD: a newer
    version came before · REFUSED: kept with its reason.
    """

    DRAFTED = "drafted"
    REDRAFTED = "redrafted"
    ALERT_DRAFTED = "alert_drafted"
    FIRED = "fired"
    REPEATED = "repeated"
    REPLACES = "replaces"
    ASKS_WITHDRAWAL = "asks_withdrawal"
    NOTHING_OF_IT = "nothing_of_it"
    AWAITS_SOUND = "awaits_sound"
    OLD = "old"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class CentralRecord:
    """Version of a central bulletin as it was received. ``reported_hash`` is over our last report of it.

    An emergency has an ``alert_id`` in place of a bulletin.

    ``sound_due_at`` is when its sound file is next requested, while it is awaited.
    """

    id: str
    key_hash: str
    central_id: str
    central_version: int
    title: str
    outcome: CentralOutcome
    reason: str
    bulletin_id: BulletinId | None
    sha256: str
    received_at: datetime
    times_heard: int = 1
    reported_hash: str = ""
    sound_tries: int = 0
    sound_due_at: datetime | None = None
    alert_id: AlertId | None = None


@dataclass(frozen=True, slots=True)
class CentralLinkState:
    """State of the link.

    ``failing_since_at`` is None while it answers. ``played_until_at``: as-run records up to then are reported.
    """

    id: str = _LINK
    cursor: str = ""
    due_at: datetime = _NEVER
    answered_at: datetime | None = None
    failing_since_at: datetime | None = None
    failures: int = 0
    error: str = ""
    played_until_at: datetime = _NEVER
    figures_on: str = ""


@dataclass(frozen=True, slots=True)
class CentralReport:
    id: str
    kind: ReportKind
    body: str
    made_at: datetime
    attempts: int = 0
    sent_at: datetime | None = None
    dead_at: datetime | None = None
    error: str = ""


class ExchangeOutcome(StrEnum):
    """Outcomes of a received message.

    NOTHING: refused, ignored, or about no alert of ours · DRAFTED: ``alert_id`` was drafted from it · DISCARDED: the
    untouched draft ``alert_id`` was deleted · ASKS: people are asked to end ``alert_id`` · FAILED: see the notes ·
    REFUSED: a real message of a registered sender that could not be used; waits for a person · SETTLED: a person has
    handled it · FIRED: it fired a standing order, which sent ``alert_id`` · REPEATED: ``alert_id`` had sounded for the
    same event.
    """

    NOTHING = "nothing"
    DRAFTED = "drafted"
    DISCARDED = "discarded"
    ASKS = "asks"
    FAILED = "failed"
    REFUSED = "refused"
    SETTLED = "settled"
    FIRED = "fired"
    REPEATED = "repeated"


@dataclass(frozen=True, slots=True)
class CapSender:
    """Registered sender.

    ``certificate_pem`` empty: no signer is pinned. ``area_ids`` empty: may speak for every place of ours.

    ``superior_of`` are the senders whose messages it may update and cancel. ``push_hash`` is that of the secret with
    which it may leave messages, empty where it may not.
    """

    sender: str
    name: str
    certificate_pem: str
    area_ids: tuple[AreaId, ...]
    superior_of: tuple[str, ...]
    push_hash: str
    added_at: datetime


@dataclass(frozen=True, slots=True)
class ReceivedCap:
    """Message as it was judged at its first receipt; ``sha256`` names its bytes in the content store.

    ``name_hash`` is None if it was refused: only accepted messages are remembered by name. ``notes`` are codes with a
    figure behind a colon, about its outcome.
    """

    id: str
    name_hash: str | None
    sender: str
    identifier: str
    sent: datetime | None
    status: str
    msg_type: str
    references: tuple[Reference, ...]
    verdict: CapVerdict
    kind: MessageKind
    airs: Airs
    code: str
    findings: tuple[Finding, ...]
    sha256: str
    source: str
    received_at: datetime
    times_heard: int
    last_heard_at: datetime
    outcome: ExchangeOutcome = ExchangeOutcome.NOTHING
    alert_id: AlertId | None = None
    notes: tuple[str, ...] = ()

    @property
    def is_verified(self) -> bool:
        return any(finding.code is FindingCode.VERIFIED for finding in self.findings)


class FeedTrouble(StrEnum):
    """Troubles of a feed.

    FAILING: no answer for too long · SILENT: it answers, and nothing new comes, not even a sign of life · PARTLY: it
    answers, and some entries cannot be fetched · UNPUSHED: it is polled alone, as its hub does not push it.
    """

    NONE = ""
    FAILING = "failing"
    SILENT = "silent"
    PARTLY = "partly"
    UNPUSHED = "unpushed"


ENTRY_LOST: Final = "ENTRY_"
"""Prefix of errors about an entry that cannot be fetched."""


@dataclass(frozen=True, slots=True)
class CapFeed:
    """Feed.

    ``answered_at`` is its last good answer, ``heard_at`` its last new message. ``silent_after_s`` 0: may be silent.

    ``hosts`` are those its addresses may name, ``plain_hosts`` those that may be asked without TLS.
    """

    id: str
    name: str
    url: str
    hosts: tuple[str, ...]
    plain_hosts: tuple[str, ...]
    is_local: bool
    poll_s: int
    failing_after_s: int
    silent_after_s: int
    added_at: datetime
    due_at: datetime
    answered_at: datetime | None = None
    heard_at: datetime | None = None
    etag: str = ""
    modified: str = ""
    failures: int = 0
    error: str = ""
    trouble: FeedTrouble = FeedTrouble.NONE

    def trouble_at(self, now: datetime) -> FeedTrouble:
        if now - (self.answered_at or self.added_at) > timedelta(seconds=self.failing_after_s):
            return FeedTrouble.FAILING
        is_silent = now - (self.heard_at or self.added_at) > timedelta(seconds=self.silent_after_s)
        if self.silent_after_s and is_silent:
            return FeedTrouble.SILENT
        return FeedTrouble.PARTLY if self.error.startswith(ENTRY_LOST) else FeedTrouble.NONE


UNPUSHED_AFTER: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class HubSubscription:
    """Subscription to the hub of a feed (WebSub), beside which the feed is polled all the same.

    ``token``: the end of our callback's address; ``sealed_secret``: of the hub's signatures. ``hub_url`` and
    ``topic_url`` are what the feed names, empty until it does. ``asked_at``: when we asked the hub and it has not
    confirmed yet. ``due_at``: when it is asked next. ``lease_until_at``: until when it pushes, once it has confirmed.
    """

    feed_id: str
    token: str
    sealed_secret: str
    added_at: datetime
    due_at: datetime
    hub_url: str = ""
    topic_url: str = ""
    asked_at: datetime | None = None
    lease_until_at: datetime | None = None
    pushed_at: datetime | None = None
    failures: int = 0
    error: str = ""

    def is_lost(self, now: datetime) -> bool:
        """Return whether the hub has pushed nothing for too long, as it confirmed no lease that is still good."""
        return now - (self.lease_until_at or self.added_at + UNPUSHED_AFTER) > timedelta()


END = "-end"
"""Suffix of an order's id in the id of the document that calls it off."""


@dataclass(frozen=True, slots=True)
class CapDocument:
    """Signed document, ``sha256`` in the content store. ``error``: our own check refused it, so it is not delivered."""

    id: str
    order_id: OrderId
    alert_id: AlertId
    identifier: str
    sender: str
    sent: datetime
    status: str
    msg_type: str
    headline: str
    sha256: str
    expires_at: datetime
    made_at: datetime
    error: str = ""

    @property
    def key(self) -> Reference:
        return Reference(self.sender, self.identifier, self.sent)

    @property
    def is_end(self) -> bool:
        """Return whether the document calls its order off."""
        return self.id.endswith(END)


class WebhookKind(StrEnum):
    """Kinds of what a subscriber may be sent. CAP: our signed documents; the others: events, as JSON."""

    CAP = "cap"
    BULLETIN = "bulletin"
    AIRING = "airing"
    FAULT = "fault"
    TICKET = "ticket"
    ALERT = "alert"


@dataclass(frozen=True, slots=True)
class Webhook:
    """Subscriber to ``kinds``. ``is_plain``: plain http is allowed; ``is_local``: in our own network.

    ``sealed_secret`` is opened for its id.
    """

    id: str
    name: str
    url: str
    is_plain: bool
    is_local: bool
    wants_drills: bool
    sealed_secret: str
    added_at: datetime
    removed_at: datetime | None = None
    kinds: tuple[WebhookKind, ...] = (WebhookKind.CAP,)


@dataclass(frozen=True, slots=True)
class WebhookDelivery:
    """Delivery, tried ``attempts`` times; with neither ``sent_at`` nor ``dead_at`` it is retried at ``due_at``.

    Of a CAP document, or of an event: then ``event`` is its type, ``body`` its JSON, and ``event_key`` the same for the
    same event.
    """

    id: str
    webhook_id: str
    document_id: str | None
    attempts: int
    due_at: datetime
    sent_at: datetime | None = None
    dead_at: datetime | None = None
    error: str = ""
    event: str = ""
    event_key: str | None = None
    body: str = ""
