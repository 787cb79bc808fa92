"""Identity that a device is provisioned with, and the keys that it trusts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from devices.protocol.errors import StaleError
from devices.protocol.keyset import TrustedKeys

Trust = Callable[[str, bytes], TrustedKeys]
"""As ``TrustedKeys.from_root``; a swarm passes one that checks identical bytes once."""


@dataclass(frozen=True, slots=True)
class ProvisionedIdentity:
    """Identity that a device is provisioned with. ``content_url`` is used until its ``desired`` names one.

    A board shows the ``boards`` plan of a manifest, and sounds nothing of its days. A bridge has a contact and sound
    detectors. Without a loudspeaker only alerts are taken, no other sound. ``model`` names the hardware: only images
    made for it are taken, and none where it is empty.
    """

    id: str
    root_x: str
    keyset: bytes
    content_url: str = ""
    is_board: bool = False
    is_bridge: bool = False
    has_loudspeaker: bool = True
    model: str = ""


def newest_keys(identity: ProvisionedIdentity, trust: Trust, kept: str) -> TrustedKeys:
    """Return the newest keyset ever trusted: that of the bundle, or a later one that was ``kept`` on flash."""
    keys = trust(identity.root_x, identity.keyset)
    try:
        return keys.renewed(kept.encode()) if kept else keys
    except StaleError:
        return keys
