"""Device screens: the list with its filter, the map, and the page of each device with its telemetry."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import get_locale
from sqlalchemy.orm import Session

from broadcast.bulletins.deliveries import AsRun
from cms.alerts.queries.order_moment import sounding_on
from cms.fleet.labels import devices as device_labels
from cms.fleet.queries.devices import (
    DeviceFilter,
    DeviceHistory,
    as_runs_within,
    firmware_spread,
    found_devices,
    past_of,
    posts,
)
from cms.fleet.repository.devices import Devices, SavedFilters
from cms.fleet.service import filters
from cms.fleet.service.filters import DeviceListQuery, asked_of
from cms.fleet.views import device_map as map_views
from cms.fleet.views.device_state import COMMANDS_SHOWN, standing_of
from cms.health import labels as fault_labels
from cms.health.queries.faults import faults_within
from cms.health.queries.telemetry import Chart, ChartSpan, Grain, chart, latest
from cms.health.service.speak_labels import labels
from cms.health.views.faults import seen_areas
from cms.platform.store.uow import UnitOfWork
from cms.platform.web import area_picker, messages, request_context
from cms.platform.web.forms import Answer, confirmed, redisplay
from cms.platform.web.languages import _
from cms.platform.web.request_context import call, new_unit, pages
from devices.health.faults import Fault
from devices.health.speak_label import CanSpeak
from devices.model import Device, DeviceId, DeviceKind
from province.errors import NotFoundError, Problem
from province.people import Action

ROWS: Final = 100
MARKS: Final = 200
"""Marks of either kind in the charts of a device: more could not be told apart."""
STALE_AFTER: Final = timedelta(minutes=15)
"""Three of the usual intervals; older telemetry is not shown as the present state."""


@dataclass(frozen=True)
class HistoryEntry:
    """One entry of a device's history."""

    at: datetime
    words: str
    tone: str = ""


@dataclass(frozen=True)
class ChartMark:
    """Fault, or airing, drawn into the charts. ``kind``: fault, or the result of the airing."""

    start_at: datetime
    end_at: datetime
    words: str
    kind: str


@pages.get("/devices")
def devices() -> str:
    return list_page(asked_of(request.args), request.args.get("after", ""))


def list_page(asked: DeviceListQuery, after: str = "", name: str = "", problems: Sequence[Problem] = ()) -> str:
    """Render the list. ``name``: of a filter that could not be saved, with its problems."""
    wanted = _wanted(asked)
    with request_context.session() as session:
        page = found_devices(session, wanted, after=after, limit=ROWS)
        spread = firmware_spread(session, wanted.areas)
        shown = [line.device.id for line in page.rows]
        snapshots, can_speak = latest(session, shown), labels(session, shown)
        kept = SavedFilters(session).of(request_context.actor().user_id)
        sounding = sounding_on(session, shown, request_context.context().now())
    return render_template(
        "fleet/devices.html",
        asked=asked,
        page=page,
        kept=kept,
        is_kept=asked.query in {each.query for each in kept},
        name=name,
        problems=messages.by_field(problems),
        snapshots=snapshots,
        sounding=sounding,
        labels=can_speak,
        firmware=[firmware for firmware, _devices in spread],
        areas=area_picker.choices(Action.DEVICE_READ),
    )


@pages.get("/devices/map")
def device_map() -> str:
    """Render the map of the devices in the filtered list."""
    asked = asked_of(request.args)
    with request_context.session() as session:
        found = posts(session, _wanted(asked))
        # Asked of all: few sound at most moments, and to name twelve thousand devices takes longer.
        sounding = sounding_on(session, None, request_context.context().now())
    bounds = map_views.bounds([each.point for each in found])
    return render_template(
        "fleet/device_map.html",
        asked=asked,
        count=len(found),
        sounding=sum(each.device_id in sounding for each in found),
        bounds=bounds,
    )


@pages.get("/devices/map/clusters")
def device_clusters() -> Response:
    """Return the clusters for one zoom, with how many of the devices cannot be heard."""
    wanted = _wanted(asked_of(request.args))
    with request_context.session() as session:
        return map_views.circles(posts(session, wanted), request.args.get("zoom", ""))


@pages.get("/devices/<device_id>")
def device(device_id: str) -> str:
    now = request_context.context().now()
    span = ChartSpan(request.args.get("span", "")) if request.args.get("span") in set(ChartSpan) else ChartSpan.DAY
    with request_context.context().uow.reading() as uow:
        found = _seen(uow, device_id)
        standing = standing_of(uow, found, now)
        drawn = chart(uow.session, found.id, span, int(now.timestamp() * 1000))
        past = past_of(uow.session, found.id)
        marks = _marks(uow.session, found.id, now - timedelta(milliseconds=span.ms), now)
        sounding = sounding_on(uow.session, [found.id], now)
    return render_template(
        "fleet/device.html",
        device=found,
        standing=standing,
        sounding=sounding,
        rows_most=COMMANDS_SHOWN,
        status=standing.status,
        snapshot=standing.snapshot,
        is_stale=standing.snapshot is not None and now - standing.snapshot.at > STALE_AFTER,
        span=span,
        spans=list(ChartSpan),
        chart=drawn,
        plots=_plots(drawn, marks),
        marks=marks,
        past=_told(past),
    )


