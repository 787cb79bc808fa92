"""Error catalogue: HTTP status, problem type and sentence of each refusal.

One table, keyed by the stable ``code`` that every error class of ours carries; ``docs/errors.md`` is written from it.
Sentences are message ids, translated where they are shown, with the error's attributes as ``%(name)s``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from cms.translations import in_default_language

PROBLEM_BASE = "/problems/"
RETRY_AFTER_S = 15
"""``Retry-After`` of a 503 response."""


def N_(sentence: str) -> str:  # noqa: N802 the name message extraction looks for
    """Mark a sentence for translation where it is shown."""
    return sentence


@dataclass(frozen=True, slots=True)
class ProblemType:
    """Catalogue row. ``title`` is English, for the API; ``sentence`` is a message id; ``remedy`` says who can help."""

    code: str
    status: HTTPStatus
    title: str
    sentence: str
    remedy: str

    @property
    def uri(self) -> str:
        """Return the ``type`` of RFC 9457, relative to the API's address."""
        return PROBLEM_BASE + self.code.lower().replace("_", "-")


UNEXPECTED = ProblemType(
    "UNEXPECTED",
    HTTPStatus.INTERNAL_SERVER_ERROR,
    "Something broke here",
    N_("Hệ thống gặp lỗi. Việc này đã được ghi lại; hãy thử lại sau ít phút."),
    "call an engineer",
)

