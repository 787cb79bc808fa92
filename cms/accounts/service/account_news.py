"""Sentences by which people are told of their account; read away from the console, they say what to do."""

from datetime import datetime

from cms.accounts.model import AccessKind, Invitation
from cms.notifications.service.news import clock


def invited(by_name: str, invitation: Invitation, now: datetime) -> tuple[str, str]:
    until = f"Đường dẫn dùng một lần, trước {clock(invitation.expires_at, now)}. Đừng chuyển cho ai:"
    if invitation.is_reset:
        return "Đặt lại mật khẩu", f"{by_name} đã xác nhận đặt lại mật khẩu cho bạn. {until}"
    return "Mời vào hệ thống thông tin nguồn", f"{by_name} đã lập tài khoản cho bạn. Mời bạn tự đặt mật khẩu. {until}"


def asked(kind: AccessKind, name: str, by_name: str) -> tuple[str, str]:
    what = f"cấp quyền cho {name}" if kind is AccessKind.RIGHTS else f"đặt lại mật khẩu của {name}"
    return f"Cần người thứ hai: {what}", f"{by_name} đề nghị {what}. Hãy hỏi lại cho chắc, rồi xác nhận hoặc từ chối:"


def rights_given(by_name: str) -> tuple[str, str]:
    return "Quyền của bạn đã đổi", f"{by_name} đã xác nhận quyền mới cho bạn. Không phải bạn yêu cầu thì báo ngay. Xem:"


def changed(by_name: str) -> tuple[str, str]:
    return "Quyền của bạn đã đổi", f"{by_name} đã đổi quyền của bạn. Không rõ vì sao thì hỏi lại. Xem:"
