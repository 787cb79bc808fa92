"""Golden images of electronic boards: rendered messages equal reviewed pictures, pixel by pixel.

The pictures were drawn with the pinned Pillow (whose wheels bring their own FreeType) and Debian 13's fonts; other
versions may draw a letter with one lamp more or less. Then regenerate them with ``tests.contract.boards.messages`` and
review them.
"""

from __future__ import annotations

import pytest

from devices.boards.drawing import drawn, png
from devices.protocol.boards import Screen
from tests.contract.boards.messages import FOLDER, MESSAGES, SCREENS, elements, golden


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: f"{screen.w}x{screen.h}")
@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_is_drawn_as_it_was_looked_at(name: str, screen: Screen) -> None:
    frame = MESSAGES[name](screen)
    assert elements(png(drawn(screen, frame))) == elements(golden(name, screen).read_bytes())


def test_every_picture_belongs_to_a_message() -> None:
    assert set(FOLDER.iterdir()) == {golden(name, screen) for name in MESSAGES for screen in SCREENS}
