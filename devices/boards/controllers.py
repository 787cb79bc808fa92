"""The seam to a real board's controller: what it is told, whatever protocol it speaks."""

from __future__ import annotations

from typing import Protocol, TypeAlias

from PIL import Image

Lamps: TypeAlias = Image.Image
"""A board's whole screen, lamp by lamp."""


class Controller(Protocol):
    """One sort of controller. What it is sent are messages, each to be sent whole and in this order."""

    def takes(self, width: int, height: int) -> bool:
        """Whether a board of so many lamps can be driven by it."""

    def prepare(self, width: int, height: int) -> tuple[bytes, ...]:
        """Once after power-on, and whenever the board's size has changed."""

    def show(self, image: Lamps) -> tuple[bytes, ...]:
        """The board shows exactly this."""
