"""Rows of all routes, by method and endpoint."""

from tests.contract.permissions import (
    account_rows,
    board_rows,
    command_rows,
    decision_rows,
    device_rows,
    fault_rows,
    feedback_rows,
    firmware_rows,
    listening_rows,
    live_rows,
    matrix,
    public_rows,
    registration_rows,
    relay_rows,
    session_rows,
    sharing_rows,
    station_rows,
    stop_rows,
    ticket_rows,
    undo_rows,
)
from tests.contract.permissions.matrix import Row

_MODULES = (
    matrix,
    account_rows,
    board_rows,
    command_rows,
    decision_rows,
    device_rows,
    fault_rows,
    feedback_rows,
    firmware_rows,
    listening_rows,
    live_rows,
    public_rows,
    registration_rows,
    relay_rows,
    session_rows,
    sharing_rows,
    station_rows,
    stop_rows,
    ticket_rows,
    undo_rows,
)
WEB: dict[tuple[str, str], Row] = {name: row for each in _MODULES for name, row in each.WEB.items()}
API: dict[tuple[str, str], Row] = {name: row for each in _MODULES for name, row in getattr(each, "API", {}).items()}
