"""Appearance of a text on electronic boards, chosen by its author and frozen with the approval."""

from dataclasses import dataclass

from devices.protocol.boards import Colour, Motion, Template
from devices.protocol.limits import BOARD_PAGE_MS

PAGE_S: int = BOARD_PAGE_MS // 1000


@dataclass(frozen=True, slots=True)
class AppearancePicture:
    """A PNG in the content store, fitted for boards (``devices.boards.pictures``)."""

    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True)
class BoardAppearance:
    """``page_s``: how long each page stands. A ``picture`` is a page of its own before the others."""

    template: Template = Template.BANNER
    colour: Colour = Colour.AMBER
    motion: Motion = Motion.PAGES
    page_s: int = PAGE_S
    picture: AppearancePicture | None = None
