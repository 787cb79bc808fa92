"""Screen of a board in real time, redrawn for as long as its content moves."""

import asyncio

from firmware_sim.boards.board import Board
from firmware_sim.core.effects import ClearText, ScreenEffect, ShowPage, ShowText, UseScreen
from firmware_sim.sound.player import now_ms


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
