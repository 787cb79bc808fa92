"""Appearance of an alert on every screen: look, sign and name, and the line on what loudspeakers do.

Never the colour alone: a live warning is ▲ in a solid red frame, a drill ▨ in dashes and stripes, the end of a
warning (all-clear, correction) ✓ in green on white without a frame.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from enum import StrEnum

from broadcast.alerts.lifecycle import RankedAlert, has_siren
from broadcast.alerts.model import Alert, AlertKind, AlertStatus, Purpose
from cms.platform.web.languages import _ as __
from cms.platform.web.languages import lazy as _
from cms.platform.web.wording import Words

_S = AlertStatus


class AlertLook(StrEnum):
    LIVE = "live"
    CALM = "calm"
    DRILL = "drill"


SIGN: Mapping[str, str] = {AlertLook.LIVE: "▲", AlertLook.CALM: "✓", AlertLook.DRILL: "▨"}
NAME: Mapping[str, Words] = {
    AlertLook.LIVE: _("CẢNH BÁO THẬT"),
    AlertLook.CALM: _("TIN KẾT THÚC CẢNH BÁO"),
    AlertLook.DRILL: _("DIỄN TẬP"),
}
RAISING: Mapping[str, Words] = {
    AlertLook.LIVE: _("Khi được duyệt, loa hú còi và phát thật cho người dân."),
    AlertLook.DRILL: _("Không phải cảnh báo thật, và không thể trở thành cảnh báo thật."),
}
_ENDED: Mapping[AlertStatus, Words] = {
    _S.REJECTED: _("Bị từ chối: không loa nào phát."),
    _S.DISCARDED: _("Đã xóa: không loa nào phát."),
    _S.SUPERSEDED: _("Đã thay bằng bản cập nhật: loa không còn phát bản này."),
    _S.CANCELLED: _("Đã hủy: loa không còn phát."),
    _S.EXPIRED: _("Đã hết hạn: loa không còn phát."),
}


def look(alert: RankedAlert) -> AlertLook:
    if alert.kind is AlertKind.DRILL:
        return AlertLook.DRILL
    return AlertLook.CALM if alert.purpose is Purpose.ALL_CLEAR else AlertLook.LIVE


def line(alert: Alert) -> Words:
    """Return what loudspeakers do about the alert in its present state; for a drill, that it is one."""
    if alert.is_drill:
        return RAISING[AlertLook.DRILL]
    if alert.status in _ENDED:
        return _ENDED[alert.status]
    is_out = alert.status is _S.ACTIVE
    if alert.is_minor:
        minor = _("Cập nhật nhỏ: loa nào đã phát thì không hú còi, không phát lại.")
        return minor if is_out else _("Chưa phát. Cập nhật nhỏ: loa nào đã phát thì không hú còi, không phát lại.")
    if not has_siren(alert.hazard, alert.purpose):
        gong = _("Loa gióng chuông rồi đọc cho người dân, không hú còi.")
        return gong if is_out else _("Chưa phát. Khi phát, loa gióng chuông rồi đọc, không hú còi.")
    siren = _("Loa hú còi và phát thật cho người dân.")
    return siren if is_out else _("Chưa phát. Khi được duyệt, loa hú còi và phát thật cho người dân.")


def count(alerts: Iterable[RankedAlert]) -> list[tuple[AlertLook, int, str]]:
    """Count the alerts by look, with a label for each count; the worst look first."""
    found = Counter(look(each) for each in alerts)
    said = {
        AlertLook.LIVE: __("cảnh báo thật: %(n)s", n=found[AlertLook.LIVE]),
        AlertLook.CALM: __("tin kết thúc cảnh báo: %(n)s", n=found[AlertLook.CALM]),
        AlertLook.DRILL: __("diễn tập: %(n)s", n=found[AlertLook.DRILL]),
    }
    return [(each, found[each], said[each]) for each in AlertLook if found[each]]
