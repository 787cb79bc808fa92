"""Labels of tickets. The source language is Vietnamese."""

from __future__ import annotations

from cms.health import labels as fault_labels
from cms.platform.web import wording
from cms.platform.web.languages import _
from cms.platform.web.languages import lazy as __
from cms.platform.web.wording import Words
from cms.tickets.service.faults import SERVER
from devices.tickets.model import Check, Origin, Ticket, TicketEntry, TicketState, TicketStep

TITLE_LETTERS = 80
STATE: dict[str, Words] = {
    TicketState.OPEN: __("Chưa ai nhận"),
    TicketState.TAKEN: __("Đang làm"),
    TicketState.WAITING: __("Đang chờ"),
    TicketState.DONE: __("Đã xong"),
    TicketState.DROPPED: __("Đã bỏ"),
}
STATE_TONE: dict[str, str] = {
    TicketState.OPEN: "bad",
    TicketState.TAKEN: "brand",
    TicketState.WAITING: "wait",
    TicketState.DONE: "good",
}
STEP: dict[str, Words] = {
    TicketStep.TAKE: __("Nhận việc"),
    TicketStep.TAKE_OVER: __("Nhận thay"),
    TicketStep.GIVE_BACK: __("Trả lại việc"),
    TicketStep.WAIT: __("Tạm chờ"),
    TicketStep.NOTE: __("Ghi chú"),
    TicketStep.CHECK: __("Thử máy"),
    TicketStep.FINISH: __("Xong việc"),
    TicketStep.DROP: __("Bỏ phiếu"),
    TicketStep.RESOLVE: __("Nguyên nhân đã hết, phiếu tự đóng"),
}
ORIGIN: dict[str, Words] = {
    Origin.FAULT: __("Hệ thống phát hiện"),
    Origin.FEEDBACK: __("Người dân phản ánh"),
    Origin.PERSON: __("Cán bộ báo"),
}
CHECK: dict[str, Words] = {
    Check.LOOK: __("Nhìn"),
    Check.MEASURE: __("Máy tự kiểm tra"),
    Check.LISTEN: __("Nghe"),
}
CHECK_HOW: dict[str, Words] = {
    Check.LOOK: __("Xem cột, cửa tủ, dây nguồn, dây loa và đèn báo."),
    Check.MEASURE: __("Máy đo tăng âm và đường loa rồi trả lời ngay bên dưới. Không ai nghe thấy."),
    Check.LISTEN: __("Máy phát một hồi chuông 2 giây, người dân nghe thấy. Đứng gần loa rồi bấm."),
}


def what(ticket: Ticket) -> str:
    """Return the subject of a ticket in a few words."""
    if ticket.fault_kind is not None:
        return str(fault_labels.FAULT[ticket.fault_kind])
    if ticket.incident_id:
        return _("Sự cố nhiều thiết bị")
    return ticket.text if len(ticket.text) <= TITLE_LETTERS else ticket.text[: TITLE_LETTERS - 1] + "…"


def opened_by(ticket: Ticket) -> str:
    """Return the person who opened it; empty if the server did."""
    return "" if ticket.opened_by == ticket.opened_by_name else ticket.opened_by_name


def ended_by(ticket: Ticket) -> str:
    """Return the person who closed it, or a note that the server did."""
    return _("phiếu tự đóng") if ticket.ended_by_name == SERVER.name else ticket.ended_by_name


def done_by(entry: TicketEntry) -> str:
    """Return the person who did it; empty if the server did."""
    return "" if entry.by == SERVER.id else entry.by_name


def did(entry: TicketEntry) -> str:
    """Return the step in words; of a check, with its result."""
    if entry.check is None:
        return wording.word(STEP, entry.step)
    came_to = _("đạt") if entry.is_good else _("không đạt")
    return f"{wording.word(CHECK, entry.check)}: {came_to}"
