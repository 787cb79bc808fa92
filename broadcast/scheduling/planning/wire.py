"""Wire form of a day's plan: the content that a manifest's hash names, as devices fetch it."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from broadcast.bulletins.model import Rendition
from broadcast.bulletins.transmissions import DayPlan, PlanEntry
from broadcast.relays.model import Relayable, fetched_urls
from devices.protocol.codec import VERSION, encode
from devices.protocol.messages import Audio, Plan, PlanExtra, PlanItem, Relay


@dataclass(frozen=True, slots=True)
class WirePlan:
    """The bytes of a plan and their SHA-256 (lower-case hex)."""

    data: bytes
    sha256: str


def epoch_ms(at: datetime) -> int:
    """Return integer milliseconds UTC, the wire's only time."""
    return round(at.timestamp() * 1000)


def wire_plan(plan: DayPlan, repeater_url: str = "") -> Plan:
    """Return the plan as devices get it: items without reasons. ``repeater_url``: see ``fetched_urls``."""
    return Plan(
        v=VERSION,
        area=plan.area_id,
        day=plan.on.isoformat(),
        items=[_item(entry, repeater_url) for entry in plan.entries],
        extras=[PlanExtra(item=_item(made.entry, repeater_url), devices=list(made.devices)) for made in plan.made_good],
    )


def plan_bytes(plan: DayPlan, repeater_url: str = "") -> WirePlan:
    """Encode the plan; equal plans have equal bytes.

    Raises:
        devices.protocol.errors.OversizeError: more items than a day's plan may hold.
    """
    data = encode(wire_plan(plan, repeater_url))
    return WirePlan(data, hashlib.sha256(data).hexdigest())


def _item(entry: PlanEntry, repeater_url: str) -> PlanItem:
    frame = entry.frame
    return PlanItem(
        item=entry.occurrence_id,
        start_at=epoch_ms(entry.start_at),
        end_at=epoch_ms(entry.end_at),
        prio=entry.prio,
        audio=_audio(entry.rendition),
        after=entry.after,
        title=entry.title,
        opening=None if frame is None or frame.opening is None else _audio(frame.opening),
        closing=None if frame is None or frame.closing is None else _audio(frame.closing),
        skip_ms=0 if frame is None else frame.skip_ms,
        relay=None if entry.relay is None else _relay(entry.relay, repeater_url),
    )


def _relay(relay: Relayable, repeater_url: str) -> Relay:
    urls = list(fetched_urls(relay, repeater_url))
    return Relay(source=relay.source_id, form=relay.form, urls=urls, name=relay.name)


def _audio(rendition: Rendition) -> Audio:
    return Audio(sha256=rendition.sha256, bytes=rendition.bytes, dur_ms=rendition.duration_ms)
