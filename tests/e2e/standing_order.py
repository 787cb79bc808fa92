"""Standing order of a running set: agreed to by its two officers, and a signed warning that is pushed to it."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Sequence
from dataclasses import replace
from datetime import time, timedelta
from typing import Any, Final

from bench.demo.run import await_true
from broadcast.alerts.cap.message import CapArea, NamedValue
from broadcast.alerts.hazard_rules import AlertLevel
from broadcast.alerts.hazards import Hazard
from broadcast.alerts.model import (
    Alert,
    AlertFacts,
    AlertId,
    AlertKind,
    AlertPolicy,
    Audience,
    CancelCause,
)
from broadcast.bulletins.model import SoundState, Targets
from broadcast.standing_orders.cap_warnings import sender_source
from broadcast.standing_orders.model import AlertStandingOrder, StandingBounds, WarningSeverity
from cms.accounts.repository import People
from cms.accounts.service.vault import secret_hash
from cms.alerts.repository.alerts import AlertPolicies, Alerts
from cms.alerts.service import ends
from cms.alerts.service.draft_fields import AlertDraft, WordingDraft
from cms.alerts.service.drafts import draft_alert
from cms.areas.repository import Places
from cms.exchange.model import CapSender
from cms.exchange.repository.exchange import CapSenders
from cms.platform.context import Context
from cms.standing_orders.service import orders
from province.areas import AreaId
from province.call import Call
from tests.unit.exchange.messages import SENDER, info, message, signer

SECRET: Final = "secret of the warning centre"
FIRST, SECOND = "truc-ban", "chi-huy"
_SPOKEN_WITHIN_S: Final = 60


def agreed(context: Context, areas: Sequence[AreaId]) -> AlertStandingOrder:
    """Register the sender, have the alert spoken by the worker, and let both officers agree."""
    now = context.now()
    with context.uow() as unit:
        unit[AlertPolicies].set(AlertPolicy(fires_standing_orders=True))
        pinned = CapSender(SENDER, "Trung tâm cảnh báo", signer().pem, (), (), secret_hash(SECRET), now)
        unit[CapSenders].put(pinned)
        unit.commit()
    wanted = AlertDraft(
        kind=AlertKind.LIVE,
        hazard=Hazard.FLASH_FLOOD,
        level=AlertLevel.ONE,
        headline="Lũ quét",
        audience=Audience(Targets(tuple(areas))),
        facts=AlertFacts(place="Ven suối", advice="Lên chỗ cao.", authority="UBND tỉnh"),
        wordings=(WordingDraft("vi", "Lũ quét đang về. Bà con lên chỗ cao ngay."),),
    )
    draft = draft_alert(context.uow(), draft=wanted, call=_call(context, FIRST), voices=context.voices)
    await_true(lambda: _is_spoken(_stored(context, draft.id)), _SPOKEN_WITHIN_S, "spoken")
    bounds = StandingBounds(
        sources=(sender_source(SENDER),),
        hazards=(Hazard.FLASH_FLOOD,),
        severity_min=WarningSeverity.SEVERE,
        valid_from_at=now,
        valid_until_at=now + timedelta(days=1),
        daily_from=time(),
        daily_until=time(),
        firings_max=1,
        rest_minutes=60,
        lasts_minutes=30,
    )
    proposed = orders.propose(
        context.uow(),
        draft.id,
        bounds=bounds,
        expected_version=_stored(context, draft.id).version,
        call=_call(context, FIRST),
        voices=context.voices,
    )
    return orders.agree(
        context.uow(),
        proposed.id,
        seen_sha256=orders.bounds_sha256(proposed),
        expected_version=proposed.version,
        call=_call(context, SECOND),
    )


def push(context: Context, url: str, areas: Sequence[AreaId]) -> dict[str, Any]:
    """Push a signed warning for these areas over HTTP; return the receipt."""
    now = context.now()
    with context.uow.reading() as unit:
        tree = unit[Places].tree()
    codes = tuple(NamedValue("VN:maDVHC", tree.get(each).codes["gso"]) for each in areas)
    told = message(sent=now, infos=(info(expires=now + timedelta(hours=1), areas=(CapArea("Vùng", geocodes=codes),)),))
    headers = {"Authorization": f"Bearer {SECRET}", "Content-Type": "application/cap+xml"}
    request = urllib.request.Request(f"{url}/api/v1/cap", signer().signed(told), headers, method="POST")
    with urllib.request.urlopen(request, timeout=30) as answer:
        receipt: dict[str, Any] = json.load(answer)
    return receipt


def cancel(context: Context, alert_id: AlertId) -> None:
    """Silence the alert, as an officer does."""
    call = _call(context, FIRST)
    ends.cancel(context.uow(), alert_id, reason="Thử", cause=CancelCause.MISTAKE, call=call, voices=context.voices)


def _stored(context: Context, alert_id: AlertId) -> Alert:
    with context.uow.reading() as unit:
        return unit[Alerts].get(alert_id)


def _is_spoken(alert: Alert) -> bool:
    sounds = [sound for wording in alert.wordings for sound in (wording.sound, wording.again)]
    return all(sound.state is SoundState.READY for sound in sounds)


def _call(context: Context, login: str) -> Call:
    with context.uow.reading() as unit:
        user = unit[People].by_login(login)
    assert user is not None
    return context.call(replace(user.actor, second_factor_at=context.now()))
