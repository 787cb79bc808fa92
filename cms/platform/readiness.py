"""Readiness of the server: findings about what keeps it from its work, for machines and people."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from math import inf
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from cms.platform.process import program_reports
from cms.platform.process.clock import DoubtKind, doubt_of
from cms.platform.process.disk import MB, Disk
from cms.platform.settings import Settings
from cms.platform.signer.port import UNSIGNED_CODES
from cms.platform.store.engine import UNREACHABLE
from cms.platform.store.heartbeats import (
    CANARY,
    GATEWAY,
    SCHEDULER,
    URGENT_WORKER,
    WORKER,
    ProcessDetail,
    ProcessHeartbeat,
    processes_and_jobs,
)

SILENT_AFTER_S: Final = {GATEWAY: 24.0, SCHEDULER: 45.0, URGENT_WORKER: 30.0, WORKER: 60.0}
"""Heartbeats are written every 12 s and wait 10 s at most. The gateway's counts: its next one ends a false alarm."""
FLAPPING_AFTER: Final = 3
URGENT_WAITS_S: Final = 5.0
CANARY_LATE_S: Final = 205.0
"""Three minutes from one alert of the canary to the next, a look of the job, and the deadline of 10 s."""
CANARY_FIRST_S: Final = 40.0
"""From the start of the scheduler, which sends one at once; one that failed is repeated after 20 s."""
BACKUP_BEHIND_S: Final = 120.0
CERTIFICATE_DAYS: Final = 21
DISK_PCT: Final = (20.0, 10.0, 5.0)
"""Free space below which a notice, a warning and a fault are due."""
SLOW: Final = "DISK_SLOW"


class FindingSeverity(StrEnum):
    """Severity of a finding. WARNING: the work is done, and a person should look. FAULT: some of it is not done."""

    FAULT = "fault"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class ReadinessFinding:
    """Finding. ``code`` is stable; ``values`` are the figures of its sentence."""

    code: str
    severity: FindingSeverity
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ServerState:
    """State of the server at one moment. ``urgent_s``, ``job_s``: seconds that the oldest job waits to be claimed."""

    beats: Mapping[str, ProcessHeartbeat] = field(default_factory=dict)
    urgent_s: float = 0.0
    job_s: float = 0.0


def look(session: Session, now: datetime) -> ServerState:
    """Read the state from the store."""
    return ServerState(*processes_and_jobs(session, now))


def findings(
    state: ServerState, disk: Disk, now: datetime, *, are_all_expected: bool = False
) -> Sequence[ReadinessFinding]:
    """Return what is wrong, worst first. ``are_all_expected``: a process that never ran here counts as missing."""
    found = [*_of_processes(state, now, are_all_expected), *of_disk(disk)]
    if state.urgent_s > URGENT_WAITS_S:
        found.append(ReadinessFinding("URGENT_WAITING", FindingSeverity.FAULT, {"seconds": round(state.urgent_s)}))
    return ranked(found)


def of_clock(now: Callable[[], datetime]) -> Sequence[ReadinessFinding]:
    """Return the doubt about a context's clock as findings."""
    doubt = doubt_of(now)
    if doubt is None:
        return []
    return [ReadinessFinding(CLOCK_CODES[doubt.why], FindingSeverity.FAULT, {"ahead_s": round(doubt.ahead_s)})]


def of_backup(settings: Settings, now: datetime) -> Sequence[ReadinessFinding]:
    """Return that the continuous back-up is behind, if there is one and it is."""
    if not settings.backup_folder or not settings.backup_mark.exists():
        return []
    behind_s = now.timestamp() - settings.backup_mark.stat().st_mtime
    if behind_s < BACKUP_BEHIND_S:
        return []
    return [ReadinessFinding("BACKUP_BEHIND", FindingSeverity.WARNING, {"minutes": round(behind_s / 60)})]


