"""Approvals of alerts, judged once in a process that stands for thousands of devices."""

from collections.abc import Collection
from functools import lru_cache
from typing import Final

from joserfc.jwk import OKPKey

from devices.protocol import jws, verdict
from devices.protocol.approvals import ApprovalRefusal
from devices.protocol.messages import Command
from devices.protocol.officers import TrustedOfficers

REMEMBERED: Final = 256
_approvals: dict[tuple[int, int, tuple[str, ...], bool], tuple[Command, TrustedOfficers, ApprovalRefusal | None]] = {}


def shared_officers(root: OKPKey, source: bytes) -> TrustedOfficers:
    """Verify and decode a keyset of officers; identical bytes are read once a process."""
    return _officers_of(jws.public_x(root), source)


@lru_cache(maxsize=REMEMBERED)
def _officers_of(root_x: str, source: bytes) -> TrustedOfficers:
    return TrustedOfficers.from_root(jws.verifying_key(root_x), source)


def shared_unapproved(
    command: Command, officers: TrustedOfficers | None, *, areas: Collection[str], now_ms: int
) -> ApprovalRefusal | None:
    """Judge as ``verdict.unapproved``; the very same command, officers and chain are judged once a process."""
    if officers is None:
        return None
    name = (id(command), id(officers), tuple(areas), now_ms < officers.keyset.open_until)
    found = _approvals.get(name)
    if found is None:
        if len(_approvals) >= REMEMBERED:
            _approvals.clear()
        # With both, so that no other object gets their ids meanwhile.
        refusal = verdict.unapproved(command, officers, areas=areas, now_ms=now_ms)
        found = _approvals[name] = (command, officers, refusal)
    return found[2]
