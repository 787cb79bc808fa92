"""Alert policy of the province: data, with an audit trail."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AlertPolicy:
    """``may_send_alone`` is the break-glass switch. No alert lasts longer than ``hours_max``."""

    may_send_alone: bool = False
    hours_max: int = 168
    all_clear_minutes: int = 60
