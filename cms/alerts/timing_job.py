"""Background job that keeps the timing of alerts two minutes after their approval, and exports their traces."""

import logging
from collections import deque
from datetime import datetime
from hashlib import sha256
from typing import Final

from broadcast.alerts.orders import Order
from cms.alerts.queries.timings import TraceSpan, measure, measured_event, trace, unmeasured
from cms.platform.context import Context
from cms.platform.store.engine import reading

log = logging.getLogger(__name__)

WAITING_MAX: Final = 1_000
EXPORT_S: Final = 5.0


class TimingJob:
    """Job of the scheduler. ``step`` measures the orders that are due; the event log keeps the figures."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._untold: deque[Order] = deque(maxlen=WAITING_MAX)
        """Orders whose trace the collector has not taken yet; a restart drops them, and ``loa trace`` shows them."""

    def step(self) -> int:
        """Measure what is due and export traces; return the number of orders measured."""
        now, engine = self._context.now(), self._context.engine
        with reading(engine) as session:
            found = [(order, measure(session, order)) for order in unmeasured(session, now)]
        if found:
            with self._context.uow() as unit:
                for order, timing in found:
                    unit.record(measured_event(order, timing, now))
                unit.commit()
        if endpoint := self._context.settings.otlp_endpoint:
            self._untold += [order for order, _timing in found]
            while self._untold:
                with reading(engine) as session:
                    spans = list(trace(session, self._untold[0]))
                if not export(endpoint, self._untold[0], spans):
                    break
                self._untold.popleft()
        return len(found)


def export(endpoint: str, order: Order, spans: list[TraceSpan]) -> bool:
    """Send an order's trace to a collector; return whether it took it. Its ids follow from the order's id.

    Imported here: without a collector no process holds the library, and it may be missing.
    """
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import ReadableSpan  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import SpanExportResult  # noqa: PLC0415
        from opentelemetry.trace import SpanContext, TraceFlags  # noqa: PLC0415
    except ImportError:
        log.warning("traces are not exported: requirements/otlp.txt is not installed")
        return False

    def made(place: int, span: TraceSpan) -> ReadableSpan:
        own = int.from_bytes(sha256(f"{order.id} {place}".encode()).digest()[:8])
        return ReadableSpan(
            span.name,
            SpanContext(trace_id, own, is_remote=False, trace_flags=TraceFlags(TraceFlags.SAMPLED)),
            parent=root.context if place else None,
            resource=resource,
            attributes={"loa.order": order.id, "loa.kind": order.kind.value, "loa.detail": span.detail},
            start_time=_ns(span.start_at),
            end_time=_ns(span.end_at),
        )

    trace_id = int.from_bytes(sha256(order.id.encode()).digest()[:16])
    resource = Resource({"service.name": "loa"})
    root = made(0, TraceSpan("alert", order.issued_at, max((each.end_at for each in spans), default=order.issued_at)))
    sent = [root, *(made(place, span) for place, span in enumerate(spans, 1))]
    return OTLPSpanExporter(endpoint, timeout=EXPORT_S).export(sent) is SpanExportResult.SUCCESS


def _ns(at: datetime) -> int:
    return int(at.timestamp() * 1_000_000) * 1_000