_ROWS = (
    ProblemType(
        "NOT_FOUND",
        HTTPStatus.NOT_FOUND,
        "Nothing of that kind has that id",
        N_("Không tìm thấy, hoặc bạn không được xem."),
        "look again",
    ),
    ProblemType(
        "VERSION_CONFLICT",
        HTTPStatus.CONFLICT,
        "Somebody else changed it meanwhile",
        N_("Mục này vừa được sửa ở nơi khác. Hãy tải lại rồi sửa tiếp."),
        "reload",
    ),
    ProblemType(
        "CONTENT_CHANGED",
        HTTPStatus.CONFLICT,
        "What would be aired is not what was looked at",
        N_("Nội dung sẽ phát đã đổi sau khi bạn xem. Hãy nghe lại rồi quyết định."),
        "listen again",
    ),
    ProblemType(
        "NOT_ALLOWED",
        HTTPStatus.FORBIDDEN,
        "You may not do this here",
        N_("Bạn không có quyền làm việc này ở địa bàn đã chọn."),
        "ask another person",
    ),
    ProblemType(
        "TOKEN_REFUSED",
        HTTPStatus.FORBIDDEN,
        "No token does this, or this token is not for it; see reason",
        N_("Chương trình (token) không làm được việc này. Người có quyền phải tự làm trên trang điều hành."),
        "have a person do it at the console, or make a token with the scope",
    ),
    ProblemType(
        "NOT_POSSIBLE",
        HTTPStatus.CONFLICT,
        "The present state does not allow this step",
        N_("Không làm được bước này khi bản tin đang ở trạng thái hiện tại."),
        "look at the state",
    ),
    ProblemType(
        "FROZEN",
        HTTPStatus.CONFLICT,
        "It is about to air, and its plan stands until then",
        N_(
            "Tin sắp phát: trong %(freeze_min)s phút trước giờ phát không đổi được nữa. Hãy đợi phát xong, "
            "nhờ người có quyền nêu lý do, hoặc dừng loa."
        ),
        "wait, have it overridden with a reason, or stop",
    ),
    ProblemType(
        "INVALID",
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "The input has problems; all of them are listed",
        N_("Nội dung nhập còn chỗ chưa đúng; xem từng mục bên dưới."),
        "fix the input",
    ),
    ProblemType(
        "CLASH",
        HTTPStatus.CONFLICT,
        "The schedule collides; all collisions are listed",
        N_("Lịch phát bị trùng; xem từng chỗ trùng bên dưới."),
        "move, shorten or leave out",
    ),
    ProblemType(
        "UNKNOWN_AREA",
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "No area has this id",
        N_("Không có địa bàn nào mang mã %(area_id)s."),
        "fix the input",
    ),
    ProblemType(
        "AREA_TREE",
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "The tree of areas contradicts itself",
        N_("Dữ liệu địa bàn %(area_id)s mâu thuẫn. Hãy báo kỹ thuật viên."),
        "call an engineer",
    ),
    ProblemType(
        "LINK",
        HTTPStatus.SERVICE_UNAVAILABLE,
        "The message broker did not take the message",
        N_("Chưa gửi được tới thiết bị. Hệ thống sẽ tự gửi lại."),
        "retry",
    ),
    ProblemType(
        "TOO_BIG",
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "A message is larger than the wire allows",
        N_("Bản tin tạo ra thông điệp quá lớn cho thiết bị. Hãy báo kỹ thuật viên."),
        "call an engineer",
    ),
    ProblemType(
        "AUDIO_REFUSED",
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "This audio file is not taken; see reason",
        N_("Không nhận được tệp âm thanh này (%(reason)s). Hãy chọn tệp khác."),
        "choose another file",
    ),
    ProblemType(
        "NO_VOICE",
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "No voice speaks this language",
        N_("Chưa có giọng đọc cho ngôn ngữ này. Hãy tải lên bản ghi âm."),
        "record it",
    ),
    ProblemType(
        "VOICE_CHOICE",
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "The setting of voices is not understood",
        N_("Cài đặt giọng đọc chưa đúng. Hãy báo kỹ thuật viên."),
        "correct LOA_VOICES",
    ),
    ProblemType(
        "VOICE_BROKEN",
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "The folder of a chosen voice cannot be used",
        N_("Thư mục giọng đọc bị thiếu hoặc hỏng. Hãy báo kỹ thuật viên."),
        "supply the folder anew",
    ),
    ProblemType(
        "TOOL_FAILED",
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "An audio tool failed",
        N_("Xử lý âm thanh bị lỗi. Hãy thử lại; nếu vẫn lỗi, báo kỹ thuật viên."),
        "retry, then call an engineer",
    ),
    ProblemType(
        "CONTENT_MISSING",
        HTTPStatus.NOT_FOUND,
        "The content store holds nothing under this hash",
        N_("Không có nội dung này trong kho."),
        "call an engineer",
    ),
    ProblemType(
        "UPLOAD_MISSING",
        HTTPStatus.NOT_FOUND,
        "No such upload of yours; it may have been left for more than a day",
        N_("Không còn phần đã gửi của tệp này. Hãy gửi lại từ đầu."),
        "begin anew",
    ),
    ProblemType(
        "UPLOAD_GAP",
        HTTPStatus.CONFLICT,
        "Bytes from offset on are missing",
        N_("Tệp chưa gửi xong. Hãy gửi tiếp."),
        "go on from offset",
    ),
    ProblemType(
        "SIGN_IN_FAILED",
        HTTPStatus.UNAUTHORIZED,
        "Login or password is wrong",
        N_("Tên đăng nhập hoặc mật khẩu không đúng."),
        "try again",
    ),
    ProblemType(
        "SIGN_IN_LOCKED",
        HTTPStatus.TOO_MANY_REQUESTS,
        "Sign-in is held back after repeated failures",
        N_("Đã nhập sai nhiều lần. Hãy đợi rồi thử lại."),
        "wait",
    ),
    ProblemType(
        "SIGN_IN_BUSY",
        HTTPStatus.SERVICE_UNAVAILABLE,
        "Too many sign in at this moment",
        N_("Đang có quá nhiều người đăng nhập cùng lúc. Hãy đợi vài giây rồi thử lại."),
        "wait a few seconds",
    ),
    ProblemType(
        "PASSWORD_WEAK",
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "The password is too short, guessed easily, or the one before; see reason",
        N_(
            "Mật khẩu phải mới, có ít nhất %(min_length)s ký tự và khó đoán: không lặp lại, không theo dãy phím hay "
            "dãy số, không lấy tên, địa danh hay chữ “mật khẩu”. Nên ghép bốn, năm từ không liên quan."
        ),
        "choose a longer one",
    ),
    ProblemType(
        "LOGIN_TAKEN",
        HTTPStatus.CONFLICT,
        "Another user has this login",
        N_("Tên đăng nhập %(login)s đã có người dùng."),
        "choose another login",
    ),
    ProblemType(
        "CODE_MISSING",
        HTTPStatus.FORBIDDEN,
        "No code was given",
        N_("Hãy nhập mã xác thực: 6 chữ số đang hiện trong ứng dụng trên điện thoại."),
        "type the present code",
    ),
    ProblemType(
        "WRONG_CODE",
        HTTPStatus.FORBIDDEN,
        "Neither a present code of the authenticator nor an unused recovery code",
        N_("Mã xác thực không đúng. Hãy mở ứng dụng xác thực và nhập mã đang hiện."),
        "type the present code",
    ),
    ProblemType(
        "CODE_CLOCK_OFF",
        HTTPStatus.FORBIDDEN,
        "This code belongs to another time: the server's clock, or the telephone's, may be off",
        N_(
            "Mã này thuộc giờ khác: đồng hồ của máy chủ hoặc của điện thoại có thể sai. Hãy so giờ trên điện thoại; "
            "nếu đúng, báo kỹ thuật viên trực máy chủ. Mã khôi phục vẫn dùng được."
        ),
        "compare the clocks, or give a recovery code",
    ),
    ProblemType(
        "CODE_USED",
        HTTPStatus.CONFLICT,
        "This code has been taken before; each is good once",
        N_("Mã này đã dùng rồi. Hãy đợi mã mới hiện trong ứng dụng (nhiều nhất 30 giây) rồi nhập mã đó."),
        "wait for the next code",
    ),
    ProblemType(
        "CODE_LOCKED",
        HTTPStatus.TOO_MANY_REQUESTS,
        "Codes are held back after repeated wrong ones",
        N_("Đã nhập sai mã nhiều lần. Hãy đợi rồi thử lại, hoặc nhờ người quản trị."),
        "wait",
    ),
    ProblemType(
        "NOT_ENROLLED",
        HTTPStatus.FORBIDDEN,
        "The user has no second factor",
        N_("Tài khoản này chưa có xác thực hai bước. Hãy đăng nhập lại để cài đặt."),
        "enrol an authenticator",
    ),
    ProblemType(
        "SECOND_FACTOR_UNREADABLE",
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "The second factor is sealed with a key that is gone",
        N_("Không đọc được dữ liệu xác thực hai bước. Hãy nhờ người quản trị đặt lại cho tài khoản này."),
        "have an administrator reset it",
    ),
    ProblemType(
        "UNKNOWN_DATA_SET",
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "No data set of areas has this name",
        N_("Không có bộ dữ liệu địa bàn tên %(name)s."),
        "fix the input",
    ),
    ProblemType(
        "NOT_LOADED",
        HTTPStatus.CONFLICT,
        "A data set of areas has to be loaded first",
        N_("Cần nạp bộ dữ liệu địa bàn %(name)s trước."),
        "load it",
    ),
)