def of_certificate(settings: Settings, now: datetime) -> Sequence[ReadinessFinding]:
    """Return that the front's certificate ends within three weeks; one of our own was renewed long before."""
    path = Path(settings.web_certificate[0])
    if not path.name:
        return []
    try:
        days = (_ends_at(path, path.stat().st_mtime_ns) - now).days
    except (OSError, ValueError):  # nginx does not start with it either, and ``loa doctor`` names it
        return []
    if days >= CERTIFICATE_DAYS:
        return []
    return [ReadinessFinding("CERTIFICATE_ENDS", FindingSeverity.WARNING, {"days": days})]


@lru_cache(maxsize=1)
def _ends_at(path: Path, changed_ns: int) -> datetime:
    """Return the end of the first certificate of a chain to end; read again when the file was ``changed_ns``."""
    del changed_ns
    from cryptography.x509 import load_pem_x509_certificates  # noqa: PLC0415 - few processes need it

    return min(each.not_valid_after_utc for each in load_pem_x509_certificates(path.read_bytes()))


def of_canary(state: ServerState, now: datetime, *, is_on: bool) -> Sequence[ReadinessFinding]:
    """Return that the canary is off; or that it got no alert, although the processes on its path report themselves."""
    if not is_on:
        return [ReadinessFinding("CANARY_OFF", FindingSeverity.WARNING)]
    ages_s = {name: (now - beat.beat_at) / timedelta(seconds=1) for name, beat in state.beats.items()}
    if any(ages_s.get(name, inf) > SILENT_AFTER_S[name] for name in (GATEWAY, SCHEDULER)):
        return []
    up_s = (now - state.beats[SCHEDULER].started_at) / timedelta(seconds=1)
    age_s = min(ages_s.get(CANARY, inf), up_s + CANARY_LATE_S - CANARY_FIRST_S)
    if age_s <= CANARY_LATE_S:
        return []
    return [ReadinessFinding("CANARY_LOST", FindingSeverity.FAULT, {"minutes": round(age_s / 60)})]


def of_programs(reports: Path) -> Sequence[ReadinessFinding]:
    """Return what the supervisor reports about its programs as findings; it may run elsewhere, or not at all."""
    away, restarted = program_reports.read(reports, program_reports.steady_s())
    rows = (("PROGRAM_AWAY", FindingSeverity.FAULT, away), ("PROGRAM_RESTARTED", FindingSeverity.WARNING, restarted))
    return [ReadinessFinding(code, kind, {"programs": ", ".join(names)}) for code, kind, names in rows if names]


def ranked(found: Iterable[ReadinessFinding]) -> Sequence[ReadinessFinding]:
    """Sort findings, each code once, worst first: by what they stop, in the order of ``CODES``."""
    once = {each.code: each for each in found}.values()
    return sorted(once, key=lambda each: (each.severity is not FindingSeverity.FAULT, CODES.index(each.code)))


CLOCK_CODES: Final[Mapping[DoubtKind, str]] = {
    DoubtKind.JUMPED: "CLOCK_IN_DOUBT",
    DoubtKind.DEVICES_DISAGREE: "CLOCK_AGAINST_DEVICES",
    DoubtKind.EVENTS_AHEAD: "CLOCK_BEHIND_EVENTS",
    DoubtKind.NOT_SYNCHRONISED: "CLOCK_WITHOUT_NTP",
}

