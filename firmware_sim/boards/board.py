"""Simulated electronic board: its current screen as a picture of its lamps and as text.

``screen.png`` has exactly the board's picture elements, ``screen.json`` the text and the hash of those elements.
Nothing to show is a dark screen. A drill has stripes and says so, so that its picture differs from a live alert's.
"""

import asyncio
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from devices.boards.alphasign import AlphaSign, Controller, Lamps
from devices.boards.drawing import CALM, DRILL, LEVELS, Frame, drawn, png, run_px
from devices.boards.errors import NoPictureError
from devices.protocol.boards import USUAL, Screen, alert_pages, cells_of
from devices.protocol.limits import BOARD_ALERT_PAGE_MS
from firmware_sim.core.effects import ClearText, ScreenEffect, ShowPage, ShowText, UseScreen
from firmware_sim.hardware_clock import now_ms

CONTROLLERS: Final[dict[str, type[Controller]]] = {"alphasign": AlphaSign}
"""Values of ``controller`` in ``device.json``."""
REDRAW_MS: Final = 500
"""Interval at which a moving line is drawn: often enough to see it move, and cheap."""


class ControllerWire:
    """Wire to one controller: appends to ``frames.bin``; an unchanged screen is not sent again."""

    def __init__(self, folder: Path, controller: Controller) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / "frames.bin"
        self._controller = controller
        self._size = (0, 0)
        self._shown = b""

    def show(self, image: Lamps) -> None:
        """Send a screen; nothing is sent where the controller cannot drive that size."""
        if not self._controller.takes(*image.size):
            return
        if image.size != self._size:
            self._size, self._shown = image.size, b""
            self._send(self._controller.prepare(*image.size))
        if image.tobytes() != self._shown:
            self._shown = image.tobytes()
            self._send(self._controller.show(image))

    def _send(self, messages: tuple[bytes, ...]) -> None:
        with self._path.open("ab") as wire:
            wire.writelines(messages)


@dataclass(frozen=True, slots=True)
class _Scene:
    """Scene on screen. ``frame_at`` draws an instant (true ms), None: dark; ``every_ms``: redraw interval, 0: none."""

    about: dict[str, object]
    frame_at: Callable[[int], Frame] | None = None
    every_ms: int = 0


_DARK: Final = _Scene({"showing": "ordinary"})


