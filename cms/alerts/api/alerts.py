"""Alerts, for other systems: drafting and reading. Only people at the console send and end alerts."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from flask import Response, jsonify
from pydantic import BaseModel, Field

from broadcast.alerts.call_list import CallLine
from broadcast.alerts.miss_reasons import MissReason
from broadcast.alerts.model import Alert, AlertId, Audience, Ring
from broadcast.alerts.orders import Stop, StopId
from broadcast.bulletins.model import Targets
from broadcast.bulletins.targeting import reached
from cms.accounts.service.read_access import require_alert_readable
from cms.alerts.api.schemas import (
    AlertBody,
    AlertLineOut,
    AlertOut,
    AlertQuery,
    FindingsOut,
    ReachOut,
    StopBody,
    StopOut,
)
from cms.alerts.queries import alerts as queries
from cms.alerts.queries.order_moment import order_moment
from cms.alerts.queries.reaches import area_reaches
from cms.alerts.repository.alerts import Alerts
from cms.alerts.repository.orders import Orders
from cms.alerts.service import approval, drafts, ends, stop_orders
from cms.alerts.service.draft_fields import AlertDraft
from cms.areas.repository import Places
from cms.call_lists.queries import call_list
from cms.fleet.repository.devices import Devices
from cms.platform.api import caller, idempotency, versions
from cms.platform.api.caller import routes
from cms.platform.api.problems import plain
from cms.platform.api.responses import Paged, answer
from cms.platform.api.strict import ReasonBody
from cms.platform.store.uow import UnitOfWork
from province.areas import AreaId
from province.contacts import Contacts
from province.errors import InvalidError, Problem, TokenRefusedError
from province.people import Action
from province.policy import visible_areas

_OUT: dict[str | int | HTTPStatus, type[BaseModel] | dict[Any, Any] | None] = {200: AlertOut}


class AlertPath(BaseModel):
    alert_id: str = Field(max_length=80)


@routes.get("/alerts", summary="Alerts you may see, last changed first", responses={200: Paged[AlertLineOut]})
def list_alerts(query: AlertQuery) -> Response:
    with caller.reading(Action.ALERT_READ) as (uow, tree):
        page = queries.alert_list(
            uow.session,
            visible_areas(caller.actor(), Action.ALERT_READ, tree),
            caller.actor().user_id,
            queries.AlertFilter(kind=query.kind, status=query.status, is_open=query.is_open),
            after=query.cursor,
            limit=query.limit,
        )
    return jsonify(items=plain(page.rows), next=page.next_cursor)


@routes.post("/alerts", summary="Draft an alert; its speech is begun", responses={201: AlertOut})
def draft_alert(body: AlertBody) -> Response:
    context, draft = caller.context(), _draft_of(body)
    alert_id = AlertId(context.new_id())
    return idempotency.created(
        "alerts",
        lambda uow: drafts.draft_alert(uow, draft=draft, call=caller.call().with_id(alert_id), voices=context.voices),
        lambda uow: uow[Alerts].get(alert_id),
        idempotency.saying(AlertOut),
    )


@routes.get("/alerts/<alert_id>", summary="One alert", responses=_OUT)
def get_alert(path: AlertPath) -> Response:
    found = readable(path.alert_id)
    return answer(AlertOut.model_validate(found), version=found.version)


@routes.put("/alerts/<alert_id>", summary="Replace what a draft says; needs If-Match", responses=_OUT)
def replace_alert(path: AlertPath, body: AlertBody) -> Response:
    found, draft = readable(path.alert_id), _draft_of(body)
    version = versions.expected_version(found.version, is_required=True)
    return _changing(path, drafts.edit, draft=draft, expected_version=version, voices=caller.context().voices)


@routes.get("/alerts/<alert_id>/findings", summary="What stands in its way", responses={200: FindingsOut})
def get_findings(path: AlertPath) -> Response:
    context, found = caller.context(), readable(path.alert_id)
    told = drafts.findings_of(context.uow.reading(), found.id, voices=context.voices, now=context.now())
    return jsonify(problems=plain(told.problems), warnings=plain(told.warnings))


@routes.get("/alerts/<alert_id>/reach", summary="How far it got, and whom to call", responses={200: ReachOut})
def get_reach(path: AlertPath) -> Response:
    found, now = readable(path.alert_id), caller.context().now()
    with caller.context().uow.reading() as uow:
        mine = caller.areas_where(Action.ALERT_READ, uow[Places].tree())
        moment = order_moment(uow.session, found.order_id or "", now)
        areas = area_reaches(uow.session, found.order_id or "", moment, mine)
        lines = call_list(uow.session, uow[Orders].get(found.order_id), now, mine).lines if found.order_id else ()
        calls = [_call_line(line, uow[Places].contacts(line.area_id)) for line in lines]
    return jsonify(
        areas=[{**plain(area), "meant": area.meant, "answered": area.answered, "proved": area.heard} for area in areas],
        calls=calls,
        round=plain(moment) if found.order_id else None,
    )


def _call_line(line: CallLine, contacts: Contacts) -> dict[str, Any]:
    counts = {
        "silent": line.missed.get(MissReason.UNREACHABLE, 0),
        "refused": line.missed.get(MissReason.REFUSED, 0),
        "mute": line.missed.get(MissReason.MUTE, 0),
    }
    return {**plain(line), **counts, "contacts": plain(contacts)}


@routes.post("/alerts/<alert_id>/submit", summary="Refused: people hand it over", responses=_OUT)
def submit_alert(path: AlertPath) -> Response:
    """By a person at the console. Here so that a client is told why, as approve, cancel and all-clear are."""
    version = versions.expected_version(readable(path.alert_id).version)
    return _changing(path, drafts.submit, expected_version=version, voices=caller.context().voices)


@routes.post("/alerts/<alert_id>/approve", summary="Refused: no token has a second factor", responses=_OUT)
def approve_alert(path: AlertPath) -> Response:
    """Approved by a person at the console, with a one-time code. Here so that a client is told why."""
    context = caller.context()
    version = versions.expected_version(readable(path.alert_id).version)
    return _changing(path, approval.approve, expected_version=version, voices=context.voices)


@routes.post("/alerts/<alert_id>/cancel", summary="Refused: people take it back", responses=_OUT)
def cancel_alert(path: AlertPath, body: ReasonBody) -> Response:
    context = caller.context()
    return _changing(path, ends.cancel, reason=body.reason, voices=context.voices)


@routes.post("/alerts/<alert_id>/all-clear", summary="Refused: people say that it is over", responses=_OUT)
def send_all_clear(path: AlertPath) -> Response:
    """Send the prepared all-clear; after a cancel the correction. Only for a person at the console."""
    context = caller.context()
    return _changing(
        path,
        ends.all_clear,
        lambda uow: queries.follower(uow.session, AlertId(path.alert_id)),
        voices=context.voices,
    )


@routes.post("/stops", summary="Silence areas at once, but for alerts", responses={201: StopOut})
def stop_everything(body: StopBody) -> Response:
    """Without ``spares_alerts`` it is refused to whoever may cancel alerts there: no program ends one.

    A person's tokens stop ``LOA_TOKEN_STOP_DEVICES_MAX`` devices an hour.
    """
    context = caller.context()
    stop_id, areas = StopId(context.new_id()), [AreaId(area_id) for area_id in body.areas]

    def stop(uow: UnitOfWork) -> Stop:
        _require_few(uow, areas)
        return stop_orders.stop_everything(
            uow,
            areas=areas,
            reason=body.reason,
            hush_for=timedelta(minutes=body.hush_minutes),
            spares_alerts=body.spares_alerts,
            call=caller.call().with_id(stop_id),
        )

    return idempotency.once_said(HTTPStatus.CREATED, stop, lambda uow: uow[Orders].stop(stop_id), _stop_said)


def _require_few(uow: UnitOfWork, areas: Sequence[AreaId]) -> None:
    """Raise TokenRefusedError TOO_MANY if, with those of the last hour, too many devices would fall silent."""
    context, user_id = caller.context(), caller.actor().user_id
    with uow.looking() as seen:
        tree = seen[Places].tree()
        known = [area_id for area_id in areas if area_id in tree]
        there = reached(Targets(tree.roots_of(known)), tree, seen[Devices].planning_areas())
        earlier = queries.stopped_devices(seen.session, user_id, context.now() - timedelta(hours=1))
        if earlier + len(seen[Devices].in_areas(there)) > context.settings.token_stop_devices_max:
            raise TokenRefusedError(Action.SOUND_STOP, "TOO_MANY", tuple(areas))


def _changing(
    path: AlertPath,
    act: Callable[..., Alert],
    stored: Callable[[UnitOfWork], Alert] | None = None,
    **details: Any,
) -> Response:
    found = readable(path.alert_id)
    return idempotency.once_said(
        HTTPStatus.OK,
        lambda uow: act(uow, found.id, call=caller.call(), **details),
        stored or (lambda uow: uow[Alerts].get(found.id)),
        idempotency.saying(AlertOut),
    )


def readable(alert_id: str) -> Alert:
    """Return the alert. Raises NotFoundError if there is none, or none that the caller may read; NotAllowedError."""
    with caller.reading(Action.ALERT_READ) as (uow, tree):
        found = uow[Alerts].get(AlertId(alert_id))
        require_alert_readable(caller.actor(), found, tree)
        return found


def _stop_said(stop: Stop) -> idempotency.SubjectAnswer:
    return idempotency.SubjectAnswer(StopOut.model_validate(stop).model_dump_json(), '"1"')


def _draft_of(body: AlertBody) -> AlertDraft:
    missing = [
        Problem(f"wordings.{each.language}", "RECORDING_UNKNOWN")
        for each in body.wordings
        if each.recording_sha256 and not caller.context().content.has(each.recording_sha256)
    ]
    if missing:
        raise InvalidError(missing)
    rings = tuple(Ring(tuple(ring)) for ring in body.audience.rings)
    return body.build(AlertDraft, audience=body.audience.build(Audience, rings=rings))
