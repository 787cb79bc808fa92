"""Labels of faults. The source language is Vietnamese."""

from __future__ import annotations

from cms.health.service import notice_labels
from cms.platform.web.languages import _
from cms.platform.web.languages import lazy as __
from cms.platform.web.wording import Words
from devices.health.incidents import Incident, IncidentScope
from devices.health.kinds import RULES, FaultKind, FaultRisk, Severity
from devices.health.notices import IncidentStage
from devices.health.speak_label import CanSpeak

FAULT: dict[str, Words] = {kind: __(text) for kind, text in notice_labels.FAULT.items()}
CAUSE: dict[str, Words] = {cause: __(text) for cause, text in notice_labels.CAUSE.items()}
DANGER: dict[str, Words] = {
    FaultRisk.SPEECH: __("không phát được"),
    FaultRisk.QUALITY: __("chưa chắc phát được"),
    FaultRisk.TRUST: __("có thể bị người khác can thiệp"),
    FaultRisk.UPKEEP: __("cần bảo trì"),
}
TONE: dict[int, str] = {Severity.CRITICAL: "bad", Severity.MAJOR: "wait", Severity.MINOR: ""}
CAN_SPEAK: dict[str, Words] = {
    CanSpeak.YES: __("Phát được"),
    CanSpeak.DOUBTFUL: __("Chưa chắc phát được"),
    CanSpeak.NO: __("Không phát được"),
}
CAN_SPEAK_TONE: dict[str, str] = {CanSpeak.YES: "good", CanSpeak.DOUBTFUL: "wait", CanSpeak.NO: "bad"}
STAGE: dict[str, Words] = {
    IncidentStage.OPENED: __("báo khi mở"),
    IncidentStage.ESCALATED: __("báo cấp trên"),
    IncidentStage.OVER: __("báo khi hết"),
}
EVENT: dict[str, Words] = {
    "incident.opened": __("Mở sự cố"),
    "incident.renamed": __("Đổi nguyên nhân hoặc phạm vi"),
    "incident.merged": __("Gộp vào sự cố khác"),
    "incident.reopened": __("Tái diễn"),
    "incident.over": __("Hết sự cố"),
    "incident.acknowledged": __("Nhận xử lý"),
    "incident.given_back": __("Thôi nhận xử lý"),
    "fault.acknowledged": __("Nhận xử lý"),
    "fault.given_back": __("Thôi nhận xử lý"),
}


def danger(kind: FaultKind) -> Words:
    """Return the consequence of a fault of this kind."""
    return DANGER[RULES[kind].danger]


def tone(kind: FaultKind) -> str:
    return TONE[RULES[kind].severity]


def shared(incident: Incident) -> str:
    """Return the cause that the members of an incident share; empty if it is only their place."""
    name = incident.keys[0]
    said = {
        IncidentScope.FEEDER: _("Cùng xuất tuyến điện %(name)s", name=name),
        IncidentScope.CELL: _("Cùng trạm di động %(name)s", name=name),
        IncidentScope.CARRIER: _("Cùng mạng di động %(name)s", name=name),
        IncidentScope.FIRMWARE: _("Cùng phần mềm vừa cài %(name)s", name=name),
        IncidentScope.SERVER: _("Quá nửa số thiết bị cả tỉnh cùng lúc"),
        IncidentScope.BROKER: _(
            "Không nghe được thiết bị nào: mất kết nối với máy chủ MQTT. Thiết bị vẫn phát theo lịch đã nhận."
        ),
        IncidentScope.CLOCK: _("Đồng hồ máy chủ không tin được: chỉ cảnh báo và lệnh dừng còn được gửi."),
        IncidentScope.AREAS: "",
    }
    return said[incident.scope]
