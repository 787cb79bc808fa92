"""``/metrics``: the state of the server for Prometheus. Figures only: no person, place or text is named."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import accumulate
from operator import attrgetter
from typing import Final

from flask import Response
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from werkzeug.exceptions import NotFound

from broadcast.alerts.model import AlertKind
from broadcast.alerts.timing import BUDGET_DAYS, AlertTiming, budget_left
from cms.alerts.queries.timings import timings
from cms.bulletins.queries import freed_bytes
from cms.health.queries.counts import WorkCounts, work_counts
from cms.health.queries.telemetry import House, house
from cms.platform import readiness
from cms.platform.process.disk import Disk
from cms.platform.readiness import ServerState
from cms.platform.store.heartbeats import CANARY
from cms.platform.web import request_context, request_times
from cms.platform.web.request_context import pages
from cms.platform.web.request_times import RequestHistogram
from cms.platform.web.server_state import may_read
from devices.health.incidents import Cause
from devices.health.kinds import FaultKind
from devices.tickets.lifecycle import LIVING

RESULTS: Final = ("done", "cut", "missed")
_BUCKETS_S: Final = ("0.05", "0.1", "0.25", "0.5", "1.0", "2.0", "5.0", "10.0", "30.0", "60.0", "+Inf")


@pages.get("/metrics")
@request_context.sessionless
def metrics() -> Response:
    if not may_read():
        raise NotFound
    with request_context.session() as session:
        now = request_context.context().now()
        found, state, measured = house(session, now), readiness.look(session, now), timings(session)
        freed, counts = freed_bytes(session), work_counts(session, now)
    registry = CollectorRegistry()
    registry.register(_WorkFigures(counts))
    registry.register(_Figures(found))
    registry.register(_AlertFigures(measured, now))
    context = request_context.context()
    registry.register(_ServerFigures(state, context.disk(), now, freed, has_canary=context.settings.canary))
    registry.register(_RequestFigures(list(request_times.read(request_times.folder_of(context.settings.run_dir)))))
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class _Figures(Collector):
    """Collector of the figures in the database."""

    def __init__(self, found: House) -> None:
        self._found = found

    def collect(self) -> Iterable[Metric]:
        found = self._found
        devices = GaugeMetricFamily("loa_devices", "Devices in service", labels=["kind", "connected"])
        # A series that is absent while nobody is away makes every ratio of it absent, too.
        for kind in sorted({kind for kind, _is_online in found.devices}):
            for is_online in (False, True):
                devices.add_metric([kind, str(is_online).lower()], found.devices.get((kind, is_online), 0))
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


class _WorkFigures(Collector):
    """Collector of faults, incidents, tickets and airings."""

    def __init__(self, counts: WorkCounts) -> None:
        self._counts = counts

    def collect(self) -> Iterable[Metric]:
        counts = self._counts
        families: Sequence[tuple[str, str, str, Iterable[str], Mapping[str, int]]] = (
            ("loa_faults_open", "Open faults of devices", "kind", FaultKind, counts.faults),
            ("loa_incidents_open", "Incidents that go on", "cause", Cause, counts.incidents),
            ("loa_tickets_open", "Tickets that are not ended", "state", LIVING, counts.tickets),
            ("loa_airings_day", "As-run records of 24 hours", "result", RESULTS, counts.airings),
        )
        for name, words, label, known, found in families:
            family = GaugeMetricFamily(name, words, labels=[label])
            for each in sorted(known):
                family.add_metric([each], found.get(each, 0))
            yield family
        yield GaugeMetricFamily("loa_notices_waiting", "Notices not sent yet", value=counts.notices_waiting)


class _AlertFigures(Collector):
    """Collector of how soon alerts sounded, since the start of the store, and of the error budget."""

    def __init__(self, measured: Sequence[tuple[AlertKind, datetime, AlertTiming]], now: datetime) -> None:
        self._measured = measured
        self._since_at = now - timedelta(days=BUDGET_DAYS)

    def collect(self) -> Iterable[Metric]:
        sent = self._seconds("loa_alert_sent_seconds", "Approval to the broker", attrgetter("sent_ms"))
        first = self._seconds("loa_alert_first_siren_seconds", "Approval to the first siren", attrgetter("first_ms"))
        last = self._seconds("loa_alert_last_siren_seconds", "Approval to the last siren", attrgetter("last_ms"))
        alerts = CounterMetricFamily("loa_alerts", "Alerts measured", labels=["kind", "in_time"])
        shares = GaugeMetricFamily("loa_alert_answered_ratio", "Loudspeakers that answered the newest", labels=["kind"])
        for kind in AlertKind:
            mine = [timing for each, _at, timing in self._measured if each is kind]
            met = sum(timing.meets_objective for timing in mine)
            alerts.add_metric([kind, "true"], met)
            alerts.add_metric([kind, "false"], len(mine) - met)
            if mine and mine[-1].online:
                shares.add_metric([kind], mine[-1].answered / mine[-1].online)
        yield from (sent, first, last, alerts, shares)
        recent = [timing for _kind, at, timing in self._measured if at >= self._since_at]
        yield GaugeMetricFamily("loa_alert_error_budget_ratio", "Error budget left", value=budget_left(recent))

    def _seconds(self, name: str, words: str, ms_of: Callable[[AlertTiming], int | None]) -> HistogramMetricFamily:
        family = HistogramMetricFamily(name, words, labels=["kind"])
        for kind in AlertKind:
            told = (ms_of(timing) for each, _at, timing in self._measured if each is kind)
            known = [ms / 1000 for ms in told if ms is not None]
            buckets = [(most, sum(each <= float(most) for each in known)) for most in _BUCKETS_S]
            family.add_metric([kind], buckets, sum(known))
        return family


class _RequestFigures(Collector):
    """Collector of the times of the web processes' answers."""

    def __init__(self, found: Sequence[RequestHistogram]) -> None:
        self._found = found

    def collect(self) -> Iterable[Metric]:
        family = HistogramMetricFamily(
            "loa_http_request_seconds", "Time to an answer", labels=["process", "pages", "status"]
        )
        bounds = [*map(str, request_times.BOUNDS_S), "+Inf"]
        for each in self._found:
            buckets = list(zip(bounds, accumulate(each.counts), strict=True))
            family.add_metric([each.process, each.pages, each.status], buckets, each.sum_s)
        yield family


class _ServerFigures(Collector):
    """Collector of the figures of the server's own processes and its disk."""

    def __init__(self, state: ServerState, disk: Disk, now: datetime, freed: int, *, has_canary: bool) -> None:
        self._state = state
        self._has_canary = has_canary
        self._disk = disk
        self._now = now
        self._freed = freed

    def collect(self) -> Iterable[Metric]:
        ages = GaugeMetricFamily(
            "loa_process_heartbeat_age_seconds", "Since a process last wrote that it lives", labels=["process"]
        )
        quiet = GaugeMetricFamily(
            "loa_loop_quiet_seconds", "Since a loop of it last turned, as of then", labels=["process", "loop"]
        )
        for name, beat in sorted(self._state.beats.items()):
            if name == CANARY and not self._has_canary:
                continue
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
        yield CounterMetricFamily("loa_content_freed_bytes", "Content deleted as unused", value=self._freed)
