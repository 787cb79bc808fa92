"""Standing orders for tests: bounds, an agreed order over the console's province, and warnings that fit it."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta
from typing import Any

from broadcast.alerts.cap.message import CapArea, CapCircle
from broadcast.alerts.hazard_rules import AlertLevel
from broadcast.alerts.hazards import Hazard
from broadcast.alerts.model import Alert, AlertFacts, AlertKind, Audience
from broadcast.bulletins.model import Targets
from broadcast.standing_orders.cap_warnings import sender_source
from broadcast.standing_orders.model import AlertStandingOrder, Firing, StandingBounds, WarningSeverity
from cms.alerts.repository.alerts import AlertPolicies
from cms.alerts.service.draft_fields import AlertDraft, WordingDraft
from cms.alerts.service.drafts import draft_alert
from cms.exchange.model import CapSender
from cms.exchange.repository.exchange import CapSenders
from cms.exchange.service.inbox import Inbox
from cms.standing_orders.repository import Firings
from cms.standing_orders.service import orders
from cms.standing_orders.service.orders import bounds_sha256
from province.areas import AreaId
from province.call import Call
from tests.builders.alerts import OFFICER, SECOND, make_sounds, staff
from tests.console import COMMUNE, FAR_COMMUNE, START, Console
from tests.unit.exchange.messages import SENDER, info, message, signer

LIEN_HUONG = CapArea("Thị trấn Liên Hương", circles=(CapCircle(11.22, 108.73, 2.0),))


def bounds(**changes: Any) -> StandingBounds:
    values: dict[str, Any] = {
        "sources": (sender_source(SENDER),),
        "hazards": (Hazard.FLASH_FLOOD,),
        "severity_min": WarningSeverity.SEVERE,
        "valid_from_at": START - timedelta(days=1),
        "valid_until_at": START + timedelta(days=180),
        "daily_from": time(),
        "daily_until": time(),
        "firings_max": 3,
        "rest_minutes": 30,
        "lasts_minutes": 60,
        **changes,
    }
    return StandingBounds(**values)


def call_of(console: Console, login: str) -> Call:
    """Return a call of the person, with a fresh code."""
    context = console.context
    actor = replace(console.actor(login), second_factor_at=context.now())
    return context.call(actor)


def switched_on(console: Console) -> None:
    with console.context.uow() as uow:
        uow[AlertPolicies].set(replace(uow[AlertPolicies].get(), fires_standing_orders=True))
        uow.commit()


def register_sender(console: Console) -> None:
    """Register the sender of the messages, with its signer."""
    with console.context.uow() as uow:
        uow[CapSenders].put(CapSender(SENDER, "Đài KTTV", signer().pem, (), (), "", console.clock()))
        uow.commit()


def ready_draft(console: Console, *, kind: str = "live", areas: tuple[AreaId, ...] = (COMMUNE,)) -> Alert:
    """Return a complete draft of a flash flood, its sounds made."""
    staff(console)
    context = console.context
    wanted = AlertDraft(
        kind=AlertKind(kind),
        hazard=Hazard.FLASH_FLOOD,
        level=AlertLevel.TWO,
        headline="Lũ quét",
        audience=Audience(Targets(areas)),
        facts=AlertFacts(place="Mũi Né", advice="Lên chỗ cao.", authority="UBND tỉnh"),
        wordings=(WordingDraft("vi", "Lũ quét đang về. Bà con lên chỗ cao ngay."),),
    )
    call = call_of(console, OFFICER)
    return make_sounds(console, draft_alert(context.uow(), draft=wanted, call=call, voices=context.voices))


def proposed(console: Console, draft: Alert, **changes: Any) -> AlertStandingOrder:
    context, now = console.context, console.clock()
    dates = {"valid_from_at": now - timedelta(days=1), "valid_until_at": now + timedelta(days=180)}
    return orders.propose(
        context.uow(),
        draft.id,
        bounds=bounds(**dates | changes),
        expected_version=draft.version,
        call=call_of(console, OFFICER),
        voices=context.voices,
    )


def agreed(
    console: Console, *, kind: str = "live", areas: tuple[AreaId, ...] = (COMMUNE,), **changes: Any
) -> AlertStandingOrder:
    """Return an order that two people agreed to, in a province that has switched standing orders on."""
    switched_on(console)
    order = proposed(console, ready_draft(console, kind=kind, areas=areas), **changes)
    return orders.agree(
        console.context.uow(),
        order.id,
        seen_sha256=bounds_sha256(order),
        expected_version=order.version,
        call=call_of(console, SECOND),
    )


def fired(console: Console) -> Firing:
    """Return the firing of an order by a message that came now, made once."""
    context, now = console.context, console.clock()
    with context.uow() as uow:
        known = uow[Firings].since(now - timedelta(days=1))
        if known:
            return known[0]
    register_sender(console)
    order = agreed(
        console, areas=(FAR_COMMUNE,), valid_from_at=now - timedelta(days=1), valid_until_at=now + timedelta(days=100)
    )
    told = message(sent=now, infos=(info(expires=now + timedelta(hours=3), areas=(LIEN_HUONG,)),))
    Inbox.of(context).receive(signer().signed(told), "feed kttv")
    with context.uow.reading() as uow:
        (found,) = uow[Firings].of(order.id)
    return found
