"""Alerts at the loudspeaker: proposals, agreements and key holders, as two officers make them."""

from __future__ import annotations

from dataclasses import replace

from broadcast.alerts.hazard_rules import AlertLevel
from broadcast.alerts.hazards import Hazard
from broadcast.alerts.local_alerts import KeyHolder, LocalAlert, LocalAlertId
from broadcast.bulletins.model import Rendition, SoundState
from cms.alerts.repository.alerts import AlertPolicies
from cms.local_alerts.repository import KeyHolders, LocalAlerts, LocalIssues
from cms.local_alerts.service import agreement, holders, speech
from devices.model import DeviceId
from province.areas import AreaId
from province.call import Call
from tests.builders import bulletins
from tests.builders.alerts import OFFICER, SECOND
from tests.console import COMMUNE, Console

LOUDSPEAKER = DeviceId("bt-mui-ne-l01")


def call(console: Console, login: str) -> Call:
    """Return a call of the officer, who has just given a code."""
    return console.context.call(replace(console.actor(login), second_factor_at=console.clock()))


def allow(console: Console) -> None:
    """Let key holders raise alerts: the policy of the province."""
    with console.context.uow() as uow:
        policy = uow[AlertPolicies].get()
        uow[AlertPolicies].set(replace(policy, allows_local_alerts=True))
        uow.commit()


def proposed(console: Console, area_id: AreaId = COMMUNE) -> LocalAlert:
    """Propose an alert, as the second officer; older ones are withdrawn before a keypad has too many."""
    with console.context.uow() as uow:
        before = uow[LocalAlerts].standing()
    for each in before[:-4]:
        agreement.withdraw(console.context.uow(), each.id, call=call(console, SECOND))
    return agreement.propose(
        console.context.uow(),
        area_id=area_id,
        hazard=Hazard.FLASH_FLOOD,
        level=AlertLevel.TWO,
        headline="Mũi Né: lên chỗ cao ngay. Lũ quét.",
        text="Bà con lên chỗ cao ngay, không qua suối. Trưởng khu phố sẽ đến từng nhà.",
        minutes=30,
        call=call(console, SECOND),
    )


def agreed(console: Console) -> LocalAlert:
    """Propose an alert, and have the officer agree."""
    voices, made = console.context.voices, proposed(console)
    return agreement.approve(console.context.uow(), made.id, call=call(console, OFFICER), voices=voices)


def spoken(console: Console, local_id: LocalAlertId) -> None:
    """Finish its sounds, as a worker does."""
    with console.context.uow() as uow:
        local = uow[LocalAlerts].get(local_id)
    sha256 = console.context.content.put_bytes(bulletins.wav())
    renditions = (
        Rendition("alert-opus", sha256, 30_000, 12_000, "audio/ogg"),
        Rendition("browser-mp3", sha256, 90_000, 12_000, "audio/mpeg"),
    )
    for sound, is_again in ((local.sound, False), (local.again, True)):
        made = replace(sound, state=SoundState.READY, renditions=renditions)
        assert speech.finish(console.context.uow(), local_id, made, is_again=is_again, now=console.clock())


def key_holder(console: Console) -> KeyHolder:
    """Give somebody the key of a loudspeaker; the holder before is withdrawn."""
    with console.context.uow() as uow:
        before = uow[KeyHolders].standing()
    for each in before:
        holders.withdraw(console.context.uow(), each.id, call=call(console, SECOND))
    holder, _pin = holders.issue(
        console.context.uow(),
        person_name="Nguyễn Văn Bảy",
        phone="0912 345 678",
        device_ids=[LOUDSPEAKER],
        call=call(console, SECOND),
    )
    return holder


def held(console: Console) -> None:
    """Let the loudspeaker report that it holds what was issued."""
    with console.context.uow() as uow:
        issue = uow[LocalIssues].get(LOUDSPEAKER)
        told = replace(
            issue, held_number=issue.number, held_until_at=issue.valid_until_at, told_at=console.clock(), wrong_pins=1
        )
        uow[LocalIssues].put_all([told])
        uow.commit()


def screens(console: Console) -> dict[str, tuple[str, str]]:
    """Prepare what these screens show, and return the login and path of each, with zones and policy of alerts."""
    allow(console)
    waiting = proposed(console)
    agreed(console)
    holder = key_holder(console)
    held(console)
    return {
        "alert-policy": ("admin", "/alerts/policy"),
        "alert-zones": ("officer", "/alerts/zones"),
        "local-alerts": ("officer", "/alerts/local"),
        "local-alert-form": ("officer", "/alerts/local/new"),
        "local-alert": ("officer", f"/alerts/local/{waiting.id}"),
        "key-holders": ("officer", "/alerts/local/holders"),
        "key-holder-form": ("officer", "/alerts/local/holders/new?area=bt-mui-ne"),
        "key-holder": ("officer", f"/alerts/local/holders/{holder.id}"),
    }
