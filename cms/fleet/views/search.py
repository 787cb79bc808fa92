"""Devices in the search of the console."""

from collections.abc import Sequence

from flask import url_for

from cms.fleet.queries.devices import DeviceFilter, found_devices
from cms.health.views.faults import seen_areas
from cms.platform.web import messages, request_context
from cms.platform.web.search import HITS, SearchHit
from province.people import Action


def found_in_fleet(words: str) -> Sequence[SearchHit]:
    """Find devices that the user may see, by name, id or serial number."""
    if not request_context.can_anywhere(Action.DEVICE_READ):
        return []
    with request_context.session() as session:
        rows = found_devices(session, DeviceFilter(areas=seen_areas(), words=words), limit=HITS).rows
    return [
        SearchHit(
            line.device.name,
            url_for("web.device", device_id=line.device.id),
            f"{line.device.id} · {messages.area_name(line.device.area_id)}",
        )
        for line in rows
    ]
