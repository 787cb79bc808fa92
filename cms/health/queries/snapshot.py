"""Latest telemetry of devices, and counts of all messages by outcome."""

from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from cms.health.repository.telemetry import vital_of
from cms.health.tables.telemetry import DeviceLastRow, TelemetryCountRow
from cms.platform.store.rows import among
from devices.model import DeviceId
from devices.telemetry import TelemetrySnapshot


def latest(session: Session, device_ids: Collection[DeviceId] | None = None) -> dict[DeviceId, TelemetrySnapshot]:
    """Return the latest telemetry of those of these devices (None: all) that ever sent any."""
    row = DeviceLastRow
    query = select(row.device_id, row.heard_ms, row.body)
    if device_ids is not None:
        query = query.where(among(row.device_id, device_ids))
    return {device_id: vital_of(device_id, heard_ms, body) for device_id, heard_ms, body in session.execute(query)}


def outcomes(session: Session) -> Mapping[str, int]:
    """Count all messages ever received, by outcome."""
    rows = session.execute(select(TelemetryCountRow.outcome, TelemetryCountRow.count))
    return {str(outcome): int(count) for outcome, count in rows}
