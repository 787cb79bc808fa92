"""Appearance of an alert on every screen: look, sign and name, and the line on what loudspeakers do.

Never the colour alone: a live warning is ▲ in a solid red frame, a drill ▨ in dashes and stripes, the end of a
warning (all-clear, correction) ✓ in green on white without a frame.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from enum import StrEnum

from broadcast.alerts.lifecycle import RankedAlert, has_siren
from broadcast.alerts.model import Alert, AlertKind, AlertStatus, Purpose
from cms.platform.web.languages import _ as __
from cms.platform.web.languages import lazy as _
from cms.platform.web.wording import LabelText

_S = AlertStatus


class AlertStyle(StrEnum):
    LIVE = "live"
    CALM = "calm"
    DRILL = "drill"


SIGN: Mapping[str, str] = {AlertStyle.LIVE: "▲", AlertStyle.CALM: "✓", AlertStyle.DRILL: "▨"}
NAME: Mapping[str, LabelText] = {
    AlertStyle.LIVE: _("LIVE ALERT"),
    AlertStyle.CALM: _("WARNING ENDED"),
    AlertStyle.DRILL: _("DRILL"),
}
RAISING: Mapping[str, LabelText] = {
    AlertStyle.LIVE: _("Once approved, loudspeakers sound the siren and broadcast to the public for real."),
    AlertStyle.DRILL: _("Not a live alert, and it can never become one."),
}
_ENDED: Mapping[AlertStatus, LabelText] = {
    _S.REJECTED: _("Rejected: no loudspeaker plays it."),
    _S.DISCARDED: _("Deleted: no loudspeaker plays it."),
    _S.SUPERSEDED: _("Replaced by an update: loudspeakers no longer play this one."),
    _S.CANCELLED: _("Cancelled: loudspeakers no longer play it."),
    _S.EXPIRED: _("Expired: loudspeakers no longer play it."),
}


def look(alert: RankedAlert) -> AlertStyle:
    if alert.kind is AlertKind.DRILL:
        return AlertStyle.DRILL
    return AlertStyle.CALM if alert.purpose is Purpose.ALL_CLEAR else AlertStyle.LIVE


def line(alert: Alert) -> LabelText:
    """Return what loudspeakers do about the alert in its present state; for a drill, that it is one."""
    if alert.is_drill:
        return RAISING[AlertStyle.DRILL]
    if alert.status in _ENDED:
        return _ENDED[alert.status]
    is_out = alert.status is _S.ACTIVE
    if alert.is_minor:
        minor = _("Minor update: loudspeakers that have played it sound no siren and do not play again.")
        return (
            minor
            if is_out
            else _("Not sent yet. Minor update: loudspeakers that have played it sound no siren and do not play again.")
        )
    if not has_siren(alert):
        gong = _("Loudspeakers strike a gong and then speak to the public; no siren.")
        return gong if is_out else _("Not sent yet. When sent, loudspeakers strike a gong and then speak; no siren.")
    siren = _("Loudspeakers sound the siren and broadcast to the public for real.")
    return (
        siren
        if is_out
        else _("Not sent yet. Once approved, loudspeakers sound the siren and broadcast to the public for real.")
    )


def count(alerts: Iterable[RankedAlert]) -> list[tuple[AlertStyle, int, str]]:
    """Count the alerts by look, with a label for each count; the worst look first."""
    found = Counter(look(each) for each in alerts)
    said = {
        AlertStyle.LIVE: __("real alerts: %(n)s", n=found[AlertStyle.LIVE]),
        AlertStyle.CALM: __("ended warnings: %(n)s", n=found[AlertStyle.CALM]),
        AlertStyle.DRILL: __("drills: %(n)s", n=found[AlertStyle.DRILL]),
    }
    return [(each, found[each], said[each]) for each in AlertStyle if found[each]]
