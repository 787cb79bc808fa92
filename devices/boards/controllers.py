"""Interface to a real board's controller, of any protocol."""

from __future__ import annotations

from typing import Protocol, TypeAlias

from PIL import Image

Lamps: TypeAlias = Image.Image
"""A board's whole screen, lamp by lamp."""


class Controller(Protocol):
    """One kind of controller. Its messages are each sent whole and in this order."""

    def takes(self, width: int, height: int) -> bool:
        """Return whether it can drive a board of so many lamps."""

    def prepare(self, width: int, height: int) -> tuple[bytes, ...]:
        """Return the messages sent once after power-on, and whenever the board's size has changed."""

    def show(self, image: Lamps) -> tuple[bytes, ...]:
        """Return the messages that make the board show exactly this."""
