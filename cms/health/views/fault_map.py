"""Map of faults: devices with an open fault, or those of one incident."""

from flask import Response, request

from cms.alerts.forms import circles
from cms.health.queries.fault_map import faulty_devices_of
from cms.health.views.faults import seen_areas
from cms.platform.web import request_context
from cms.platform.web.request_context import pages


@pages.get("/faults/map/clusters")
def fault_clusters() -> Response:
    """Return clusters for one zoom; of ``area`` and ``incident`` if given. Red: the device cannot speak."""
    areas = seen_areas(request.args.get("area", ""))
    with request_context.context().uow.reading() as uow:
        found = faulty_devices_of(uow.session, areas, request.args.get("incident", "")[:40])
    return circles.circles(found, request.args.get("zoom", ""))
