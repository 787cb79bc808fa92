"""Devices that count: in service at all, and those of them that sound and show what they are told."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, or_

from cms.store.tables import DeviceRow


def in_service() -> ColumnElement[bool]:
    """Neither retired nor revoked: it may connect, and an alert may be meant for it."""
    return and_(DeviceRow.retired_at.is_(None), ~DeviceRow.revoked)


def shut_off() -> ColumnElement[bool]:
    """Quarantined or revoked: no bulletin is heard there."""
    return or_(DeviceRow.quarantined, DeviceRow.revoked)


def mute() -> ColumnElement[bool]:
    """As ``Device.is_mute``: alerts are not heard there either."""
    return or_(DeviceRow.revoked, and_(DeviceRow.quarantined, ~DeviceRow.alerts_pass))


def obeys() -> ColumnElement[bool]:
    """In service and not shut off: counted where it is counted how many sound."""
    return and_(DeviceRow.retired_at.is_(None), ~shut_off())
