"""Proof of airings: delivery of each airing to each device, as-run records, and explanations."""

from datetime import UTC, datetime
from typing import Any

from flask import Response, jsonify
from pydantic import AwareDatetime, BaseModel, Field

from broadcast.bulletins.deliveries import AsRun
from broadcast.bulletins.model import Bulletin, BulletinId
from broadcast.relays.model import RelayRun
from cms.alerts.queries.ladder import DeliveryRung, as_runs_of_transmissions, ladder
from cms.boards.queries import BoardLine, boards_of
from cms.bulletins.api.bulletins import BulletinPath
from cms.bulletins.repository.bulletins import Bulletins, Transmissions
from cms.platform.api import caller
from cms.platform.api.caller import routes
from cms.platform.api.problems import plain
from cms.platform.api.responses import Lines, Paged
from cms.platform.api.strict import Output, PageQuery, fields_of
from cms.platform.store.uow import UnitOfWork
from cms.schedule.queries.airings import airings_of
from cms.schedule.queries.why import Why
from cms.schedule.queries.why import why as ask
from devices.model import DeviceId
from province.areas import AreaTree
from province.errors import NotFoundError
from province.people import Action
from province.policy import may, visible_areas


@fields_of(DeliveryRung)
class DeliveryLine(Output):
    occurrence_id: str
    start_at: datetime


@fields_of(AsRun)
class AsRunLine(Output):
    skew_ms: float | None
    relayed: RelayRun | None = None
    round: int = Field(0, description="Of an alert: which round of its schedule; 0: of a bulletin")


@fields_of(Why)
class WhyOut(Output):
    device: dict[str, Any]
    status: dict[str, Any] | None
    played: dict[str, Any] | None
    standing: dict[str, Any] | None
    lost: list[dict[str, Any]]
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    heard: list[dict[str, Any]]
    missed: dict[str, Any] | None
    alerts: list[dict[str, Any]]


class DeliveryQuery(PageQuery):
    occurrence: str = Field(default="", max_length=80, description="Only this airing")


class WhyQuery(BaseModel):
    device: str = Field(max_length=80)
    at: AwareDatetime | None = Field(default=None, description="Now, where it is left out")


@routes.get(
    "/bulletins/<bulletin_id>/deliveries",
    summary="Every airing on every device, by time and device",
    responses={200: Paged[DeliveryLine]},
)
def list_deliveries(path: BulletinPath, query: DeliveryQuery) -> Response:
    from_occurrence, _, from_device = query.cursor.partition("~")
    items: list[dict[str, object]] = []
    with caller.reading(Action.DELIVERY_READ) as (uow, tree):
        found = _seen(uow, path.bulletin_id, tree)
        mine = caller.areas_where(Action.DELIVERY_READ, tree)
        airings = [a for a in airings_of(uow.session, found.id, mine) if query.occurrence in {"", a.occurrence_id}]
        reached = next((place for place, a in enumerate(airings) if a.occurrence_id == from_occurrence), 0)
        cursor = ""
        for airing in airings[reached:]:
            room = query.limit - len(items)
            if room == 0:
                cursor = f"{airing.occurrence_id}~"
                break
            after = from_device if airing.occurrence_id == from_occurrence else ""
            page = ladder(uow.session, airing.occurrence_id, areas=mine, after=after, limit=room)
            items += [
                {**plain(rung), "occurrence_id": airing.occurrence_id, "start_at": airing.start_at.isoformat()}
                for rung in page.rows
            ]
            if page.next_cursor:
                cursor = f"{airing.occurrence_id}~{page.next_cursor}"
                break
    return jsonify(items=items, next=cursor)


@routes.get(
    "/bulletins/<bulletin_id>/boards",
    summary="How far its text got on electronic boards",
    responses={200: Lines[BoardLine]},
)
def list_boards(path: BulletinPath) -> Response:
    with caller.reading(Action.DELIVERY_READ) as (uow, tree):
        found = _seen(uow, path.bulletin_id, tree)
        lines = boards_of(uow, found.id, caller.areas_where(Action.DELIVERY_READ, tree))
    return jsonify(items=[plain(line) for line in lines])


@routes.get(
    "/bulletins/<bulletin_id>/as-runs", summary="What devices recorded of it", responses={200: Paged[AsRunLine]}
)
def list_as_runs(path: BulletinPath, query: PageQuery) -> Response:
    with caller.reading(Action.DELIVERY_READ) as (uow, tree):
        found = _seen(uow, path.bulletin_id, tree)
        page = as_runs_of_transmissions(
            uow.session,
            [transmission.id for transmission in uow[Transmissions].of_bulletin(found.id)],
            caller.areas_where(Action.DELIVERY_READ, tree),
            after=query.cursor,
            limit=query.limit,
        )
    return jsonify(items=[{**plain(run), "skew_ms": run.skew_ms} for run in page.rows], next=page.next_cursor)


@routes.get(
    "/why", summary="Which rule won on a device at an instant, and how far delivery got", responses={200: WhyOut}
)
def why(query: WhyQuery) -> Response:
    at = (query.at or caller.context().now()).astimezone(UTC)
    with caller.reading(Action.DELIVERY_READ) as (uow, tree):
        found = ask(uow, DeviceId(query.device), at)
    if not may(caller.actor(), Action.DELIVERY_READ, found.area_id, tree):
        raise NotFoundError("device", query.device)
    return jsonify({**plain(found), "on": found.on.isoformat()})


def _seen(uow: UnitOfWork, bulletin_id: str, tree: AreaTree) -> Bulletin:
    """Return the bulletin for readers of deliveries in one of its areas, technicians too, who read no drafts.

    Raises NotFoundError.
    """
    found = uow[Bulletins].get(BulletinId(bulletin_id))
    if visible_areas(caller.actor(), Action.DELIVERY_READ, tree).isdisjoint(found.targets.areas):
        raise NotFoundError("bulletin", bulletin_id)
    return found
