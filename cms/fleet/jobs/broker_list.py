"""Announcement of the brokers: every device gets its settings again when ``LOA_BROKERS`` has changed."""

import logging
from typing import Final

from cms.fleet.repository.devices import Devices
from cms.platform.context import Context
from cms.platform.process.atomic_file import write_secret
from cms.platform.store.kinds import OutboxKind

log = logging.getLogger(__name__)

NAME: Final = "brokers.announced"


def announce(context: Context) -> int:
    """Queue the settings of all devices if they were told another list; return their number.

    An area at a time, so that nobody waits for the database. Killed in between, it begins again at the next start.
    """
    told = context.settings.run_dir / NAME
    brokers = context.settings.brokers.encode()
    if (told.read_bytes() if told.exists() else b"") == brokers:
        return 0
    with context.uow.reading() as unit:
        areas = unit[Devices].planning_areas()
    count = 0
    for area_id in areas:
        with context.uow() as unit:
            devices = unit[Devices].renew_desired([area_id])
            for device_id in devices:
                unit.outbox.add(OutboxKind.DESIRED, device_id)
            unit.commit()
        count += len(devices)
    try:
        write_secret(told, brokers)
    except OSError:
        log.exception("the announced brokers could not be noted: the next start announces them again")
    log.info("brokers.announced to %d devices: %s", count, context.settings.brokers)
    return count
