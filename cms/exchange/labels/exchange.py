"""Labels of the data exchange: verdicts, findings, outcomes of messages, troubles of feeds."""

from __future__ import annotations

from broadcast.alerts.cap.findings import FindingCode
from broadcast.alerts.cap.verdict import Airs, CapVerdict, MessageKind
from cms.exchange.repository.exchange import ExchangeOutcome
from cms.exchange.repository.feeds import FeedTrouble
from cms.platform.web.languages import _ as __
from cms.platform.web.languages import lazy as _
from cms.platform.web.wording import Words, word

_WAY: dict[str, Words] = {
    "feed": _("Nguồn tin"),
    "upload": _("Đưa lên trang"),
    "push": _("Nơi gửi đẩy đến"),
    "import": _("Nhập từ tệp trên máy chủ"),
}
VERDICT: dict[str, Words] = {
    CapVerdict.ACCEPT: _("Nhận, đã xác minh"),
    CapVerdict.DRAFT: _("Nhận, chưa xác minh"),
    CapVerdict.IGNORE: _("Bỏ qua"),
    CapVerdict.REFUSE: _("Từ chối"),
}
VERDICT_TONE: dict[str, str] = {CapVerdict.ACCEPT: "good", CapVerdict.DRAFT: "wait", CapVerdict.REFUSE: "bad"}
VERDICT_LINE: dict[str, Words] = {
    CapVerdict.ACCEPT: _("Đúng chữ ký đã ghim của nơi gửi. Vẫn chỉ là bản nháp: hai người mới phát được."),
    CapVerdict.DRAFT: _("Không chứng minh được ai gửi. Hãy gọi hỏi nơi gửi trước khi dùng."),
    CapVerdict.IGNORE: _("Tin đúng mẫu nhưng không dành cho loa."),
    CapVerdict.REFUSE: _("Tin sai mẫu hoặc không đáng tin. Không dùng gì trong đó."),
}
KIND: dict[str, Words] = {
    MessageKind.ALERT: _("Cảnh báo"),
    MessageKind.UPDATE: _("Bản cập nhật"),
    MessageKind.CANCEL: _("Hủy"),
    MessageKind.ALL_CLEAR: _("Hết cảnh báo"),
    MessageKind.EXERCISE: _("Diễn tập"),
    MessageKind.ACK: _("Báo đã nhận"),
    MessageKind.ERROR: _("Báo lỗi"),
    MessageKind.HEARTBEAT: _("Tín hiệu còn sống"),
    MessageKind.SYSTEM: _("Tin giữa các hệ thống"),
    MessageKind.TEST: _("Tin thử"),
    MessageKind.DRAFT: _("Bản nháp của nơi gửi"),
    MessageKind.UNKNOWN: _("Không đọc được"),
}
OUTCOME: dict[str, Words] = {
    ExchangeOutcome.NOTHING: _("Chỉ ghi lại"),
    ExchangeOutcome.DRAFTED: _("Thành bản nháp"),
    ExchangeOutcome.DISCARDED: _("Bản nháp được rút"),
    ExchangeOutcome.REFUSED: _("Bị từ chối, chờ người xem"),
    ExchangeOutcome.SETTLED: _("Đã có người xử lý"),
    ExchangeOutcome.ASKS: _("Hỏi người quyết định"),
    ExchangeOutcome.FAILED: _("Không soạn được bản nháp"),
}
# Questions to a person, by the consequence of the message.
_CANCEL, _CLEAR = (
    _("Nơi gửi hủy tin này. Có hủy cảnh báo của ta không?"),
    _("Nơi gửi báo hết cảnh báo. Có phát tin hết cảnh báo không?"),
)
QUESTION: dict[str, Words] = {
    Airs.DRAFT_CANCEL: _CANCEL,
    Airs.DRAFT_DRILL_CANCEL: _CANCEL,
    Airs.DRAFT_ALL_CLEAR: _CLEAR,
    Airs.DRAFT_DRILL_ALL_CLEAR: _CLEAR,
}
TROUBLE: dict[str, Words] = {
    FeedTrouble.NONE: _("Bình thường"),
    FeedTrouble.FAILING: _("Không trả lời"),
    FeedTrouble.SILENT: _("Im lặng"),
    FeedTrouble.PARTLY: _("Có mục không đọc được"),
}
MSG_TYPE: dict[str, Words] = {"Alert": _("Cảnh báo"), "Update": _("Bản cập nhật"), "Cancel": _("Hủy")}
NOTE: dict[str, Words] = {
    "BEYOND_RIGHTS": _("Tin nêu cả nơi mà nơi gửi không được nói thay; những nơi đó đã bỏ."),
    "ELSEWHERE": _("Mọi nơi trong tin đều ngoài tỉnh."),
    "EXPIRES_EARLIER": _("Tin kéo dài quá mức cho phép; bản nháp hết hạn sớm hơn."),
    "EXPIRES_IMPOSED": _("Tin không có giờ hết hạn; bản nháp được đặt một giờ."),
    "LANGUAGE_LEFT_OUT": _("Bỏ một ngôn ngữ chưa đọc được."),
    "MISSED": _("Nơi gửi đã phát một tin mà ta chưa nhận."),
    "NOTHING_OF_OURS": _("Không liên quan cảnh báo nào của ta."),
    "PIN_UNUSABLE": _("Chứng thư đã ghim của nơi gửi không dùng được. Hãy báo người quản trị."),
    "REPLACES_DRAFT": _("Có một bản nháp cũ từ cùng tin; hãy bỏ bản không dùng."),
    "SHAPE_LEFT_OUT": _("Hình vẽ quá chi tiết cho loa; lấy cả đơn vị hành chính."),
    "VIETNAMESE_FROM_TEMPLATE": _("Tin không có tiếng Việt; lời đọc lấy từ mẫu."),
}
FINDING: dict[str, Words] = {
    FindingCode.TOO_BIG: _("Tệp lớn hơn 2 MB."),
    FindingCode.BAD_ENCODING: _("Bảng mã chữ không nhận, hoặc không đúng như khai."),
    FindingCode.NOT_WELL_FORMED: _("Không phải XML đúng mẫu."),
    FindingCode.DOCTYPE: _("Có DOCTYPE; phần sau không được đọc."),
    FindingCode.TOO_DEEP: _("Lồng nhau quá 32 lớp."),
    FindingCode.TOO_MANY_ELEMENTS: _("Quá nhiều phần tử."),
    FindingCode.NOT_CAP: _("Không phải tin CAP."),
    FindingCode.WRAPPED: _("Là gói chứa tin, không phải một tin."),
    FindingCode.OLD_VERSION: _("Bản CAP cũ (1.0 hoặc 1.1); cần 1.2."),
    FindingCode.WRONG_NAMESPACE: _("Không thuộc không gian tên CAP 1.2."),
    FindingCode.HIDDEN_ALERT: _("Có phần CAP giấu trong chữ ký."),
    FindingCode.UNKNOWN_ELEMENT: _("Có phần tử CAP không có ở đó."),
    FindingCode.UNKNOWN_ATTRIBUTE: _("Có thuộc tính; CAP không có."),
    FindingCode.OUT_OF_ORDER: _("Phần tử sai thứ tự."),
    FindingCode.MISSING: _("Thiếu phần bắt buộc."),
    FindingCode.REPEATED: _("Phần chỉ được có một lần lại lặp."),
    FindingCode.STRAY_TEXT: _("Có chữ lạc giữa các phần tử."),
    FindingCode.EMPTY: _("Phần bắt buộc để trống."),
    FindingCode.BAD_IDENTIFIER: _("Số hiệu hoặc tên nơi gửi có ký tự không được dùng."),
    FindingCode.BAD_TIME: _("Giờ viết sai mẫu."),
    FindingCode.BAD_VALUE: _("Không phải một trong các từ CAP cho phép."),
    FindingCode.BAD_LANGUAGE: _("Thẻ ngôn ngữ sai."),
    FindingCode.BAD_NUMBER: _("Không phải con số."),
    FindingCode.BAD_REFERENCES: _("Danh sách tin liên quan viết sai."),
    FindingCode.LIST_TOO_LONG: _("Danh sách quá dài."),
    FindingCode.BAD_POLYGON: _("Vùng để trống hoặc không phải danh sách vĩ độ, kinh độ: đã bỏ, hãy chọn nơi nhận."),
    FindingCode.POLYGON_TOO_SHORT: _("Vùng có ít hơn bốn điểm."),
    FindingCode.POLYGON_OPEN: _("Vùng chưa khép kín: đã khép lại."),
    FindingCode.POLYGON_CROSSES: _("Vùng tự cắt hoặc không có bên trong: đã sửa, hoặc đã bỏ. Hãy xem lại nơi nhận."),
    FindingCode.POLYGON_TOO_COMPLEX: _("Vùng quá phức tạp để kiểm tra kịp."),
    FindingCode.CLAMPED: _("Tọa độ vượt mép bản đồ một chút: lấy đúng mép."),
    FindingCode.OUT_OF_RANGE: _("Tọa độ ngoài trái đất."),
    FindingCode.SWAPPED: _("Vĩ độ và kinh độ bị đổi chỗ."),
    FindingCode.BAD_CIRCLE: _("Vòng tròn viết sai mẫu."),
    FindingCode.NEGATIVE_RADIUS: _("Bán kính âm."),
    FindingCode.CEILING_ALONE: _("Có độ cao trên mà không có độ cao dưới."),
    FindingCode.RESTRICTION_MISSING: _("Tin hạn chế mà không nói hạn chế gì."),
    FindingCode.ADDRESSES_MISSING: _("Tin riêng mà không có người nhận."),
    FindingCode.REFERENCES_MISSING: _("Cập nhật hoặc hủy mà không nói tin nào."),
    FindingCode.SELF_REFERENCE: _("Nhắc đến chính mình."),
    FindingCode.NAMES_ITSELF: _("Tin nhắc đến số hiệu của chính mình; bỏ qua chỗ nhắc đó."),
    FindingCode.FOREIGN_REFERENCE: _("Hủy tin của nơi khác mà không phải cấp trên."),
    FindingCode.REFERENCE_LATER: _("Cập nhật hoặc hủy tin gửi sau nó."),
    FindingCode.NO_INFO: _("Cảnh báo không có nội dung."),
    FindingCode.EXPIRES_BEFORE_SENT: _("Hết hạn trước khi gửi; hệ thống đặt một giờ hết hạn."),
    FindingCode.EXPIRES_BEFORE_EFFECTIVE: _("Hết hạn trước khi có hiệu lực; hệ thống đặt một giờ hết hạn."),
    FindingCode.SIGNATURE_INVALID: _("Chữ ký không phải của nơi gửi, hoặc tin đã bị sửa."),
    FindingCode.IDENTIFIER_REUSED: _("Số hiệu đã dùng cho một tin khác."),
    FindingCode.STATUS_CROSSED: _("Diễn tập chạm vào tin thật, hoặc ngược lại."),
    FindingCode.HEARTBEAT: _("Tín hiệu còn sống của nguồn tin."),
    FindingCode.SYSTEM: _("Tin giữa các hệ thống."),
    FindingCode.TEST: _("Tin thử kỹ thuật."),
    FindingCode.DRAFT: _("Bản nháp của nơi gửi."),
    FindingCode.ACK: _("Báo đã nhận một tin."),
    FindingCode.ERROR: _("Báo một tin bị từ chối."),
    FindingCode.DUPLICATE: _("Đã nhận trước đây."),
    FindingCode.SUPERSEDED: _("Đã được tin khác thay hoặc hủy."),
    FindingCode.NOTHING_TO_CANCEL: _("Hủy một tin ta chưa nhận; ghi nhớ phòng khi tin đó đến muộn."),
    FindingCode.EXPIRED: _("Đã hết hạn."),
    FindingCode.VERIFIED: _("Đúng chữ ký đã ghim của nơi gửi."),
    FindingCode.UNSIGNED: _("Không có chữ ký."),
    FindingCode.SIGNER_UNKNOWN: _("Có chữ ký, nhưng chưa ghim người ký của nơi gửi này."),
    FindingCode.SIGNATURE_MISSING: _("Không ký, dù nơi gửi có người ký đã ghim."),
    FindingCode.EXPIRES_MISSING: _("Không có giờ hết hạn; hệ thống đặt một giờ."),
    FindingCode.EXPIRES_BEFORE_ONSET: _("Hết hạn trước khi sự việc bắt đầu."),
    FindingCode.ONSET_LATER: _("Sự việc còn ở phía trước; chưa phát ngay."),
    FindingCode.SENT_LATER: _("Giờ gửi ở tương lai: có đồng hồ chạy sai."),
    FindingCode.NOT_PUBLIC: _("Không phải tin công khai, không dành cho loa."),
    FindingCode.RESTRICTION_UNUSED: _("Có ghi hạn chế nhưng tin không thuộc loại hạn chế."),
    FindingCode.ALL_CLEAR_IN_PART: _("Chỉ một phần nói đã yên; coi như chưa yên."),
    FindingCode.REFERENCE_UNKNOWN: _("Cập nhật một tin ta chưa nhận."),
    FindingCode.FOREIGN_UPDATE: _("Cập nhật tin của nơi khác; tin kia vẫn còn."),
    FindingCode.NO_AREA: _("Không nêu nơi nào."),
    FindingCode.NO_SHAPE: _("Có nơi chỉ có tên, không có vùng hay mã."),
    FindingCode.NO_WORDS: _("Không có tiêu đề, mô tả hay hướng dẫn."),
    FindingCode.NOTE_MISSING: _("Diễn tập hoặc báo lỗi mà không ghi chú."),
    FindingCode.MARKUP: _("Có thẻ HTML trong lời; bỏ đi trước khi đọc."),
    FindingCode.OUTSIDE_AREA: _("Không chạm nơi nào của ta."),
    FindingCode.UNKNOWN_GEOCODE: _("Có mã địa bàn không phải của ta."),
    FindingCode.SHAPE_AND_CODES: _("Có cả mã và hình; lấy cả mọi nơi được nêu hoặc chạm tới."),
    FindingCode.MORE: _("Còn nhiều chỗ nữa; chỉ liệt kê một trăm chỗ đầu."),
}
# Errors of feeds and deliveries: the first words of the stored error, and the remedy.
FAULT: dict[str, Words] = {
    "ENTRY_NOWHERE": _("Có mục không kèm tin và không dẫn tới tin nào. Hãy báo nơi gửi."),
    "FETCH_REFUSED URL": _("Địa chỉ viết sai. Sửa lại nguồn tin."),
    "FETCH_REFUSED SCHEME": _("Địa chỉ không phải https. Hãy hỏi nơi gửi địa chỉ https."),
    "FETCH_REFUSED HOST": _("Địa chỉ dẫn tới máy chưa được ghim. Nếu đúng, thêm máy đó với --host."),
    "FETCH_REFUSED ADDRESS": _("Địa chỉ nằm trong mạng nội bộ. Nếu đúng, thêm nguồn với --local."),
    "FETCH_REFUSED REDIRECTS": _("Bị dẫn vòng quá nhiều lần. Hãy báo nơi gửi."),
    "FETCH_REFUSED TOO_BIG": _("Gửi về quá 2 MB. Hãy báo nơi gửi."),
    "FETCH_REFUSED ENCODING": _("Gửi về dạng nén không nhận. Hãy báo nơi gửi."),
    "FETCH_FAILED RESOLVE": _("Không tìm thấy máy theo tên. Kiểm tra địa chỉ và đường mạng."),
    "FETCH_FAILED CONNECT": _("Không kết nối được. Kiểm tra đường mạng, rồi gọi nơi kia."),
    "FETCH_FAILED TLS": _("Chứng thư của nơi kia không đúng. Đừng bỏ qua: hãy gọi họ."),
    "FETCH_FAILED ANSWER": _("Trả lời dở dang. Hệ thống tự thử lại."),
    "FETCH_FAILED TIMEOUT": _("Trả lời quá chậm. Hệ thống tự thử lại."),
    "FETCH_FAILED STOPPING": _("Hệ thống đang dừng. Hệ thống tự thử lại."),
    "FETCH_FAILED HTTP": _("Nơi kia trả lời lỗi. Hãy gọi họ nếu kéo dài."),
    "FETCH_FAILED OURS": _("Lỗi ở phía ta. Hãy báo kỹ thuật viên."),
    "UNREADABLE_FEED": _("Gửi về không phải nguồn tin đọc được. Hãy báo nơi gửi."),
}


def note(code: str) -> str:
    """Return the sentence of a note, and the figure after its colon."""
    name, _colon, figure = code.partition(":")
    if name not in NOTE:
        return code
    return f"{NOTE[name]} ({figure})" if figure else str(NOTE[name])


def fault(error: str) -> str:
    """Return error and remedy in words; empty if there is no error. An error without a sentence is shown unchanged."""
    for name, sentence in FAULT.items():
        if error.startswith(name):
            return str(sentence)
    return error


def source(came: str) -> str:
    """Return the channel by which a message came, and the name of its source."""
    way, _space, name = came.partition(" ")
    said = word(_WAY, way) if way in _WAY else __("Cách khác")
    return f"{said}: {name}" if name else said
