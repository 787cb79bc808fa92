"""Devices not ready for an airing: by commune, and one by one with the remedy for each."""

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from cms.platform.web import messages, request_context
from cms.platform.web.request_context import pages
from cms.schedule.labels import after_air as after_air_labels
from cms.schedule.queries.airings import airings_of
from cms.schedule.queries.readiness import holds_by_area, not_ready
from cms.schedule.views import deliveries
from cms.schedule.views.dashboard import holds_of, where
from province.areas import AreaId
from province.people import Action

DEVICE_ROWS = 100


@pages.get("/bulletins/<bulletin_id>/not-ready")
def not_ready_list(bulletin_id: str) -> str | Response:
    """List them for the airing asked for, else the next one: of one commune, or every device if they are few."""
    tree, now = messages.tree(), request_context.context().now()
    request_context.require(Action.DELIVERY_READ, (), tree)
    mine = [area.id for area in tree if request_context.can(Action.DELIVERY_READ, area.id, tree)]
    areas = where(mine, tree)
    chosen, after = AreaId(request.args.get("area", "")), request.args.get("after", "")
    with request_context.context().uow.reading() as uow:
        bulletin = deliveries.readable(uow, bulletin_id)
        airings = airings_of(uow.session, bulletin.id, areas)
        airing = deliveries.chosen_of(airings, request.args.get("occurrence", ""), now)
        if airing is None:
            return redirect(url_for("web.delivery", bulletin_id=bulletin_id))
        by_area = holds_by_area(uow.session, airing.occurrence_id, areas)
        total = sum(holds.total() for holds in by_area.values())
        shown = [chosen] if chosen in by_area else areas
        is_listed = chosen in by_area or 0 < total <= DEVICE_ROWS
        page = not_ready(uow.session, airing.occurrence_id, shown, after=after, limit=DEVICE_ROWS)
    communes = [
        (area_id, messages.area_name(area_id), holds_of({area_id: holds})) for area_id, holds in by_area.items()
    ]
    return render_template(
        "schedule/not_ready.html",
        airing=airing,
        total=total,
        communes=sorted(communes, key=lambda row: (-by_area[row[0]].total(), row[1])),
        counts={area_id: holds.total() for area_id, holds in by_area.items()},
        chosen=chosen if chosen in by_area else "",
        page=page if is_listed else None,
        is_later=bool(after),
        words=after_air_labels,
        area_name=messages.area_name,
        wire_reason=messages.wire_reason,
    )
