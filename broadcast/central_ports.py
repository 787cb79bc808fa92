"""The central source system, as the rules see it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import BinaryIO, Protocol

from broadcast.model.central import CentralPage, ReportKind


class CentralSystem(Protocol):
    """Any call may fail at any time and is then tried again; the same report may arrive twice, by the same id."""

    def bulletins_after(self, cursor: str) -> CentralPage:
        """What it has sent down since; from the beginning where the cursor is empty."""

    def sound(self, where: str) -> AbstractContextManager[BinaryIO]:
        """The bytes of a recording that one of its bulletins names; read once."""

    def report(self, report_id: str, kind: ReportKind, body: bytes) -> None:
        """Told, once this returns."""
