"""Readings of gauges, which send them themselves, and the list of gauges for other systems."""

from datetime import datetime

from flask import Response, request
from pydantic import Field
from werkzeug.exceptions import RequestEntityTooLarge, TooManyRequests, Unauthorized

from broadcast.alerts.hazard_rules import AlertLevel
from broadcast.gauges.model import Gauge, GaugeReading, GaugeRise, GaugeTrouble, ReadingVerdict
from cms.gauges.repository import Gauges, GaugeStates
from cms.gauges.service.intake import READINGS_MOST, GaugeIntake, TooManyReadingsError
from cms.platform.api import caller
from cms.platform.api.caller import routes
from cms.platform.api.responses import Lines, answer
from cms.platform.api.strict import Instant, Output, Strict, fields_of
from province.people import Action

BODY_MOST = 64 * 1024


class ReadingBody(Strict):
    """Value at an instant, in the unit that the gauge was registered with."""

    at: Instant
    value: float = Field(ge=-1e6, le=1e6, allow_inf_nan=False)


class ReadingsBody(Strict):
    """Readings in any order: of now, and those that could not be sent before."""

    readings: list[ReadingBody] = Field(min_length=1, max_length=READINGS_MOST)


class JudgedReadingOut(Output):
    at: datetime
    verdict: ReadingVerdict


class ReadingsOut(Output):
    """Verdict of each reading, in the order of the request, and the levels that the water has risen to by them."""

    gauge: str
    readings: list[JudgedReadingOut]
    levels: list[AlertLevel]


@routes.post(
    "/gauges/readings",
    summary="Leave readings of a gauge, with the secret of the gauge",
    responses={200: ReadingsOut},
)
@caller.own_secret
def leave_readings(body: ReadingsBody) -> Response:
    """Naturally idempotent: a reading that is known already is a duplicate, and changes nothing.

    A reading is stored when the answer comes; else send it again, with the next ones. An answer 429 says how long to
    wait.
    """
    if (request.content_length or 0) > BODY_MOST:
        raise RequestEntityTooLarge(f"a request has at most {BODY_MOST} bytes")
    context = caller.context()
    intake = GaugeIntake(context.uow, context.voices, context.now, context.new_id)
    gauge = intake.gauge_of(caller.bearer_secret())
    if gauge is None:
        raise Unauthorized("send Authorization: Bearer with the secret of a gauge")
    readings = [GaugeReading(each.at.replace(microsecond=0), each.value) for each in body.readings]
    try:
        taken = intake.take(gauge.id, readings)
    except TooManyReadingsError as error:
        raise TooManyRequests("send less often", retry_after=error.wait_s) from error
    judged = [
        JudgedReadingOut(at=reading.at, verdict=verdict)
        for reading, verdict in zip(readings, taken.verdicts, strict=True)
    ]
    return answer(ReadingsOut(gauge=taken.gauge.name, readings=judged, levels=_levels(taken.rises)))


@fields_of(Gauge, hidden=("secret_hash", "added_by", "added_by_name", "version", "retired_at"))
class GaugeOut(Output):
    """Gauge with its last good reading and its trouble, if it has one."""

    last_at: datetime | None
    last_value: float | None
    trouble: GaugeTrouble | None


@routes.get("/gauges", summary="Gauges of rain and water, with their last values", responses={200: Lines[GaugeOut]})
def gauges() -> Response:
    with caller.reading(Action.ALERT_READ) as (uow, _tree):
        states = {each.gauge_id: each for each in uow[GaugeStates].all()}
        found = []
        for each in uow[Gauges].all():
            state = states.get(each.id)
            last = None if state is None else state.last
            told = {"last_at": last and last.at, "last_value": last and last.value}
            found.append(GaugeOut.of(each, **told, trouble=state and state.trouble))
    return answer(Lines[GaugeOut](items=found))


def _levels(rises: tuple[GaugeRise, ...]) -> list[AlertLevel]:
    return [each.level for each in rises]
