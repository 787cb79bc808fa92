"""Reports of alerts: one version for each state of what devices have told since the alert's end."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from broadcast.alerts.model import AlertId

AlertReportId = NewType("AlertReportId", str)


class AlertReportState(StrEnum):
    """MAKING by a worker → MADE → READY once the scheduler has signed it. FAILED: it could not be made."""

    MAKING = "making"
    MADE = "made"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ReportSummary:
    """Main figures of a version, for lists. None: not known."""

    devices: int
    devices_warned: int
    people: int | None
    people_warned: int | None
    heard_share: float | None


@dataclass(frozen=True, slots=True)
class AlertReport:
    """Version of an alert's report. ``mark`` names what the devices had told by ``asked_at``.

    ``changes``: loudspeakers with another result than in the version before.
    ``signature`` is a JWS over the hashes of both files; ``public_sha256`` is the content without names of people.
    """

    id: AlertReportId
    alert_id: AlertId
    version: int
    mark: str
    asked_at: datetime
    job_id: str = ""
    state: AlertReportState = AlertReportState.MAKING
    json_sha256: str = ""
    pdf_sha256: str = ""
    signature: str = ""
    changes: int = 0
    public_sha256: str = ""
    summary: ReportSummary | None = None
    ready_at: datetime | None = None
    error: str = ""
