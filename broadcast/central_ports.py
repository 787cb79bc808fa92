"""The central source system, as the rules see it."""

from __future__ import annotations

from typing import Protocol

from broadcast.model.central import CentralPage, ReportKind


class CentralSystem(Protocol):
    """Either call may fail at any time and is then tried again; the same report may arrive twice, by the same id."""

    def bulletins_after(self, cursor: str) -> CentralPage:
        """What it has sent down since; from the beginning where the cursor is empty."""

    def report(self, report_id: str, kind: ReportKind, body: bytes) -> None:
        """Told, once this returns."""
