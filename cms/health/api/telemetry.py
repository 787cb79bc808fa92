"""Telemetry of a device: latest values and history."""

import msgspec
from flask import Response, jsonify
from pydantic import AwareDatetime, BaseModel, Field

from cms.areas.api.areas import DevicePath
from cms.fleet.repository.devices import Devices
from cms.health.queries.telemetry import ChartSpan, Figure, Grain, chart, latest
from cms.platform.api import caller
from cms.platform.api.caller import routes
from cms.platform.api.problems import plain
from cms.platform.api.strict import Output, fields_of
from devices.model import DeviceId
from devices.protocol.telemetry import UNITS
from devices.telemetry import TelemetrySnapshot
from province.people import Action
from province.wall_clock import instant_of


class TelemetryQuery(BaseModel):
    span: ChartSpan = Field(
        default=ChartSpan.DAY,
        description="How far back: records of an hour or a day, hours of a week or a month, days of a year",
    )


@fields_of(Figure)
class FigureOut(Output):
    unit: str


class TelemetryOut(BaseModel):
    """``times_ms`` are ms UTC; where nothing was heard for long an instant stands with no figure."""

    device_id: str
    heard_at: AwareDatetime | None
    latest: dict[str, object] | None = Field(description="The newest record, fields as in the protocol")
    grain: Grain = Field(description="What one instant tells of; hours and days stand at their beginning")
    times_ms: list[int]
    figures: dict[str, FigureOut]


@routes.get("/devices/<device_id>/telemetry", summary="How a device was by its own word", responses={200: TelemetryOut})
def get_telemetry(path: DevicePath, query: TelemetryQuery) -> Response:
    context = caller.context()
    with caller.reading(Action.DEVICE_READ) as (uow, tree):
        device = uow[Devices].get(DeviceId(path.device_id))
        caller.seen(device, Action.DEVICE_READ, tree, "device", path.device_id)
        snapshot = latest(uow.session, [device.id]).get(device.id)
        drawn = chart(uow.session, device.id, query.span, int(context.now().timestamp() * 1000))
    figures = {
        name: {"unit": UNITS[name], "mean": each.mean, "least": each.least, "most": each.most}
        for name, each in drawn.figures.items()
    }
    return jsonify(
        device_id=device.id,
        heard_at=None if snapshot is None else snapshot.heard_at.isoformat(),
        latest=None if snapshot is None else _newest(snapshot),
        grain=drawn.grain,
        times_ms=drawn.times_ms,
        figures=figures,
    )


def _newest(snapshot: TelemetrySnapshot) -> dict[str, object]:
    tested_at = None if snapshot.self_test_at is None else instant_of(snapshot.self_test_at)
    told = msgspec.structs.asdict(snapshot) | {"at": snapshot.at, "self_test_at": tested_at}
    return {name: plain(value) for name, value in told.items() if name not in {"v", "ts"}}
