"""Transmissions withheld for now: not signed, or from a source that may not be relayed."""

from collections.abc import Iterable, Mapping, Sequence

from broadcast.bulletins.transmissions import Reason, Transmission, TransmissionId
from broadcast.scheduling.area_rules import AreaRules
from broadcast.scheduling.planning import NOT_SIGNED
from cms.bulletins.repository.approvals import Approvals
from cms.platform.store.uow import UnitOfWork
from cms.relays.service.sources import withheld_of


def unsigned(uow: UnitOfWork, transmissions: Iterable[Transmission], rules: AreaRules) -> frozenset[TransmissionId]:
    """Return those that wait for a signature under these rules; within a unit of work."""
    if not rules.needs_signature:
        return frozenset()
    wanted = frozenset(each.id for each in transmissions)
    return wanted - uow[Approvals].signed(wanted)


def withheld(
    uow: UnitOfWork, transmissions: Sequence[Transmission], rules: AreaRules
) -> Mapping[TransmissionId, Reason]:
    """Return those withheld for now, with the reason: no signature, or a source that may not be relayed."""
    waiting = dict.fromkeys(unsigned(uow, transmissions, rules), NOT_SIGNED)
    return {**withheld_of(uow, transmissions), **waiting}