_OUTAGES = tuple(
    ProblemType(code, HTTPStatus.SERVICE_UNAVAILABLE, title, sentence, remedy)
    for code, title, sentence, remedy in (
        (
            "DATABASE_UNREACHABLE",
            "The database cannot be reached; nothing was stored",
            N_("Không kết nối được cơ sở dữ liệu nên chưa làm được việc này."),
            "start the database, then retry",
        ),
        (
            "DATABASE_SILENT",
            "The database does not answer; whether this was stored is not known",
            N_("Cơ sở dữ liệu không trả lời, nên chưa biết việc này đã được ghi hay chưa."),
            "look whether it was done, then retry",
        ),
        (
            "DATABASE_FULL",
            "The database's disk is full; nothing was stored",
            N_("Ổ đĩa của cơ sở dữ liệu đã đầy nên chưa ghi được việc này."),
            "free the disk, then retry",
        ),
        (
            "DATABASE_READ_ONLY",
            "The database can be read and not written; nothing was stored",
            N_("Cơ sở dữ liệu đang chỉ cho đọc nên chưa ghi được việc này."),
            "make it writable, then retry",
        ),
        (
            "DATABASE_LOCKED",
            "The database was busy for too long; nothing was stored",
            N_("Cơ sở dữ liệu bận quá lâu nên chưa ghi được việc này."),
            "retry",
        ),
        (
            "DISK_FULL",
            "The server's disk is full or cannot be written to",
            N_("Ổ đĩa của máy chủ đã đầy hoặc không ghi được."),
            "free the disk, then retry",
        ),
        (
            "CONTENT_AWAY",
            "The content store does not answer; nothing was stored",
            N_("Kho nội dung (âm thanh, tệp) không trả lời nên chưa làm được việc này."),
            "start the S3 server, then retry",
        ),
    )
)

PROBLEMS: Mapping[str, ProblemType] = {row.code: row for row in (*_ROWS, *_OUTAGES, UNEXPECTED)}


def problem_of(error: BaseException) -> ProblemType:
    """Return the row of an error; UNEXPECTED if it has none of our codes."""
    return PROBLEMS.get(str(getattr(error, "code", "")), UNEXPECTED)


def attributes_of(error: object) -> dict[str, object]:
    """Return the error's typed attributes: members of the problem document and figures of the sentence."""
    if not dataclasses.is_dataclass(error):
        return {}
    return {field.name: getattr(error, field.name) for field in dataclasses.fields(error)}


def as_markdown() -> str:
    """Render ``docs/errors.md``."""
    lines = [
        "# Errors",
        "",
        "Every refusal carries a stable code. The API answers `application/problem+json` (RFC 9457) with `type`,",
        "`title`, `status`, `code` and the attributes of the error; screens say the sentence. Written from",
        "`cms/platform/errors.py` by `python -m cms.platform.errors > docs/errors.md`; a test compares the two.",
        "",
        "| code | status | type | meaning | remedy | câu hiển thị |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| `{row.code}` | {row.status.value} | `{row.uri}` | {row.title} | {row.remedy} "
        f"| {in_default_language(row.sentence)} |"
        for row in PROBLEMS.values()
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(as_markdown(), end="")  # noqa: T201 its purpose
