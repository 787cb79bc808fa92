"""Timing of an alert: its steps are kept, measured once, shown as a trace, and exported to a collector."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from werkzeug import Request, Response

from broadcast.alerts.model import AlertKind
from broadcast.alerts.orders import Order, OrderReach, ReachState
from broadcast.alerts.timing import AlertTiming
from cms.alerts.messages.publisher import AlertPublisher
from cms.alerts.queries.timings import MEASURED, PUBLISHED, measure, order_of, timings, trace
from cms.alerts.repository.orders import Orders
from cms.alerts.service.expiry import expire_due
from cms.alerts.timing_job import TimingJob
from cms.audit.queries import events_of
from cms.fleet.repository.devices import Devices
from cms.platform.store.engine import reading
from cms.reports.repository.reports import note_presence
from cms.schedule.service import as_run
from devices.model import DeviceId
from devices.protocol.messages import AsRunRecord
from tests.integration.gateway.alarms import issued, online
from tests.integration.gateway.station import LOA_1, LOA_2, LOA_3, SHA, XA_1, Station
from tests.web_server import served

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


def published(station: Station, name: str = "order-1", **more: Any) -> Order:
    """Issue an order to three loudspeakers and have the gateway publish it 20 ms after the approval."""
    order = issued(station, name, expected=(LOA_1, LOA_2, LOA_3), **more)
    station.pass_by(milliseconds=20)
    AlertPublisher(station.context, station.link, station.alerts, partial(expire_due, station.context)).step()
    return order


def sounded(station: Station, order: Order, **after_ms: int) -> None:
    """Report that loudspeakers (by the end of their name) began to sound so long after the approval."""
    with station.context.uow() as unit:
        unit[Orders].report(
            replace(
                OrderReach(order.id, device_id, "", XA_1, ReachState.SOUNDING),
                started_at=order.issued_at + timedelta(milliseconds=ms),
            )
            for device_id in (LOA_1, LOA_2, LOA_3)
            for name, ms in after_ms.items()
            if device_id.replace("-", "_") == name
        )
        unit.commit()


def done(station: Station, order: Order, device_id: DeviceId, end_ms: int) -> None:
    """Keep the as-run record of a first round."""
    start = int(order.issued_at.timestamp() * 1000)
    record = AsRunRecord(
        rid="r1",
        item=order.id,
        sha256=SHA,
        planned_at=start,
        result="done",
        started_at=start,
        ended_at=start + end_ms,
        round=1,
    )
    with station.context.uow() as unit:
        as_run.record_alerts(unit, [(unit[Devices].get(device_id), order, record)], {}, station.now)
        unit.commit()


def kept(station: Station) -> list[tuple[AlertKind, AlertTiming]]:
    with reading(station.context.engine) as session:
        return [(kind, timing) for kind, _at, timing in timings(session)]


def test_an_order_is_measured_once_and_two_minutes_after_its_approval(station: Station) -> None:
    online(station, LOA_1, LOA_2)
    order = published(station)
    sounded(station, order, xa_1_l01=150, xa_1_l02=1_400)
    job = TimingJob(station.context)
    assert job.step() == 0
    station.pass_by(minutes=2)
    assert (job.step(), job.step()) == (1, 0)
    timing = AlertTiming(online=2, in_time=1, answered=2, sent_ms=20, first_ms=150, last_ms=1_400)
    assert kept(station) == [(AlertKind.LIVE, timing)]
    with reading(station.context.engine) as session:
        assert [each.name for each in events_of(session, order.id)] == [MEASURED, PUBLISHED]


def test_a_loudspeaker_counts_as_it_was_connected_at_the_approval(station: Station) -> None:
    online(station, LOA_2)
    at = station.now
    with station.context.uow() as unit:
        hour = timedelta(hours=1)
        note_presence(unit.session, [(LOA_1, at - 2 * hour, True), (LOA_1, at + hour, False)])
        note_presence(unit.session, [(LOA_2, at - hour, False), (LOA_2, at + hour, True)])
        unit.commit()
    order = published(station)
    sounded(station, order, xa_1_l02=90_000)
    with reading(station.context.engine) as session:
        found = measure(session, order)
    assert (found.online, found.answered, found.first_ms, found.last_ms) == (1, 0, None, None)


def test_what_need_not_sound_is_not_measured(station: Station) -> None:
    published(station, "order-1", is_silent=True)
    published(station, "order-2", is_minor=True)
    published(station, "order-3", kind=AlertKind.DRILL)
    station.pass_by(days=2)
    published(station, "order-4")
    station.pass_by(minutes=2)
    assert TimingJob(station.context).step() == 1
    assert [kind for kind, _timing in kept(station)] == [AlertKind.LIVE]


def test_a_device_with_a_slow_clock_sounded_at_once(station: Station) -> None:
    online(station, LOA_1)
    order = published(station)
    sounded(station, order, xa_1_l01=-300)
    with reading(station.context.engine) as session:
        assert measure(session, order).first_ms == 0


def test_a_trace_goes_from_the_approval_to_the_last_sample(station: Station) -> None:
    order = published(station)
    sounded(station, order, xa_1_l01=150, xa_1_l02=400, xa_2_l01=900)
    done(station, order, LOA_1, 41_000)
    done(station, order, LOA_3, 42_000)
    with reading(station.context.engine) as session:
        found = order_of(session, order.alert_id)
        assert found == order_of(session, order.id) == order
        assert order_of(session, "nowhere") is None
        spans = [
            (
                span.name,
                *((at - order.issued_at) // timedelta(milliseconds=1) for at in (span.start_at, span.end_at)),
                span.detail,
            )
            for span in trace(session, order)
        ]
    assert spans == [
        ("approve", 0, 0, ""),
        ("queue", 0, 20, ""),
        ("sign", 20, 20, ""),
        ("publish", 20, 20, ""),
        ("siren", 20, 150, f"first: {LOA_1}"),
        ("sound", 150, 41_000, f"first: {LOA_1}"),
        ("siren", 20, 400, f"median: {LOA_2}"),
        ("siren", 20, 900, f"99 %: {LOA_3}"),
        ("sound", 900, 42_000, f"99 %: {LOA_3}"),
        ("siren", 20, 900, f"last: {LOA_3}"),
        ("sound", 900, 42_000, f"last: {LOA_3}"),
        ("first round", 150, 42_000, "2 of 3"),
    ]


def test_a_trace_of_an_order_that_has_not_left_is_empty(station: Station) -> None:
    order = issued(station)
    with reading(station.context.engine) as session:
        assert list(trace(session, order)) == []


class Collector:
    """OTLP collector, as a WSGI application: keeps what it is sent, or refuses it."""

    def __init__(self) -> None:
        self.status = 200
        self.taken: list[ExportTraceServiceRequest] = []

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        if self.status == 200:
            self.taken.append(ExportTraceServiceRequest.FromString(Request(environ).get_data()))
        return Response(status=self.status)(environ, start)


def test_traces_are_exported_under_ids_of_the_order_and_again_after_a_refusal(station: Station) -> None:
    order = published(station)
    sounded(station, order, xa_1_l01=150)
    station.pass_by(minutes=2)
    collector = Collector()
    with served(collector) as port:
        settings = station.context.settings.model_copy(update={"otlp_endpoint": f"http://127.0.0.1:{port}/v1/traces"})
        job = TimingJob(replace(station.context, settings=settings))
        collector.status = 400
        assert job.step() == 1
        assert collector.taken == []
        collector.status = 200
        job.step()
        job.step()
        (request,) = collector.taken
    (resource,) = request.resource_spans
    spans = [span for scope in resource.scope_spans for span in scope.spans]
    assert [span.name for span in spans[:4]] == ["alert", "approve", "queue", "sign"]
    assert {span.trace_id for span in spans} == {spans[0].trace_id}
    assert {span.parent_span_id for span in spans[1:]} == {spans[0].span_id}
    assert len({span.span_id for span in spans}) == len(spans)
    assert spans[0].end_time_unix_nano - spans[0].start_time_unix_nano == 150_000_000


def test_without_the_library_traces_wait_and_a_measurement_does_not(
    station: Station, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    published(station)
    station.pass_by(minutes=2)
    settings = station.context.settings.model_copy(update={"otlp_endpoint": "http://127.0.0.1:1"})
    assert TimingJob(replace(station.context, settings=settings)).step() == 1
    assert "requirements/otlp.txt is not installed" in caplog.text
