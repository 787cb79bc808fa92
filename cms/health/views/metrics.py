"""``/metrics``: the state of the server for Prometheus. Figures only: no person, place or text is named."""

from collections.abc import Iterable
from datetime import datetime

from flask import Response
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from werkzeug.exceptions import NotFound

from cms.health.queries.telemetry import House, house
from cms.platform import readiness
from cms.platform.process.disk import Disk
from cms.platform.readiness import ServerState
from cms.platform.web import request_context
from cms.platform.web.request_context import pages
from cms.platform.web.server_state import may_read


@pages.get("/metrics")
@request_context.sessionless
def metrics() -> Response:
    if not may_read():
        raise NotFound
    with request_context.session() as session:
        now = request_context.context().now()
        found, state = house(session, now), readiness.look(session, now)
    registry = CollectorRegistry()
    registry.register(_Figures(found))
    registry.register(_ServerFigures(state, request_context.context().disk(), now))
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class _Figures(Collector):
    """Collector of the figures in the database."""

    def __init__(self, found: House) -> None:
        self._found = found

    def collect(self) -> Iterable[Metric]:
        found = self._found
        devices = GaugeMetricFamily("loa_devices", "Devices in service", labels=["kind", "connected"])
        for (kind, is_online), count in sorted(found.devices.items()):
            devices.add_metric([kind, str(is_online).lower()], count)
        firmware = GaugeMetricFamily("loa_devices_firmware", "Devices in service by firmware", labels=["firmware"])
        for name, count in found.firmware.items():
            firmware.add_metric([name], count)
        told = CounterMetricFamily(
            "loa_telemetry_messages", "Health records by what became of them", labels=["outcome"]
        )
        for outcome, count in sorted(found.telemetry.items()):
            told.add_metric([outcome], count)
        yield from (devices, firmware, told)
        for label, words, value in (
            ("loa_devices_heard", "Devices that told their health within 15 minutes", found.heard),
            ("loa_devices_on_battery", "Of those: the mains is away", found.on_battery),
            (
                "loa_devices_line_broken",
                "Of those: the line to the loudspeakers is broken",
                found.silent_line,
            ),
            (
                "loa_telemetry_rolled_up_until_seconds",
                "Hours of health are added up until",
                found.added_up_until_ms / 1000,
            ),
            ("loa_outbox_waiting", "Messages to devices that wait to be sent", found.outbox_waiting),
            ("loa_outbox_oldest_seconds", "How long the oldest of them waits", found.outbox_oldest_s),
            ("loa_jobs_open", "Jobs of the workers that are not done", found.jobs_open),
            ("loa_orders_open", "Alerts and drills in force", found.orders_open),
        ):
            yield GaugeMetricFamily(label, words, value=value)


class _ServerFigures(Collector):
    """Collector of the figures of the server's own processes and its disk."""

    def __init__(self, state: ServerState, disk: Disk, now: datetime) -> None:
        self._state = state
        self._disk = disk
        self._now = now

    def collect(self) -> Iterable[Metric]:
        ages = GaugeMetricFamily(
            "loa_process_heartbeat_age_seconds", "Since a process last wrote that it lives", labels=["process"]
        )
        quiet = GaugeMetricFamily(
            "loa_loop_quiet_seconds", "Since a loop of it last turned, as of then", labels=["process", "loop"]
        )
        for name, beat in sorted(self._state.beats.items()):
            ages.add_metric([name], (self._now - beat.beat_at).total_seconds())
            for loop, seconds in sorted(beat.detail.quiet_s.items()):
                quiet.add_metric([name, loop], seconds)
            if (broker := beat.detail.broker) is not None:
                yield CounterMetricFamily(
                    "loa_gateway_broker_reconnects", "Connections to the broker made again", value=broker.reconnects
                )
                is_flapping = broker.recent >= readiness.FLAPPING_AFTER
                for label, words, value in (
                    ("loa_gateway_broker_connected", "The gateway is connected to the broker", broker.is_connected),
                    ("loa_gateway_broker_flapping", "Three or more of them within 5 minutes", is_flapping),
                ):
                    yield GaugeMetricFamily(label, words, value=float(value))
        oldest = GaugeMetricFamily(
            "loa_jobs_oldest_seconds", "For how long the oldest job waits to be taken", labels=["urgent"]
        )
        oldest.add_metric(["true"], self._state.urgent_s)
        oldest.add_metric(["false"], self._state.job_s)
        yield from (ages, quiet, oldest)
        yield GaugeMetricFamily("loa_disk_free_bytes", "Free on the disk of LOA_HOME", value=self._disk.free_bytes)
        yield GaugeMetricFamily(
            "loa_disk_reserve_spent", "The reserve file is not there", value=float(self._disk.is_reserve_spent)
        )
        yield GaugeMetricFamily(
            "loa_recordings_refused", "No recording is taken for want of room", value=float(not self._disk.takes(0))
        )
        yield GaugeMetricFamily("loa_disk_bytes", "Size of that disk", value=self._disk.total_bytes)
