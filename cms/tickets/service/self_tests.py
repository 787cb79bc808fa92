"""Self-test from a ticket, by a person at the pole; the device itself answers."""

from typing import Final

from cms.commands.service import batches
from cms.commands.service.batch_preview import Asking, DeviceSelection
from cms.platform.store.uow import UnitOfWork
from devices.commands.model import Arguments, Batch, BatchId, CommandKind
from devices.tickets.model import Ticket
from province.call import Call
from province.errors import InvalidError, Problem

REASON: Final = "Thử tại cột, theo phiếu việc"


def self_test(uow: UnitOfWork, ticket: Ticket, batch_id: BatchId, *, is_audible: bool, call: Call) -> Batch:
    """Ask for a self-test like any remote command: same rights, same care for airings. ``is_audible``: with a tone.

    Raises:
        NotAllowedError, ConflictError: as ``cms.commands.service.batches.ask``.
        InvalidError: the ticket is about no device, or its device cannot be tested now.
    """
    if ticket.device_id is None:
        raise InvalidError([Problem("devices", "NONE_CHOSEN")])
    wanted = Asking(
        CommandKind.SELFTEST, Arguments(is_audible=is_audible), DeviceSelection(device_ids=(ticket.device_id,)), REASON
    )
    return batches.ask(uow, batch_id, wanted, call=call)
