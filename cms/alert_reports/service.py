"""Reports of alerts: asked for by the scheduler, made by a worker, signed by the scheduler."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Final

from broadcast.alerts.model import AlertId
from cms.alert_reports.model import AlertReport, AlertReportId, AlertReportState, ReportSummary
from cms.alert_reports.queries.accounts import DueReport
from cms.alert_reports.repository import DeviceHearing, HearingPlaces, ReportVersions
from cms.areas.repository import Places
from cms.fleet.repository.devices import Devices
from cms.platform.store.kinds import JobKind
from cms.platform.store.uow import UnitOfWork
from devices.model import DeviceId
from province.areas import AreaId
from province.call import Call, NewId
from province.errors import Problem, problem_if, refuse
from province.events import Event
from province.people import Action

INHABITANTS_MAX: Final = 20_000_000
HEARING_MAX_M: Final = 5_000


@dataclass(frozen=True, slots=True)
class HearingLine:
    """Line of a file of inhabitants and hearing radii, as it was typed; ``number`` is its place in the file."""

    number: int
    id: str
    inhabitants: str
    hearing_m: str


def order(unit: UnitOfWork, due: DueReport, *, now: datetime, new_id: NewId) -> bool:
    """Store a version with its job; False: there is one of that number. The caller commits."""
    report = AlertReport(AlertReportId(new_id()), due.alert_id, due.version, due.mark, now)
    if not unit[ReportVersions].add_once(report):
        return False
    job_id = unit.jobs.add(JobKind.MAKE_ALERT_REPORT, report.id, {})
    unit[ReportVersions].save(replace(report, job_id=job_id))
    return True


@dataclass(frozen=True, slots=True)
class MadeFiles:
    """Hashes of the files of a version."""

    json_sha256: str
    pdf_sha256: str
    public_sha256: str


def finish(
    unit: UnitOfWork, report_id: AlertReportId, files: MadeFiles, *, summary: ReportSummary, changes: int
) -> None:
    """Store what was made. Raises NotFoundError."""
    with unit:
        found = unit[ReportVersions].get(report_id)
        told = replace(found, **asdict(files), state=AlertReportState.MADE, summary=summary, changes=changes, error="")
        unit[ReportVersions].save(told)
        unit.commit()


def fail(unit: UnitOfWork, report_id: AlertReportId, *, error: str, now: datetime) -> None:
    """Store that it could not be made; the alert's page and its history say so. Raises NotFoundError."""
    with unit:
        found = unit[ReportVersions].get(report_id)
        unit[ReportVersions].save(replace(found, state=AlertReportState.FAILED, error=error[:200]))
        unit.record(_event("alert.report_failed", found, now, error=error[:200]))
        unit.commit()


def statement_of(report: AlertReport) -> bytes:
    """Return what the signature says: the hashes of both files, of this version of this alert's report."""
    told = {
        "alert_id": report.alert_id,
        "version": report.version,
        "as_of": report.asked_at.isoformat(),
        "json_sha256": report.json_sha256,
        "pdf_sha256": report.pdf_sha256,
    }
    return json.dumps(told, separators=(",", ":")).encode()


def sign(unit: UnitOfWork, report: AlertReport, signature: str, now: datetime) -> None:
    """Store the signature: the version can be read now. The caller commits."""
    ready = replace(report, state=AlertReportState.READY, signature=signature, ready_at=now)
    unit[ReportVersions].save(ready)
    files = {"json": report.json_sha256, "pdf": report.pdf_sha256}
    unit.record(_event("alert.reported", ready, now, changes=report.changes, **files))


def version_of(unit: UnitOfWork, alert_id: AlertId, version: int) -> AlertReport | None:
    """Return the version of an alert's report that can be read."""
    versions = unit[ReportVersions].of(alert_id)
    return next((each for each in versions if each.version == version and each.signature), None)


def load_hearing(uow: UnitOfWork, lines: Sequence[HearingLine], *, call: Call) -> tuple[int, int]:
    """Store inhabitants of areas and devices, and hearing radii of devices; return how many of each.

    Raises:
        InvalidError: AREA_UNKNOWN, OUT_OF_BOUNDS, by line; nothing is stored then.
        NotAllowedError: no right to manage users in all of the province.
    """
    with uow:
        tree = uow[Places].tree()
        call.require(Action.USER_MANAGE, [area.id for area in tree.children(None) if area.valid_to is None], tree)
        known = uow[Devices].get_many(DeviceId(line.id) for line in lines)
        problems: list[Problem] = []
        for line in lines:
            field, is_device = f"line {line.number}", DeviceId(line.id) in known
            problems += problem_if(not is_device and line.id not in tree, field, "AREA_UNKNOWN")
            is_good = _is_number(line.inhabitants, INHABITANTS_MAX) and _is_number(line.hearing_m, HEARING_MAX_M)
            is_whole = is_device or (line.inhabitants != "" and line.hearing_m == "")
            problems += problem_if(not is_good or not is_whole, field, "OUT_OF_BOUNDS")
        refuse(problems)
        areas = {AreaId(line.id): int(line.inhabitants) for line in lines if DeviceId(line.id) not in known}
        devices = [
            DeviceHearing(DeviceId(line.id), _number(line.hearing_m) or None, _number(line.inhabitants))
            for line in lines
            if DeviceId(line.id) in known
        ]
        uow[HearingPlaces].set_inhabitants(areas)
        uow[HearingPlaces].set_devices(devices)
        uow.record(call.event("hearing.loaded", "hearing", areas=len(areas), devices=len(devices)))
        uow.commit()
    return len(areas), len(devices)


def _number(text: str) -> int | None:
    return int(text) if text else None


def _is_number(text: str, most: int) -> bool:
    """Return whether it is a whole number within bounds, or empty."""
    return not text or (text.isascii() and text.isdecimal() and len(text) <= len(str(most)) and int(text) <= most)


def _event(name: str, report: AlertReport, now: datetime, **detail: object) -> Event:
    return Event(name, report.alert_id, now, "scheduler", "scheduler", {"version": report.version, **detail})