CODES: Final = (
    UNREACHABLE,
    "DATABASE_SILENT",
    "DATABASE_FULL",
    "DATABASE_READ_ONLY",
    "DATABASE_LOCKED",
    "GATEWAY_SILENT",
    "GATEWAY_STUCK",
    "SIGNER_AWAY",
    "TOKEN_AWAY",
    "SIGNING_REFUSED",
    "ALERT_UNSIGNED",
    "BROKER_LOST",
    "BROKER_FLAPPING",
    "BROKER_AWAY",
    "PROGRAM_AWAY",
    "CANARY_LOST",
    "CLOCK_IN_DOUBT",
    "CLOCK_AGAINST_DEVICES",
    "CLOCK_BEHIND_EVENTS",
    "CLOCK_WITHOUT_NTP",
    "URGENT_SILENT",
    "URGENT_WAITING",
    "CONTENT_AWAY",
    "DISK_RESERVE_SPENT",
    SLOW,
    "RECORDINGS_REFUSED",
    "DISK_LOW",
    "CERTIFICATE_ENDS",
    "BACKUP_BEHIND",
    "SCHEDULER_SILENT",
    "SCHEDULER_STUCK",
    "WORKER_SILENT",
    "WORKER_STUCK",
    "URGENT_STUCK",
    "QUEUE_AWAY",
    "PROGRAM_RESTARTED",
    "CANARY_OFF",
    "SIGNATURES_OPEN",
)
"""Codes, the most harmful first."""


def _of_processes(state: ServerState, now: datetime, are_all_expected: bool) -> Iterable[ReadinessFinding]:  # noqa: FBT001 - ours
    for program, limit_s in SILENT_AFTER_S.items():
        name = program.upper()
        beat = state.beats.get(program)
        if beat is None:
            if are_all_expected:
                yield ReadinessFinding(f"{name}_SILENT", FindingSeverity.FAULT, {"seconds": 0})
            continue
        age_s = (now - beat.beat_at) / timedelta(seconds=1)
        if age_s > limit_s:
            yield ReadinessFinding(f"{name}_SILENT", FindingSeverity.FAULT, {"seconds": round(age_s)})
            continue
        if beat.detail.stuck:
            yield ReadinessFinding(f"{name}_STUCK", FindingSeverity.FAULT, {"loops": ", ".join(beat.detail.stuck)})
        yield from _of_gateway(beat.detail)


def _of_gateway(detail: ProcessDetail) -> Iterable[ReadinessFinding]:
    """Return what the gateway reports about its signer and its brokers as findings; other processes have neither."""
    if detail.unsigned:
        code = UNSIGNED_CODES.get(detail.unsigned, "SIGNING_REFUSED")
        yield ReadinessFinding(code, FindingSeverity.FAULT, {"reason": detail.unsigned})
    if (broker := detail.broker) is None:
        return
    if not broker.is_connected:
        yield ReadinessFinding("BROKER_LOST", FindingSeverity.FAULT)
    elif broker.away:
        yield ReadinessFinding("BROKER_AWAY", FindingSeverity.WARNING, {"brokers": ", ".join(broker.away)})
    if broker.recent >= FLAPPING_AFTER:
        yield ReadinessFinding("BROKER_FLAPPING", FindingSeverity.FAULT, {"count": broker.recent})


def of_disk(disk: Disk) -> Iterable[ReadinessFinding]:
    free = {"free_mb": disk.free_bytes // MB}
    if disk.is_reserve_spent:
        yield ReadinessFinding("DISK_RESERVE_SPENT", FindingSeverity.FAULT, free)
    if not disk.takes(0):
        yield ReadinessFinding("RECORDINGS_REFUSED", FindingSeverity.FAULT, free)
    word_pct, warning_pct, fault_pct = DISK_PCT
    if disk.free_pct < word_pct:
        severity = FindingSeverity.FAULT if disk.free_pct < fault_pct else FindingSeverity.WARNING
        is_urgent = disk.free_pct < warning_pct
        values = {"pct": round(disk.free_pct, 1), "gb": round(disk.free_bytes / 1e9, 1), "is_urgent": is_urgent}
        yield ReadinessFinding("DISK_LOW", severity, values)


def without_consequences(found: Sequence[ReadinessFinding], code: str) -> Sequence[ReadinessFinding]:
    """Add the database's outage (a code, or empty) to the findings, and drop the silences that it causes."""
    if not code:
        return found
    if code == SLOW:
        return [ReadinessFinding(code, FindingSeverity.WARNING), *found]
    return [
        ReadinessFinding(code, FindingSeverity.FAULT),
        *(each for each in found if not each.code.endswith("_SILENT")),
    ]
