"""Labels of the device life cycle. The source language is Vietnamese."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from cms.commands.service.quarantine import Astray
from cms.platform.web.languages import _
from cms.platform.web.languages import lazy as __
from cms.platform.web.wording import Words
from devices.lifecycle import CertificateState, LifecycleAction, LifecycleState
from devices.model import DeviceKind
from province.errors import Problem

KIND: dict[str, Words] = {
    DeviceKind.CLUSTER: __("Cụm loa"),
    DeviceKind.BOARD: __("Bảng tin điện tử"),
    DeviceKind.STATION: __("Máy thu của đài"),
    DeviceKind.BRIDGE: __("Bộ nối"),
}
COLUMN: dict[str, Words] = {
    "serial": __("Số sê-ri"),
    "kind": __("Loại"),
    "area": __("Địa bàn"),
    "name": __("Tên"),
    "code": __("Mã nhận"),
}
"""Names of the columns of a sheet on the page; the reader accepts each of them."""
STATE: dict[str, Words] = {
    LifecycleState.REGISTERED: __("Đã vào sổ"),
    LifecycleState.CLAIMED: __("Chờ kết nối"),
    LifecycleState.IN_SERVICE: __("Đang dùng"),
    LifecycleState.QUARANTINED: __("Đang bị khóa tiếng"),
    LifecycleState.REVOKED: __("Đã thu hồi chứng thư"),
    LifecycleState.RETIRED: __("Đã thôi dùng"),
}
STATE_TONE: dict[str, str] = {
    LifecycleState.CLAIMED: "wait",
    LifecycleState.IN_SERVICE: "good",
    LifecycleState.QUARANTINED: "bad",
    LifecycleState.REVOKED: "bad",
}
CERTIFICATE: dict[str, Words] = {
    CertificateState.ISSUED: __("Đã cấp, chưa dùng"),
    CertificateState.IN_USE: __("Đang dùng"),
    CertificateState.SUPERSEDED: __("Đã thay"),
    CertificateState.REVOKED: __("Đã thu hồi"),
}
ACTION: dict[str, Words] = {
    LifecycleAction.QUARANTINE: __("Khóa tiếng"),
    LifecycleAction.RELEASE: __("Mở khóa tiếng"),
    LifecycleAction.REVOKE: __("Thu hồi chứng thư"),
    LifecycleAction.RETIRE: __("Thôi dùng"),
    LifecycleAction.UNCLAIM: __("Bỏ nhận, trả về sổ"),
}
WHAT_IT_DOES: dict[str, Words] = {
    LifecycleAction.QUARANTINE: __(
        "Thiết bị vẫn kết nối nhưng không phát bản tin, lời nói trực tiếp hay diễn tập cho tới khi mở khóa. "
        "Cảnh báo khẩn cấp vẫn phát, trừ khi có kẻ gian hoặc khóa bị lộ; khi đó người ban bố cảnh báo thấy nó từ chối."
    ),
    LifecycleAction.RELEASE: __("Thiết bị lại phát theo lịch và nhận cảnh báo."),
    LifecycleAction.REVOKE: __(
        "Kết nối bị ngắt ngay, chứng thư cũ không dùng được nữa. "
        "Muốn dùng lại, phải nhận lại tại cột bằng mã trên nhãn."
    ),
    LifecycleAction.RETIRE: __("Thiết bị rời khỏi mạng loa mãi mãi; nhật ký phát vẫn giữ."),
    LifecycleAction.UNCLAIM: __("Dùng khi nhận nhầm: máy trở về sổ, chưa ở đâu cả."),
}
SEEN: dict[str, Words] = {
    Astray.SOUNDS: __("có tiếng không do lệnh phát"),
    Astray.TRESPASSES: __("đòi nghe hoặc ghi thứ không phải của mình"),
    Astray.SHARED: __("có hai thiết bị dùng chung một chứng thư"),
    Astray.CODE_SPENT: __("có máy khác xin chứng thư bằng cùng mã"),
}
EVENT: dict[str, Words] = {
    "device.registered": __("Vào sổ"),
    "device.relabelled": __("Làm mã mới"),
    "device.claimed": __("Nhận tại cột"),
    "device.unclaimed": __("Bỏ nhận"),
    "device.enrolled": __("Thêm bằng dòng lệnh"),
    "device.certificate_issued": __("Cấp chứng thư"),
    "device.came_in": __("Kết nối lần đầu"),
    "device.quarantined": __("Khóa tiếng"),
    "device.released": __("Mở khóa tiếng"),
    "device.revoked": __("Thu hồi chứng thư"),
    "device.moved": __("Chuyển địa bàn"),
    "device.described": __("Sửa tên, vị trí"),
    "device.retired": __("Thôi dùng"),
    "device.claim_locked": __("Sai mã nhiều lần, tạm khóa"),
    "device.enrolment_refused": __("Có máy khác xin chứng thư bằng cùng mã"),
    "device.renewal_refused": __("Xin chứng thư quá nhiều lần, bị từ chối"),
    "device.overheard": __("Đòi nghe thứ không phải của mình"),
    "device.denied": __("Ghi vào chỗ không phải của mình"),
    "device.identity_shared": __("Hai thiết bị dùng chung một chứng thư"),
    "box.overheard": __("Máy chưa có chứng thư đòi nghe máy khác"),
    "box.denied": __("Máy chưa có chứng thư ghi vào chỗ không phải của mình"),
    "device.security": __("Thiết bị báo có kẻ giả lệnh"),
    "device.fault": __("Thiết bị báo lỗi"),
    "broker.refused": __("Kết nối bị từ chối"),
}
REFUSED: dict[str, Words] = {
    "certificate verify failed": __("chứng thư lạ, quá hạn hoặc đã thu hồi"),
    "peer did not return a certificate": __("không có chứng thư"),
    "too many to name": __("quá nhiều máy, không kể tên hết"),
}
PROBLEMS: dict[str, Callable[[Problem], str]] = {
    "SERIAL_MALFORMED": lambda p: _(
        "Số sê-ri “%(serial)s” chỉ được gồm chữ không dấu, chữ số và dấu gạch, nhiều nhất 40 ký tự.", **p.detail
    ),
    "SERIAL_TWICE": lambda p: _("Số sê-ri %(serial)s có hai lần trong tệp. Hãy bỏ bớt một dòng.", **p.detail),
    "SERIAL_TAKEN": lambda p: _("Số sê-ri %(serial)s đã có trong sổ. Hãy bỏ dòng này.", **p.detail),
    "SERIAL_SPOILT": lambda p: _(
        "Excel đã đổi số sê-ri thành “%(serial)s” và mất các chữ số cuối. Hãy đặt cột này là Văn bản rồi gõ lại.",
        **p.detail,
    ),
    "KIND_UNKNOWN": lambda p: _(
        "Không có loại thiết bị “%(kind)s”. Hãy ghi: cụm loa, bảng tin, đài hoặc bộ nối.", **p.detail
    ),
    "AREA_NOT_FOUND": lambda p: _(
        "Không có địa bàn “%(area)s” trong phần bạn quản lý. Hãy ghi mã hoặc tên đúng.", **p.detail
    ),
    "AREA_AMBIGUOUS": lambda p: _("Có nhiều nơi tên “%(area)s”. Hãy ghi mã: %(ids)s.", **p.detail),
    "CLAIM_CODE_MALFORMED": lambda _p: _("Mã nhận gồm 16 chữ và số in trên nhãn, ví dụ 7Q4K-M2XW-9RTA-C3BD."),
    "CLAIM_WRONG": lambda _p: _(
        "Số sê-ri hoặc mã không đúng. Hãy xem lại nhãn; nếu nhãn mờ, nhờ người giữ sổ làm mã mới."
    ),
    "CLAIM_LOCKED": lambda p: _("Sai mã nhiều lần. Hãy đợi %(minutes)s phút rồi thử lại.", **p.detail),
    "BOX_OF_ANOTHER_AREA": lambda p: _(
        "Máy này vào sổ cho %(area)s. Hãy chọn nơi thuộc đó, hoặc nhờ người giữ sổ ghi lại.", **p.detail
    ),
    "KIND_DIFFERS": lambda _p: _("Máy thay phải cùng loại với máy cũ."),
    "BOX_IS_A_DEVICE": lambda _p: _("Máy này từng là một thiết bị khác, không thay cho thiết bị này được."),
    "STILL_CONNECTED": lambda _p: _(
        "Máy cũ vẫn đang kết nối. Hãy tắt nguồn máy cũ tại cột, đợi hai phút rồi nhận lại máy này."
    ),
    "POSITION_UNREADABLE": lambda _p: _("Hãy ghi vĩ độ và kinh độ, ví dụ 10,9412 và 108,2837, hoặc để trống cả hai."),
    "SHEET_TOO_LARGE": lambda p: _("Tệp lớn hơn %(max_mb)s MB.", **p.detail),
    "SHEET_TOO_LONG": lambda p: _("Nhiều dòng quá, mỗi lần nhiều nhất %(max)s. Hãy chia tệp.", **p.detail),
    "SHEET_EMPTY": lambda _p: _("Tệp không có dòng nào dưới dòng tiêu đề."),
    "SHEET_WITHOUT_SERIALS": lambda _p: _("Dòng đầu của tệp phải là tiêu đề, có cột “Số sê-ri”."),
    "SHEET_UNREADABLE": lambda _p: _("Không đọc được tệp. Hãy lưu lại thành .xlsx hoặc CSV UTF-8."),
}


def told(seen: Iterable[str]) -> str:
    """Return the server's observations of a device, in one line."""
    return ", ".join(str(SEEN.get(each, each)) for each in seen)
