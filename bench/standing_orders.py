"""Standing orders under hostile messages: mutated CAP documents against orders of every kind, judged by an oracle.

The documents are unsigned and come by a feed that proves them: nothing but the rules stands between them and the
loudspeakers. The oracle reads the message by itself: what it takes for outside of an order must not have sounded.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import chain
from typing import Final

from bench.cap_fuzz import SEEDS, mutated
from broadcast.alerts.audiences import PlaceIndex
from broadcast.alerts.cap.audience import Proposer
from broadcast.alerts.cap.message import CapMessage, CapSeverity, Certainty, MsgType, Status, Urgency
from broadcast.alerts.cap.verdict import CapVerdict, Circumstances
from broadcast.alerts.hazard_rules import AlertLevel, Rounds
from broadcast.alerts.hazards import Hazard
from broadcast.alerts.model import Alert, AlertFacts, AlertId, AlertKind, Audience
from broadcast.bulletins.model import Targets
from broadcast.standing_orders.cap_warnings import feed_source, warning_of
from broadcast.standing_orders.matching import Match, MatchOutcome, concerned, firing_of, match
from broadcast.standing_orders.model import (
    AlertStandingOrder,
    AlertStandingOrderId,
    AlertStandingOrderStatus,
    Firing,
    IncomingWarning,
    StandingBounds,
    WarningSeverity,
)
from cms.exchange.cap.check import check
from cms.exchange.service.proposals import hazard_of
from province.areas import Area, AreaId, AreaTree, Point
from province.people import UserId

SENT_AT: Final = datetime(2026, 10, 12, 7, 5, tzinfo=UTC)
"""Time at which the documents say that they were sent."""
NOW: Final = SENT_AT + timedelta(minutes=1)
PROVINCE, MEANT, NEAR = AreaId("p"), AreaId("p-a"), AreaId("p-b")
FEED: Final = feed_source("bench")
TREE: Final = AreaTree(
    (
        Area(PROVINCE, "Tỉnh", "province", None, date(2020, 1, 1)),
        Area(MEANT, "Xã A", "commune", PROVINCE, date(2020, 1, 1), codes={"gso": "22933"}, point=Point(11.15, 108.15)),
        Area(NEAR, "Xã B", "commune", PROVINCE, date(2020, 1, 1), codes={"gso": "22934"}, point=Point(11.4, 108.4)),
    )
)
_GROUND: Final = PlaceIndex(TREE)
_KINDS: Final = {Status.ACTUAL: AlertKind.LIVE, Status.EXERCISE: AlertKind.DRILL}
_GRAVE: Final = (CapSeverity.SEVERE, CapSeverity.EXTREME)
_LATE: Final = timedelta(minutes=15)
_DENIALS: Final = ("hết lũ", "không có lũ")
_TIMES: Final = tuple(
    f"2026-10-12T{clock}:00+07:00" for clock in ("08:00", "13:49", "13:55", "14:04", "14:06", "14:07", "20:00", "23:59")
)
_WORDS: Final[Mapping[bytes, Sequence[str]]] = {
    b"status": list(Status),
    b"msgType": list(MsgType),
    b"urgency": list(Urgency),
    b"severity": list(CapSeverity),
    b"certainty": list(Certainty),
    b"responseType": ["AllClear", "Evacuate", "None"],
    b"scope": ["Public", "Restricted", "Private"],
    b"event": ["Lũ quét", "Flash flood", "Thông báo", "Sóng thần", "Hết lũ quét", "Diễn tập lũ quét"],
    b"headline": ["Lũ quét", "Không có lũ quét"],
    b"sent": _TIMES,
    b"onset": _TIMES,
    b"expires": _TIMES,
    b"value": ["22933", "22934", "99999"],
    b"polygon": ["11.4,108.4 11.5,108.4 11.5,108.5 11.4,108.4", "11.1,108.1 11.2,108.1 11.2,108.2 11.1,108.1"],
    b"identifier": ["one", "two", "three"],
    b"sender": ["a@b.vn", "c@d.vn"],
}


@dataclass
class MutantResult:
    """Result of a run. ``outside``: documents that sounded although the oracle says that they may not."""

    outcomes: Counter[MatchOutcome] = field(default_factory=Counter)
    fired: int = 0
    outside: list[bytes] = field(default_factory=list)
    soundings_of_one_event: int = 0


def order_of(kind: AlertKind) -> AlertStandingOrder:
    """Build an order for flash floods in one commune, from the feed."""
    pattern = Alert(
        id=AlertId(f"pattern-{kind}"),
        kind=kind,
        hazard=Hazard.FLASH_FLOOD,
        level=AlertLevel.TWO,
        headline="Lũ quét",
        audience=Audience(Targets((MEANT,))),
        facts=AlertFacts(),
        wordings=(),
        rounds=Rounds(),
        expires_at=NOW,
        author_id=UserId("one"),
        author_name="one",
        created_at=NOW,
        changed_at=NOW,
    )
    bounds = StandingBounds(
        sources=(FEED,),
        hazards=(Hazard.FLASH_FLOOD,),
        severity_min=WarningSeverity.SEVERE,
        valid_from_at=NOW - timedelta(days=1),
        valid_until_at=NOW + timedelta(days=1),
        daily_from=time(),
        daily_until=time(),
        firings_max=20,
        rest_minutes=10,
        lasts_minutes=60,
    )
    name = AlertStandingOrderId(f"order-{kind}")
    return AlertStandingOrder(name, pattern, bounds, UserId("one"), "one", NOW, status=AlertStandingOrderStatus.AGREED)


ORDERS: Final = tuple(map(order_of, AlertKind))


def attacked(documents: Iterable[bytes]) -> MutantResult:
    """Let each document meet the orders, once as the first of its event and once after the others."""
    done = MutantResult()
    past: list[Firing] = []
    proposer = Proposer(TREE, NOW.date())
    for document in documents:
        read = _read(document, proposer)
        if read is None:
            continue
        message, warning = read
        found = _matched(warning, ())
        done.outcomes[found.outcome] += 1
        if found.planned:
            done.fired += 1
            if not all(_is_within(message, each.order, each.audience) for each in found.planned):
                done.outside.append(document)
        again = _matched(warning, past)
        past += [firing_of(each, warning, NOW, firing_id="f", alert_id="a") for each in again.planned]
    done.soundings_of_one_event = max(Counter(each.order_id for each in past).values(), default=0)
    return done


def mutants(n: int, seed: int) -> MutantResult:
    """Let ``n`` documents meet the orders: half with broken bytes, half with other words that are as good CAP."""
    return attacked(chain(mutated(n - n // 2, seed), reworded(n // 2, seed)))


def reworded(n: int, seed: int) -> Iterator[bytes]:
    """Yield ``n`` documents in which one to three elements say something else that CAP allows."""
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    for _ in range(n):
        document = chance.choice(SEEDS)
        for name in chance.sample(sorted(_WORDS), chance.choice((1, 1, 2, 3))):
            said = b"<%b>%b</%b>" % (name, chance.choice(_WORDS[name]).encode(), name)
            document = re.sub(rb"<%b>[^<]*</%b>" % (name, name), said, document, count=chance.choice((0, 1)))
        yield document


def _read(document: bytes, proposer: Proposer) -> tuple[CapMessage, IncomingWarning] | None:
    judgement = check(document, {}, Circumstances(now=NOW))
    message = judgement.message
    if message is None or judgement.verdict not in (CapVerdict.DRAFT, CapVerdict.ACCEPT):
        return None
    proposal = proposer.propose(message)
    findings = (*judgement.findings, *proposal.findings)
    hazard = hazard_of(message.infos)
    return message, warning_of(message, proposal.audience, findings, hazard=hazard, channel=FEED, is_pinned=False)


def _matched(warning: IncomingWarning, past: Sequence[Firing]) -> Match:
    orders = concerned(warning, ORDERS, _GROUND)
    return match(warning, orders, past, alerts=(), unfit={}, is_on=True, ground=_GROUND, now=NOW)


def _is_within(message: CapMessage, order: AlertStandingOrder, audience: Audience) -> bool:
    """Judge by the message alone, without the rules: may this order have sounded there?"""
    return all(_claims(message, order, audience))


def _claims(message: CapMessage, order: AlertStandingOrder, audience: Audience) -> Iterator[bool]:
    yield _KINDS.get(message.status) is order.pattern.kind
    yield message.msg_type is MsgType.ALERT
    yield not message.references
    yield NOW - _LATE <= message.sent <= NOW + timedelta(seconds=30)
    yield set(audience.targets.areas) <= set(order.pattern.audience.targets.areas)
    yield bool(message.infos)
    for info in message.infos:
        named = {each.value for each in info.event_codes if each.name == "Loa:hazard"}
        event = info.event.casefold()
        yield named == {"flash_flood"} if named else "lũ quét" in event or "flash flood" in event
        yield not any(word in f"{event} {info.headline.casefold()}" for word in _DENIALS)
        yield info.severity in _GRAVE
        yield info.certainty in (Certainty.OBSERVED, Certainty.LIKELY)
        yield info.urgency in (Urgency.IMMEDIATE, Urgency.EXPECTED)
        yield info.expires is None or info.expires > NOW or any((each.expires or NOW) > NOW for each in message.infos)
        yield message.status is Status.EXERCISE or "diễn tập" not in event
        yield not info.says_it_is_over
