"""Labels of firmware. The source language is Vietnamese."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cms.platform.web.languages import _
from cms.platform.web.languages import lazy as __
from cms.platform.web.wording import Words
from devices.firmware.choosing import SHARES_PCT, WaveExclusion
from devices.firmware.model import ACCEPTED, MemberState, Rollout, RolloutState, Wave
from devices.firmware.waves import SILENT
from devices.protocol.messages import Code
from province.errors import Problem

STATE: dict[str, Words] = {
    RolloutState.DRAFT: __("Chưa bắt đầu"),
    RolloutState.CANARY: __("Đang thử ở nhóm thử"),
    RolloutState.HELD: __("Nhóm thử tốt, chờ người thứ hai cho phép"),
    RolloutState.WAVES: __("Đang cập nhật"),
    RolloutState.STOPPED: __("Đã dừng"),
    RolloutState.DONE: __("Đã xong"),
}
STATE_TONE: dict[str, str] = {
    RolloutState.CANARY: "brand",
    RolloutState.HELD: "wait",
    RolloutState.WAVES: "brand",
    RolloutState.STOPPED: "bad",
    RolloutState.DONE: "good",
}
WAVE: dict[str, Words] = {
    Wave.CANARY.name: __("Nhóm thử"),
    Wave.TENTH.name: __("Một phần mười"),
    Wave.HALF.name: __("Một nửa"),
    Wave.ALL.name: __("Tất cả"),
}
MEMBER: dict[str, Words] = {
    MemberState.WAITING: __("Đang chờ"),
    MemberState.TOLD: __("Đã báo"),
    MemberState.RECEIVED: __("Đang tải"),
    MemberState.READY: __("Đã tải, chờ lúc yên"),
    MemberState.TRYING: __("Đang chạy thử"),
    MemberState.DONE: __("Thành công"),
    MemberState.FAILED: __("Hỏng, đã quay về bản cũ"),
    MemberState.UNHEARD: __("Không liên lạc được"),
    MemberState.LEFT: __("Không còn trong đợt"),
}
MEMBER_TONE: dict[str, str] = {
    MemberState.DONE: "good",
    MemberState.FAILED: "bad",
    MemberState.UNHEARD: "wait",
    **dict.fromkeys(ACCEPTED, "brand"),
}
LEFT_OUT: dict[str, Words] = {
    WaveExclusion.MODEL_UNKNOWN: __("Thiết bị chưa báo kiểu máy"),
    WaveExclusion.NO_IMAGE: __("Chưa chọn phần mềm cho kiểu máy này"),
    WaveExclusion.UP_TO_DATE: __("Đang chạy bản này hoặc mới hơn"),
    WaveExclusion.ELSEWHERE: __("Đang ở trong một đợt khác"),
    WaveExclusion.ONLY_ONE: __("Cụm loa duy nhất của xã: giữ lại để xã luôn có loa"),
}
STOPPED: dict[str, Words] = {
    "GATE": __("Tự dừng: từ một phần hai mươi thiết bị của một đợt bị hỏng."),
    "UNHEARD": __("Tự dừng: không thiết bị nào của nhóm thử trả lời."),
    "PERSON": __("Có người dừng."),
}
REASON: dict[str, Words] = {
    SILENT: __("Nhận phần mềm rồi không liên lạc lại"),
    Code.BOOT_FAILED: __("Bản mới không khởi động được"),
    Code.AMP_FAULT: __("Bản mới không qua tự kiểm tra tăng âm"),
    Code.NO_LINK: __("Bản mới không kết nối được"),
    Code.NO_SPACE: __("Không ghi được vào bộ nhớ"),
    Code.NEAR_ITEM: __("Sắp có tin phát"),
    Code.IN_ALERT: __("Đang có cảnh báo"),
    Code.BUSY_HIGHER: __("Đang phát trực tiếp"),
    Code.WEAK_BATTERY: __("Pin yếu"),
    Code.INSTALLING: __("Đang cài bản khác"),
    Code.WRONG_MODEL: __("Khác kiểu máy"),
    Code.STALE: __("Đang chạy bản mới hơn"),
    Code.EXPIRED: __("Hết hạn chờ lúc yên"),
    Code.CANCELLED: __("Đã thu hồi"),
    Code.KEY_ROLE: __("Khóa ký không phải khóa phần mềm"),
    Code.UNKNOWN_KEY: __("Thiết bị không biết khóa ký"),
    Code.BAD_SIGNATURE: __("Chữ ký không đúng"),
    Code.UNSUPPORTED: __("Thiết bị quá cũ, không cập nhật từ xa được"),
}
PROBLEMS: dict[str, Callable[[Problem], str]] = {
    "NO_PACKAGE": lambda _p: _("Tệp này không phải gói phần mềm. Hãy chọn tệp do lệnh loa firmware sign tạo ra."),
    "IMAGE_KEY": lambda _p: _(
        "Gói không được ký bằng khóa phần mềm mà hệ thống tin. Hãy ký lại, hoặc cho hệ thống tin khóa này."
    ),
    "IMAGE_SPOILT": lambda _p: _("Phần mềm trong gói không đúng như bản đã ký: tệp bị hỏng. Hãy chép lại."),
    "IMAGE_NUMBER_TAKEN": lambda p: _(
        "Kiểu máy %(model)s đã có phần mềm số %(number)s. Hãy ký lại với số cao hơn.", **p.detail
    ),
    "MODEL_TWICE": lambda p: _("Kiểu máy %(model)s được chọn hai bản. Hãy chọn một bản.", **p.detail),
    "NOBODY_TO_TELL": lambda _p: _("Không thiết bị nào cần cập nhật. Hãy xem trước để biết vì sao."),
}
_SHARES = ((MemberState.DONE, "done"), (MemberState.FAILED, "failed"), (MemberState.UNHEARD, "unheard"))


def reason(code: str) -> str:
    return str(REASON[code]) if code in REASON else code


def wave(which: Wave) -> str:
    return str(WAVE[which.name])


def share_pct(which: Wave) -> int:
    return SHARES_PCT[which]


def standing(rollout: Rollout) -> str:
    """Return the state of a roll-out, and whether it is paused."""
    words = str(STATE[rollout.state])
    return _("%(state)s (tạm ngừng)", state=words) if rollout.paused_at is not None else words


def bar(states: Mapping[MemberState, int]) -> list[tuple[str, float, float]]:
    """Return the parts of a bar of 100: kind, start, width; the rest is pending."""
    total = sum(states.values())
    parts, x = [], 0.0
    for state, kind in _SHARES:
        width = 100 * states.get(state, 0) / total if total else 0.0
        parts.append((kind, round(x, 2), round(width, 2)))
        x += width
    flying = 100 * sum(states.get(each, 0) for each in (*ACCEPTED, MemberState.TOLD)) / total if total else 0.0
    return [each for each in (*parts, ("away", round(x, 2), round(flying, 2))) if each[2]]
