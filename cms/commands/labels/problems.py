"""Error sentences for remote commands. The source language is Vietnamese."""

from collections.abc import Callable

from cms.platform.web.languages import _
from province.errors import Problem

PROBLEMS: dict[str, Callable[[Problem], str]] = {
    "DOUBT_MISSING": lambda _p: _("Choose why it is silenced: that decides whether emergency alerts sound."),
    "NOT_TAKEN": lambda _p: _("This command does not take this. Leave it empty."),
    "NONE_CHOSEN": lambda _p: _("No device is chosen. Tick an area or write the ids of devices."),
    "NOTHING_NARROWED": lambda _p: _("Nothing is narrowed down: all devices are the list as it is."),
    "NONE_LEFT": lambda _p: _("Every device chosen has to be left out now. See the reasons below, or try again later."),
    "QUIET_THEN": lambda _p: _("This time, or the hour after it, is quiet there. Choose another time."),
    "NOTHING_SEEN": lambda _p: _(
        "The server does not see the device do what nobody ordered, so a second person is needed. Take the tick away "
        "and send it again; if it is speaking what nobody ordered, quarantine it at once."
    ),
    "TOO_MANY_AT_ONCE": lambda p: _(
        "Within an hour only %(max)s devices are shut off at once without a second person. Clear the tick and send "
        "again, for a second person to agree.",
        **p.detail,
    ),
    "NO_ADDRESS": lambda _p: _("Write a mail address like truc@tinh.vn, or an address that begins with https://."),
    "WINDOW_TOO_LONG": lambda p: _("At most %(days)s days. Choose an earlier end.", **p.detail),
}
