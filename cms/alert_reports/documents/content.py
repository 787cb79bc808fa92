"""Content of an alert's report as JSON: every round, loudspeaker, microphone and act, and the figures of all.

Field names are part of the format: other systems read them. The same facts give the same bytes.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any, Final

from broadcast.alerts.drills import DrillFigures
from broadcast.alerts.warned import WarnedFigures
from cms.alert_reports.model import ReportSummary
from cms.alert_reports.queries.accounts import AlertAccount, DeviceAccount
from province.areas import AreaId, AreaTree

FORMAT: Final = "loa-alert-report 1"
Body = dict[str, Any]
_PUBLIC: Final = ("format", "version", "as_of", "alert", "figures", "forecast", "hearing_m", "rounds", "areas")


def content_of(account: AlertAccount, *, version: int, as_of: datetime, previous: Body | None) -> Body:
    """Build the content. ``previous``: that of the version before, with which it is compared."""
    devices = [_device(each, account.tree) for each in account.devices]
    body: Body = {
        "format": FORMAT,
        "version": version,
        "as_of": _at(as_of),
        "alert": _alert(account),
        "figures": _figures(account.figures),
        "forecast": _figures(account.forecast),
        "hearing_m": account.hearing_m,
        "places_without_outline": account.without_outline,
        "rounds": [
            {"round": each.number, "due_at": _at(each.due_at), "done": each.done, "cut": each.cut}
            for each in account.rounds
        ],
        "areas": _areas(account),
        "events": [
            {"at": _at(each.at), "event": each.name, "by": each.by, "by_name": each.by_name, "detail": each.detail}
            for each in account.events
        ],
        "stops": [
            {"at": _at(each.at), "by": each.by, "by_name": each.by_name, "areas": each.areas, "reason": each.reason}
            for each in account.stops
        ],
        "calls": [
            {
                "at": _at(each.at),
                "area_id": each.area_id,
                "area": _name(each.area_id, account.tree),
                "outcome": each.outcome,
                "by": each.by,
                "by_name": each.by_name,
            }
            for each in account.calls
        ],
        "last_drill": _last_drill(account),
        "devices": devices,
    }
    return body | {"changes": None if previous is None else changes_since(previous, body)}


def encoded(body: Body) -> bytes:
    return json.dumps(body, ensure_ascii=False, indent=1).encode() + b"\n"


def public_content(body: Body) -> Body:
    """Return what the public may read: no names of people, and no single loudspeakers."""
    return {name: body[name] for name in _PUBLIC}


def summary_of(body: Body) -> ReportSummary:
    """Return the main figures."""
    return ReportSummary(**{each.name: body["figures"][each.name] for each in fields(ReportSummary)})


def changes_since(old: Body, new: Body) -> Body:
    """Compare two versions: figures that differ, and the loudspeakers whose result does."""
    before = {each["id"]: each for each in old["devices"]}
    devices = [
        {"id": each["id"], "name": each["name"], "before": before[each["id"]]["missed"], "now": each["missed"]}
        if each["id"] in before
        else {"id": each["id"], "name": each["name"], "before": "unknown", "now": each["missed"]}
        for each in new["devices"]
        if each["id"] not in before or before[each["id"]]["missed"] != each["missed"]
    ]
    figures = {
        name: {"before": old["figures"].get(name), "now": value}
        for name, value in new["figures"].items()
        if old["figures"].get(name) != value
    }
    return {"since_version": old["version"], "figures": figures, "devices": devices}


def _alert(account: AlertAccount) -> Body:
    alert, order = account.alert, account.order
    return {
        "id": alert.id,
        "order_id": order.id,
        "kind": alert.kind,
        "is_silent": order.is_silent,
        "hazard": alert.hazard,
        "level": int(alert.level),
        "risk": None if alert.risk is None else int(alert.risk),
        "purpose": alert.purpose,
        "headline": alert.headline,
        "texts": {wording.language: wording.text for wording in alert.wordings},
        "facts": {name: value for name, value in asdict(alert.facts).items() if isinstance(value, str)},
        "areas": _named(alert.audience.targets.areas, account.tree),
        "exclude": _named(alert.audience.targets.exclude, account.tree),
        "rings": [ring.points for ring in alert.audience.rings],
        "discs": [asdict(disc) for disc in alert.audience.discs],
        "approved_at": _at(order.issued_at),
        "expires_at": _at(order.expires_at),
        "ended_at": _at(order.ended_at),
        "end_reason": order.end_reason,
    }


def _figures(figures: WarnedFigures) -> Body:
    coverage = figures.coverage
    return {
        "devices": figures.devices,
        "devices_warned": figures.warned,
        "devices_placed": figures.placed,
        "devices_missed": dict(figures.missed_devices),
        "people": figures.people,
        "people_warned": figures.people_warned,
        "people_missed": dict(figures.missed_people),
        "area_km2": None if coverage is None else round(coverage.area_m2 / 1e6, 3),
        "heard_share": None if coverage is None else round(coverage.share, 4),
        "undershoot_share": None if coverage is None else round(coverage.undershoot, 4),
        "overshoot_share": None if coverage is None else round(coverage.overshoot, 4),
        "delay_ms": None if figures.delays is None else asdict(figures.delays),
    }


def _areas(account: AlertAccount) -> list[Body]:
    by_area: dict[AreaId, list[DeviceAccount]] = {}
    for each in account.devices:
        by_area.setdefault(each.reach.area_id, []).append(each)
    return [
        {
            "id": area_id,
            "name": _name(area_id, account.tree),
            "devices": len(there),
            "devices_warned": sum(each.loudspeaker.missed is None for each in there),
            "devices_missed": Counter(each.loudspeaker.missed for each in there if each.loudspeaker.missed),
            "people": _people(there),
            "people_warned": _people(there, warned_only=True),
        }
        for area_id, there in sorted(by_area.items(), key=lambda pair: (_name(pair[0], account.tree), pair[0]))
    ]


def _people(devices: Sequence[DeviceAccount], *, warned_only: bool = False) -> int | None:
    """Add up the people near these; None where no number is known."""
    counted = [each.loudspeaker for each in devices if each.loudspeaker.people is not None]
    chosen = [each for each in counted if each.missed is None or not warned_only]
    return sum(each.people or 0 for each in chosen) if counted else None


def _device(account: DeviceAccount, tree: AreaTree) -> Body:
    reach, loudspeaker = account.reach, account.loudspeaker
    return {
        "id": reach.device_id,
        "name": reach.device_name,
        "area_id": reach.area_id,
        "area": _name(reach.area_id, tree),
        "lat": None if loudspeaker.point is None else loudspeaker.point.lat,
        "lon": None if loudspeaker.point is None else loudspeaker.point.lon,
        "hearing_m": loudspeaker.hearing_m,
        "people": loudspeaker.people,
        "missed": loudspeaker.missed,
        "state": reach.state,
        "code": reach.code,
        "sent": reach.sent,
        "started_at": _at(reach.started_at),
        "ended_at": _at(reach.ended_at),
        "silent_at": _at(reach.closed_at),
        "delay_ms": loudspeaker.delay_ms,
        "sound": account.verdict,
        "mic_db": reach.mic_db,
        "amp_ma": reach.amp_ma,
        "neighbours_db": reach.neighbours_db,
        "rounds": [
            {
                "round": run.round,
                "result": run.result,
                "reason": run.reason,
                "started_at": _at(run.started_at),
                "ended_at": _at(run.ended_at),
                "volume_pct": run.volume_pct,
            }
            for run in account.runs
        ],
    }


def _last_drill(account: AlertAccount) -> Body | None:
    """Return the comparison of a drill with the last one to the same places."""
    drill = account.drill
    if drill is None or drill.last is None or drill.last_order is None:
        return None
    return {
        "alert_id": drill.last_order.alert_id,
        "sent_at": _at(drill.last_order.issued_at),
        "now": _drill(drill.last.now),
        "before": _drill(drill.last.before),
        "newly_silent": [each.device_name for each in drill.last.newly_silent],
        "still_silent": [each.device_name for each in drill.last.still_silent],
        "recovered": list(drill.last.recovered),
    }


def _drill(figures: DrillFigures) -> Body:
    return {
        "devices": figures.whole.meant,
        "answered_pct": round(figures.whole.answered_pct, 1),
        "sounded_pct": round(figures.whole.sounded_pct, 1),
        "finished_pct": round(figures.whole.finished_pct, 1),
        "median_ms_to_sound": figures.median_ms_to_sound,
    }


def _named(areas: Sequence[AreaId], tree: AreaTree) -> list[Mapping[str, str]]:
    return [{"id": area_id, "name": _name(area_id, tree)} for area_id in areas]


def _name(area_id: AreaId, tree: AreaTree) -> str:
    return tree.get(area_id).name if area_id in tree else area_id


def _at(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