def _wanted(asked: DeviceListQuery) -> DeviceFilter:
    """Return the filter of the query, limited to areas that the user may see."""
    areas = seen_areas(asked.area)
    kind = DeviceKind(asked.kind) if asked.kind in set(DeviceKind) else None
    is_online = {"on": True, "off": False}.get(asked.link)
    can_speak = CanSpeak(asked.speaks) if asked.speaks in set(CanSpeak) else None
    return DeviceFilter(areas, asked.words, kind, is_online, asked.firmware, can_speak)


def _seen(uow: UnitOfWork, device_id: str) -> Device:
    """Return the device. Raises NotFoundError, also if it stands outside the user's areas."""
    tree = messages.tree_for(Action.DEVICE_READ, uow)
    found = uow[Devices].get(DeviceId(device_id))
    if not request_context.can(Action.DEVICE_READ, found.area_id, tree):
        raise NotFoundError("device", device_id)
    return found


def _marks(session: Session, device_id: DeviceId, since: datetime, now: datetime) -> Sequence[ChartMark]:
    """Return the faults of a chart's time, and what the device sounded or missed in it; the earliest first."""
    faults = [
        ChartMark(max(each.since_at, since), each.clear_at or each.closed_at or now, _fault_words(each), "fault")
        for each in faults_within(session, device_id, since, MARKS)
    ]
    runs = [
        ChartMark(
            run.started_at or run.planned_at, run.ended_at or run.started_at or run.planned_at, said.words, run.result
        )
        for run in as_runs_within(session, device_id, since, now, MARKS)
        for said in (_sounded(run),)
    ]
    return sorted([*faults, *runs], key=lambda each: each.start_at)


def _fault_words(fault: Fault) -> str:
    return ": ".join(filter(None, (str(fault_labels.FAULT[fault.kind]), fault_labels.figure(fault))))


def _plots(drawn: Chart, marks: Sequence[ChartMark]) -> str:
    """Return the plots for the page's script, as JSON."""
    return json.dumps(
        {
            "marks": [(each.start_at.timestamp(), each.end_at.timestamp(), each.words, each.kind) for each in marks],
            "times": [at_ms / 1000 for at_ms in drawn.times_ms],
            "language": str(get_locale()),
            "plots": {
                name: {
                    "label": str(label),
                    "unit": unit,
                    "mean": drawn.figures[name].mean,
                    **(
                        {"least": drawn.figures[name].least, "most": drawn.figures[name].most}
                        if drawn.grain is not Grain.RECORD
                        else {}
                    ),
                }
                for name, label, unit in device_labels.plotted(drawn.figures)
            },
        }
    )


def _told(past: DeviceHistory) -> Sequence[HistoryEntry]:
    """Merge the history into one list, newest first."""
    found = [
        *(
            HistoryEntry(each.at, _("Came online"), "good")
            if each.is_online
            else HistoryEntry(each.at, _("Disconnected"), "bad")
            for each in past.presence
        ),
        *map(_sounded, past.as_runs),
        *(HistoryEntry(event.at, device_labels.event(event)) for event in past.events),
    ]
    return sorted(found, key=lambda each: each.at, reverse=True)


_TONE: Final = {"done": "good", "cut": "wait", "missed": "bad"}


def _sounded(run: AsRun) -> HistoryEntry:
    named = {"done": _("Played"), "cut": _("Cut"), "missed": _("Not played")}
    words = f"{named.get(run.result, run.result)}: {run.title}"
    if run.round:
        words = _("%(said)s (alert, round %(n)s)", said=words, n=run.round)
    return HistoryEntry(run.started_at or run.planned_at, words, _TONE.get(run.result, ""))


@pages.post("/devices/filters")
def keep_filter() -> Answer:
    request_context.require(Action.DEVICE_READ, (), messages.tree())
    asked, name = asked_of(request.form), request.form.get("name", "").strip()
    with redisplay(list_page, asked, name=name):
        filters.keep(new_unit(), name, asked, call=call())
    flash(_("The filter “%(name)s” is kept.", name=name), "good")
    return redirect(f"{url_for('web.devices')}?{asked.query}")


@pages.post("/devices/filters/<filter_id>/delete")
def drop_filter(filter_id: str) -> Answer:
    request_context.require(Action.DEVICE_READ, (), messages.tree())
    filters.drop(new_unit(), filter_id, actor=request_context.actor())
    return confirmed(_("The filter is deleted."), "web.devices")
