"""Addresses of the repeater of relays: its socket in the scheduler, and its URL at the front."""

from pathlib import Path
from typing import Final

from cms.platform.settings import Settings

PATH: Final = "/relay/"
"""Path at the front, before the id of a source."""


def socket_of(settings: Settings) -> Path:
    """Return the socket on which the scheduler repeats streams."""
    return settings.run_dir / "relay.sock"


def url_of(settings: Settings) -> str:
    """Return the URL to which the id of a relay source is added; empty where nothing is repeated."""
    return f"{settings.effective_public_url}{PATH}" if settings.relay_listeners else ""
