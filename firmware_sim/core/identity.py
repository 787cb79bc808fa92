"""What a device is born with, and whom it trusts by it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from devices.protocol.errors import StaleError
from devices.protocol.keyset import TrustedKeys

Trust = Callable[[str, bytes], TrustedKeys]
"""As ``TrustedKeys.from_root``; a swarm hands over one that checks identical bytes once."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What a device is born with. ``content_url`` serves until its ``desired`` names one.

    A board shows what a manifest's ``boards`` names, and sounds nothing of its days. A bridge has a contact and ears.
    Without a loudspeaker no sound is taken that is not an alert's. ``model`` names the hardware: only images made for
    it are taken, and without one none.
    """

    id: str
    root_x: str
    keyset: bytes
    content_url: str = ""
    is_board: bool = False
    is_bridge: bool = False
    has_loudspeaker: bool = True
    model: str = ""


def newest_keys(identity: Identity, trust: Trust, kept: str) -> TrustedKeys:
    """The newest keyset ever trusted: that of the bundle, or a later one that was ``kept`` on flash."""
    keys = trust(identity.root_x, identity.keyset)
    try:
        return keys.renewed(kept.encode()) if kept else keys
    except StaleError:
        return keys
