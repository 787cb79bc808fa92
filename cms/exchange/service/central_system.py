"""Port to the central source system."""

from contextlib import AbstractContextManager
from typing import BinaryIO, Protocol

from broadcast.exchange.central import CentralPage, ReportKind


class CentralSystem(Protocol):
    """Central source system. Any call may fail and is retried; the same report may arrive twice, by the same id."""

    def bulletins_after(self, cursor: str) -> CentralPage:
        """Return the bulletins sent down since; from the beginning where the cursor is empty."""

    def sound(self, where: str) -> AbstractContextManager[BinaryIO]:
        """Open the bytes of a recording that one of its bulletins names; read once."""

    def report(self, report_id: str, kind: ReportKind, body: bytes) -> None:
        """Send the report; it has been delivered once this returns."""
