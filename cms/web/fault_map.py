"""The map of what is wrong: devices with an open fault, or those of one incident, where they stand."""

from __future__ import annotations

from flask import Response, request

from cms.store.queries.fault_map import faulty_posts
from cms.web import circles, visit
from cms.web.faults import seen_areas
from cms.web.visit import pages


@pages.get("/faults/map/clusters")
def fault_clusters() -> Response:
    """Circles for one zoom; of ``area`` and of ``incident`` where they are named. Red: it cannot speak."""
    areas = seen_areas(request.args.get("area", ""))
    with visit.context().uow.reading() as uow:
        found = faulty_posts(uow.session, areas, request.args.get("incident", "")[:40])
    return circles.circles(found, request.args.get("zoom", ""))
