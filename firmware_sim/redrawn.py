"""A board's screen that is drawn anew for as long as what it shows moves."""

from __future__ import annotations

import asyncio
from typing import assert_never

from firmware_sim.board import Board
from firmware_sim.core.effects import ClearText, ShowPage, ShowText, UseScreen
from firmware_sim.player import now_ms


class RedrawnScreen:
    """``board`` in the loop's thread."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._loop = asyncio.get_running_loop()
        self._redrawing: asyncio.TimerHandle | None = None

    def do(self, effect: ShowText | ShowPage | ClearText | UseScreen, clock_off_ms: int) -> None:
        """``clock_off_ms``: by so much the device's clock, in which the effect counts, is wrong."""
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
            case _:
                assert_never(effect)
        self._redraw()

    def power_off(self) -> None:
        """Dark, and nothing is drawn any more."""
        self._cancel()
        self._board.clear()

    def _redraw(self) -> None:
        """A line that moves, and an alert of several pages, are drawn anew until something else is shown."""
        self._cancel()
        if again_ms := self._board.redraw(now_ms()):
            self._redrawing = self._loop.call_later((again_ms - now_ms()) / 1000, self._redraw)

    def _cancel(self) -> None:
        if self._redrawing is not None:
            self._redrawing.cancel()
            self._redrawing = None
