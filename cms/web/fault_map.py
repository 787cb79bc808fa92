"""Map of faults: devices with an open fault, or those of one incident."""

from __future__ import annotations

from flask import Response, request

from cms.store.queries.fault_map import faulty_posts
from cms.web import circles, request_context
from cms.web.faults import seen_areas
from cms.web.request_context import pages


@pages.get("/faults/map/clusters")
def fault_clusters() -> Response:
    """Return clusters for one zoom; of ``area`` and ``incident`` if given. Red: the device cannot speak."""
    areas = seen_areas(request.args.get("area", ""))
    with request_context.context().uow.reading() as uow:
        found = faulty_posts(uow.session, areas, request.args.get("incident", "")[:40])
    return circles.circles(found, request.args.get("zoom", ""))