class Board:
    """Board that writes its screen into a folder, replacing the last one. ``content`` reads content on flash, by hash.

    ``wire``: a real controller that has to show the same.
    """

    def __init__(
        self, folder: Path, content: Callable[[str], bytes | None] = lambda _: None, wire: ControllerWire | None = None
    ) -> None:
        self._folder = folder
        self._content = content
        self._wire = wire
        self._screen = USUAL
        self._scene = _DARK
        folder.mkdir(parents=True, exist_ok=True)
        self.clear()

    def use(self, screen: Screen, now_ms: int) -> None:
        """Set the board's picture elements."""
        self._screen = screen
        self.redraw(now_ms)

    def show(self, text: ShowText, until_ms: int, now_ms: int) -> None:
        """Show a text full-screen, in the level's colour or in a calm one. Instants are true time."""
        is_calm = text.is_calm and not text.is_drill
        colour = DRILL if text.is_drill else CALM if is_calm else LEVELS.get(text.level, LEVELS[3])
        about: dict[str, object] = {
            "showing": "drill" if text.is_drill else "calm" if is_calm else "alert",
            "level": text.level,
            "head": text.head,
            "text": text.text,
            "until_ms": until_ms,
            "colour": "#{:02x}{:02x}{:02x}".format(*colour),
        }

        def frame_at(at_ms: int) -> Frame:
            pages = alert_pages(text.head, text.text, cells_of(self._screen), is_drill=text.is_drill)
            page = pages[at_ms // BOARD_ALERT_PAGE_MS % len(pages)]
            return Frame(page, level=text.level, is_drill=text.is_drill, is_calm=is_calm)

        self._scene = _Scene(about, frame_at, BOARD_ALERT_PAGE_MS)
        self.redraw(now_ms)

    def show_page(self, shown: ShowPage, since_ms: int, until_ms: int, now_ms: int) -> None:
        """Show one page of a text. Instants are true time."""
        page, look = shown.page, shown.look
        about: dict[str, object] = {
            "showing": "text",
            "item": shown.item,
            "head": shown.head,
            "run": page.run,
            "picture": page.picture,
            "page": shown.number + 1,
            "pages": shown.count,
            "until_ms": until_ms,
        }
        picture = (self._content(page.picture) or b"") if page.picture else b""

        def frame_at(at_ms: int) -> Frame:
            come = run_px(self._screen, max(0, at_ms - since_ms)) if page.run else 0
            return Frame(page, look.template, look.colour, run_px=come, picture=picture)

        self._scene = _Scene(about, frame_at, REDRAW_MS if page.run else 0)
        self.redraw(now_ms)

    def clear(self) -> None:
        """Show a dark screen."""
        self._scene = _DARK
        self.redraw(0)

    def redraw(self, now_ms: int) -> int:
        """Draw the present screen; return when it has to be drawn again (true ms), 0 where it stands still."""
        scene = self._scene
        frame = None if scene.frame_at is None else scene.frame_at(now_ms)
        try:
            image = drawn(self._screen, frame)
        except NoPictureError:
            image = drawn(self._screen, None)
        about = dict(scene.about)
        if frame is not None:
            about["lines"] = frame.page.lines
            about["screen"] = f"{self._screen.w}x{self._screen.h} {self._screen.colours}"
            about["elements"] = hashlib.sha256(image.tobytes()).hexdigest()
        self._write("screen.png", png(image))
        if self._wire is not None:
            self._wire.show(drawn(self._screen, self._still(frame)) if frame is not None and frame.run_px else image)
        self._write("screen.json", json.dumps(about, ensure_ascii=False).encode())
        return (now_ms // scene.every_ms + 1) * scene.every_ms if scene.every_ms else 0

    def _still(self, frame: Frame) -> Frame:
        """Return the frame for a controller too slow to move a line: it jumps by the width of the screen."""
        return replace(frame, run_px=-(-frame.run_px // self._screen.w) * self._screen.w)

    def _write(self, name: str, data: bytes) -> None:
        new = self._folder / f"{name}.new"
        new.write_bytes(data)
        new.replace(self._folder / name)


class AnimatedScreen:
    """Screen that draws ``board`` in the loop's thread. ``clock_off_ms``: error of the clock by which effects count."""

    def __init__(self, board: Board, clock_off_ms: int) -> None:
        self._board = board
        self._clock_off_ms = clock_off_ms
        self._loop = asyncio.get_running_loop()
        self._redrawing: asyncio.TimerHandle | None = None

    def do(self, effect: ScreenEffect) -> None:
        """Carry out a screen effect."""
        clock_off_ms = self._clock_off_ms
        match effect:
            case ShowText():
                self._board.show(effect, effect.until_ms - clock_off_ms, now_ms())
            case ShowPage():
                since_ms, until_ms = effect.since_ms - clock_off_ms, effect.until_ms - clock_off_ms
                self._board.show_page(effect, since_ms, until_ms, now_ms())
            case ClearText():
                self._board.clear()
            case UseScreen():
                self._board.use(effect.screen, now_ms())
        self._redraw()

    def power_off(self) -> None:
        """Turn the screen dark and stop redrawing."""
        self._cancel()
        self._board.clear()

    def _redraw(self) -> None:
        """Redraw a moving line, or an alert of several pages, until something else is shown."""
        self._cancel()
        if again_ms := self._board.redraw(now_ms()):
            self._redrawing = self._loop.call_later((again_ms - now_ms()) / 1000, self._redraw)

    def _cancel(self) -> None:
        if self._redrawing is not None:
            self._redrawing.cancel()
            self._redrawing = None
