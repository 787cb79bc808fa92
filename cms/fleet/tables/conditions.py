"""Conditions on devices: in service, shut off, mute, or obeying."""

from sqlalchemy import ColumnElement, and_, or_

from cms.fleet.tables.devices import DeviceRow


def in_service() -> ColumnElement[bool]:
    """Build the condition "in service": neither retired nor revoked; it may connect, and an alert may address it."""
    return and_(DeviceRow.retired_at.is_(None), ~DeviceRow.revoked)


def shut_off() -> ColumnElement[bool]:
    """Build the condition "shut off": quarantined or revoked; no bulletin is heard there."""
    return or_(DeviceRow.quarantined, DeviceRow.revoked)


def mute() -> ColumnElement[bool]:
    """Build the condition ``Device.is_mute``: alerts are not heard there either."""
    return or_(DeviceRow.revoked, and_(DeviceRow.quarantined, ~DeviceRow.alerts_pass))


def obeys() -> ColumnElement[bool]:
    """Build the condition "in service and not shut off", for counts of sounding devices."""
    return and_(DeviceRow.retired_at.is_(None), ~shut_off())
