"""Standing order for flash floods, agreed to by two officers, and the warnings that fire it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bench.standing_orders import order_of
from broadcast.alerts.cap.message import (
    CapArea,
    CapInfo,
    CapMessage,
    CapScope,
    CapSeverity,
    Category,
    Certainty,
    MsgType,
    NamedValue,
    Status,
    Urgency,
)
from broadcast.alerts.hazard_rules import AlertLevel
from broadcast.alerts.model import (
    Alert,
    AlertFacts,
    AlertId,
    AlertKind,
    AlertPolicy,
    AlertStatus,
    Audience,
    Wording,
)
from broadcast.alerts.orders import DeclarationRight
from broadcast.alerts.script import encoded, script
from broadcast.bulletins.model import Rendition, Sound, SoundState, Targets
from broadcast.standing_orders.cap_warnings import sender_source
from cms.accounts.model import SecondFactor, User
from cms.accounts.repository import People
from cms.alerts.repository.alerts import AlertPolicies, Declarations
from cms.platform.store.uow import UnitOfWork
from cms.standing_orders.repository import AlertStandingOrders
from cms.standing_orders.service.orders import bounds_sha256
from province.areas import AreaId
from province.people import Grant, Role, UserId

FIRST, SECOND = UserId("u-first"), UserId("u-second")
SENDER: Final = "bench@example.vn"


def add_officers(unit: UnitOfWork, area_id: AreaId, now: datetime) -> None:
    """Add the two officers, who may declare and approve alerts there."""
    for user_id, name in ((FIRST, "Một"), (SECOND, "Hai")):
        unit[People].add(User(user_id, user_id, name, "", now, grants=(Grant(Role.EMERGENCY_OFFICER, area_id),)))
        unit[People].add_second_factor(SecondFactor(user_id, "", now, 0), [])
        unit[Declarations].give(DeclarationRight(user_id, area_id, AlertLevel.THREE))


def add_order(unit: UnitOfWork, area_id: AreaId, now: datetime, *, rendition: Rendition) -> None:
    """Add two officers and an order of theirs for the area, which any number of warnings of the sender may fire."""
    add_officers(unit, area_id, now)
    unit[AlertPolicies].set(AlertPolicy(fires_standing_orders=True))
    made = order_of(AlertKind.LIVE)
    bounds = replace(
        made.bounds,
        sources=(sender_source(SENDER),),
        valid_from_at=now - timedelta(days=1),
        valid_until_at=now + timedelta(days=366),
        firings_max=1_000_000,
    )
    order = replace(
        made,
        pattern=ready_alert(AlertId("pattern"), AlertStatus.DRAFT, area_id, now, rendition),
        bounds=bounds,
        proposed_by=FIRST,
        proposed_by_name="Một",
        agreed_by=SECOND,
        agreed_by_name="Hai",
        agreed_at=now,
    )
    unit[AlertStandingOrders].add(replace(order, agreed_sha256=bounds_sha256(order)))


def ready_alert(alert_id: AlertId, status: AlertStatus, area_id: AreaId, now: datetime, speech: Rendition) -> Alert:
    """Build an alert with all of its sounds."""
    alert = replace(
        order_of(AlertKind.LIVE).pattern,
        id=alert_id,
        status=status,
        audience=Audience(Targets((area_id,))),
        facts=AlertFacts(place="Xã", advice="Lên chỗ cao.", authority="UBND tỉnh"),
        wordings=(Wording("vi", "Lũ quét đang về. Bà con lên chỗ cao ngay."),),
        expires_at=now + timedelta(minutes=60),
        author_id=FIRST,
        author_name="Một",
        submitter_id=FIRST,
        submitter_name="Một",
        submitted_at=now,
    )
    sounds = [
        Sound(SoundState.READY, encoded(script(alert, alert.wordings[0], is_again=is_again)), renditions=(speech,))
        for is_again in (False, True)
    ]
    return replace(alert, wordings=(replace(alert.wordings[0], sound=sounds[0], again=sounds[1]),))


def flood_warning(number: int, code: str, at: datetime) -> CapMessage:
    """Build a warning of a flash flood in the place of this code."""
    info = CapInfo(
        (Category.MET,),
        "Lũ quét",
        Urgency.IMMEDIATE,
        CapSeverity.SEVERE,
        Certainty.OBSERVED,
        language="vi-VN",
        expires=at + timedelta(hours=1),
        headline="Lũ quét",
        description="Nước lên nhanh.",
        areas=(CapArea(f"Nơi {code}", geocodes=(NamedValue("VN:maDVHC", code),)),),
    )
    return CapMessage(f"w-{number}", SENDER, at, Status.ACTUAL, MsgType.ALERT, CapScope.PUBLIC, infos=(info,))
