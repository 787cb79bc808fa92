"""Sentences for the rules' findings: problems, clashes, reasons. Input: codes and figures; output: words."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import assert_never

from flask import g

from broadcast.ports.unit_of_work import UnitOfWork
from broadcast.scheduling.conflicts import Clash, ClashKind
from broadcast.scheduling.quotas import QuotaLimit, Refusal
from cms.alerts.labels import sentences as alert_sentences
from cms.bulletins import labels as cut_sentences
from cms.commands.labels import problems as acting_problems
from cms.firmware import labels as firmware_labels
from cms.fleet.labels import lifecycle as identity_labels
from cms.live import labels as live_labels
from cms.platform.web import formats, request_context, sound_refusals, wording
from cms.platform.web.languages import _
from cms.platform.web.languages import lazy as __
from cms.platform.web.wording import Words
from cms.relays import labels as relay_labels
from cms.schedule.labels import rule_problems
from cms.stations import labels as station_labels
from media.errors import RefusedAudioError
from province.areas import Area, AreaId, AreaTree
from province.errors import ClashError, DomainError, InvalidError, Problem


def tree(unit: UnitOfWork | None = None) -> AreaTree:
    """Return the area tree, cached for the request: read in ``unit`` if one is open already, else in one of its own."""
    if "tree" not in g:
        if unit is None:
            with request_context.context().uow.reading() as uow:
                g.tree = uow.places.tree()
        else:
            g.tree = unit.places.tree()
    known: AreaTree = g.tree
    return known


def area_name(area_id: str) -> str:
    known = tree()
    return full_name(known.get(AreaId(area_id))) if area_id in known else area_id


def full_name(area: Area) -> str:
    """Return the name by which people distinguish places of the same name: with that of its parent, if there is one."""
    known = tree()
    if "names" not in g:
        g.names = Counter(each.name for each in known)
    names: Counter[str] = g.names
    if names[area.name] < 2 or area.parent_id is None:  # noqa: PLR2004 - two of a name
        return area.name
    return f"{area.name} ({known.get(area.parent_id).name})"


def area_names(areas: Iterable[str], limit: int = 5) -> str:
    names = [area_name(area) for area in areas]
    if len(names) <= limit:
        return ", ".join(names)
    return _("%(names)s và %(n)s nơi khác", names=", ".join(names[:limit]), n=len(names) - limit)


def problem_sentences(error: DomainError) -> list[str]:
    """Return the problems, each with its field; none for errors that list nothing."""
    if isinstance(error, ClashError):
        return clash_sentences(error.clashes)
    if not isinstance(error, InvalidError):
        return []
    return [f"{field_name(problem.field)}: {problem_sentence(problem)}" for problem in error.problems]


def field_name(name: str) -> str:
    """Return the label by which people know the field."""
    top = name.partition(".")[0]
    if name.startswith("text-"):
        return _("Lời đọc %(language)s", language=wording.word(wording.LANGUAGE, name.removeprefix("text-")))
    known = _FIELDS if top in _FIELDS else alert_sentences.FIELDS
    return str(known[top]) if top in known else name


def by_field(problems: Iterable[Problem]) -> Mapping[str, list[str]]:
    """Group sentences by field; a field without problems gives an empty list."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for problem in problems:
        found[problem.field].append(problem_sentence(problem))
    return found


def problem_sentence(problem: Problem) -> str:
    if problem.code.startswith(RefusedAudioError.code):
        return failure(problem.code)
    known = _known()
    make = next((each[problem.code] for each in known if problem.code in each), None)
    return make(problem) if make else _("Chưa đúng (%(code)s).", code=problem.code)


def clash_sentences(clashes: Iterable[object]) -> list[str]:
    """Return one sentence for each airing and rule in the way, with the areas grouped."""
    groups: dict[tuple[str, datetime, str, datetime | None], list[str]] = {}
    for clash in clashes:
        if isinstance(clash, Clash):
            about = clash.other_title if clash.refusal is None else quota_refusal(clash.refusal)
            key = (clash.kind.value, clash.start_at, about, clash.other_start_at)
            groups.setdefault(key, []).append(clash.area_id or "")
    return [_clash_sentence(*key, [area for area in areas if area]) for key, areas in groups.items()]


def _clash_sentence(  # noqa: PLR0911 - one sentence a kind
    kind: str, at: datetime, title: str, other_at: datetime | None, areas: list[str]
) -> str:
    figures_ = {
        "at": formats.local(at).strftime("%H:%M %d/%m/%Y"),
        "title": title,
        "other": formats.local(other_at).strftime("%H:%M") if other_at else "",
        "areas": area_names(areas) if areas else "",
    }
    match ClashKind(kind):
        case ClashKind.QUIET_HOURS:
            return _("%(at)s: rơi vào giờ yên tĩnh ở %(areas)s.", **figures_)
        case ClashKind.OVER_QUOTA:
            return _("%(at)s: quá hạn mức ở %(areas)s (%(title)s).", **figures_)
        case ClashKind.EQUAL_PRIORITY:
            return _("%(at)s: trùng với “%(title)s” (%(other)s) ở %(areas)s.", **figures_)
        case ClashKind.DISPLACED_BY_HIGHER:
            return _("%(at)s: bị “%(title)s” (%(other)s), mức ưu tiên cao hơn, chiếm giờ ở %(areas)s.", **figures_)
        case ClashKind.DISPLACES_LOWER:
            return _("%(at)s: sẽ ngắt “%(title)s” (%(other)s) ở %(areas)s.", **figures_)
        case ClashKind.SELF_OVERLAP:
            return _("%(at)s: lần phát trước (%(other)s) chưa hết.", **figures_)
        case ClashKind.OUTSIDE_VALIDITY:
            return _("%(at)s: ngoài thời hạn hiệu lực.", **figures_)
        case never:
            assert_never(never)


def quota_refusal(refusal: Refusal) -> str:
    """Return the limit of a quota that would be exceeded."""
    match refusal.limit:
        case QuotaLimit.WEEKDAY:
            return _("thứ này không phát thanh")
        case QuotaLimit.SESSIONS:
            return _("nhiều nhất %(n)s buổi một ngày", n=refusal.at_most)
        case QuotaLimit.SESSION_MIN:
            return _("mỗi buổi nhiều nhất %(n)s phút", n=refusal.at_most)
        case QuotaLimit.DAY_MIN:
            return _("mỗi ngày nhiều nhất %(n)s phút", n=refusal.at_most)
        case never:
            assert_never(never)


def failure(code: str) -> str:
    """Return the reason for which no sound could be made, and the remedy."""
    name, _colon, reason = code.partition(":")
    if reason in sound_refusals.REFUSED:
        return sound_refusals.REFUSED[reason]()
    make = _PROBLEMS.get(name)
    if make is not None:
        return make(Problem("sound", name))
    return _("Hãy thử lại; nếu vẫn lỗi, báo kỹ thuật viên (%(code)s).", code=code[:80] or "?")


def wire_reason(code: str) -> str:
    """Return the device's reason for not playing, in words; an unknown code is shown unchanged."""
    return str(_WIRE[code]) if code in _WIRE else code


def known_problems() -> tuple[str, ...]:
    """Return the codes that have a sentence of their own."""
    return tuple(code for each in _known() for code in each)


def _known() -> tuple[Mapping[str, Callable[[Problem], str]], ...]:
    spoken = (cut_sentences, alert_sentences, station_labels, relay_labels, live_labels)
    fleet = (rule_problems, identity_labels, acting_problems, firmware_labels)
    return (_PROBLEMS, *(each.PROBLEMS for each in (*spoken, *fleet)))


_FIELDS: dict[str, Words] = {
    "title": __("Tiêu đề"),
    "text": __("Lời đọc"),
    "topic": __("Lĩnh vực"),
    "language": __("Ngôn ngữ"),
    "targets": __("Nơi phát"),
    "exclude": __("Nơi không phát"),
    "sound": __("Âm thanh"),
    "cues": __("Cắt và vuốt tiếng"),
    "length_ms": __("Dài"),
    "schedules": __("Lịch phát"),
    "valid_until_at": __("Hết hiệu lực lúc"),
    "valid_from_at": __("Có hiệu lực từ"),
    "origin": __("Nguồn tin"),
    "relay": __("Tiếp sóng"),
    "relay.source_id": __("Tiếp sóng"),
    "relay.length_ms": __("Tiếp sóng trong số phút"),
    "pen_name": __("Bút danh"),
    "signature": __("Chữ ký số"),
    "board_text": __("Chữ trên bảng tin"),
    "board_minutes": __("Hiện trong số phút"),
    "board_page_s": __("Mỗi trang hiện số giây"),
    "board_picture": __("Hình trên bảng tin"),
    "reason": __("Lý do"),
    "package": __("Gói phần mềm đã ký"),
    "image_ids": __("Phần mềm, mỗi kiểu máy một bản"),
    "login": __("Người được giao"),
    "weekdays": __("Các ngày"),
    "classes": __("Mức ưu tiên"),
    "last_on": __("Đến hết ngày"),
    "on": __("Ngày"),
    "sessions": __("Số buổi một ngày"),
    "session_min": __("Số phút một buổi"),
    "day_min": __("Số phút một ngày"),
    "volume_pct": __("Âm lượng"),
    "volumes": __("Âm lượng theo giờ"),
    "quiet": __("Giờ yên tĩnh"),
    "freeze_min": __("Giữ nguyên trước giờ phát"),
}
_WIRE: dict[str, Words] = {
    "EXPIRED": __("đã quá hạn"),
    "BUSY_HIGHER": __("loa bận phát tin ưu tiên hơn"),
    "HASH_MISMATCH": __("tệp tải về bị sai"),
    "FETCH_FAILED": __("chưa tải được âm thanh: mất kết nối hoặc tệp lỗi"),
    "NO_SPACE": __("hết chỗ lưu"),
    "NO_CLOCK": __("loa chưa có giờ đúng"),
    "ENDED_BEFORE": __("loa báo lệnh này đã bị hủy từ trước; nếu cảnh báo đã kết thúc, hãy hủy lại"),
    "TIME_DISBELIEVED": __("giờ loa báo không tin được, ghi theo giờ máy chủ nhận tin"),
    "AMP_FAULT": __("ampli hỏng"),
    "QUIET_HOURS": __("trong giờ yên tĩnh"),
    "QUARANTINED": __("loa đang bị khóa"),
    "POWER_LOST": __("mất điện"),
    "CANCELLED": __("bị dừng hoặc thu hồi theo lệnh"),
    "TOO_BIG": __("thông điệp quá lớn"),
    "OUTSIDE": __("loa đứng ngoài vùng vẽ"),
    "NOT_TARGET": __("không thuộc nơi phát"),
    "STALE": __("lệnh đến quá muộn"),
    "BAD_SIGNATURE": __("chữ ký không đúng"),
    "KEY_ROLE": __("khóa không được dùng cho việc này"),
    "HUSHED": __("loa đang được giữ im lặng"),
    "FOREIGN_INPUT": __("đầu vào lạ có tiếng (đang bị ngắt, không phát ra)"),
    "FOREIGN_OUTPUT": __("đầu ra phát tiếng khi không có lệnh"),
    "LOCAL_STOP": __("có người dừng tại loa"),
    "WATCHDOG": __("không còn nghe tiếng người nói"),
    "TIME_LIMIT": __("hết thời lượng phát trực tiếp"),
    "NOT_YET": __("chưa đến giờ"),
    "FUTURE_IAT": __("lệnh ghi giờ ở tương lai: đồng hồ của loa hoặc máy chủ sai"),
    "DUPLICATE": __("đã nhận lệnh này trước đó"),
    "UNKNOWN_KEY": __("loa chưa biết khóa ký"),
    "UNSUPPORTED": __("thiết bị đời cũ chưa biết lệnh này"),
    "MALFORMED": __("lệnh có chỗ không đọc được"),
    "NOT_CLAIMED": __("thiết bị chưa ai nhận"),
    "ALREADY_ISSUED": __("thiết bị đã có chứng thư"),
    "LOCKED": __("xin chứng thư quá nhiều lần"),
    "BAD_REQUEST": __("lời xin chứng thư không đọc được"),
    "BUSY": __("loa đang phát hoặc sắp phát"),
    "WRONG_MODEL": __("phần mềm của kiểu máy khác"),
    "INSTALLING": __("đang cài phần mềm"),
    "WEAK_BATTERY": __("pin yếu"),
    "NEAR_ITEM": __("sắp đến giờ phát"),
    "IN_ALERT": __("đang có cảnh báo"),
    "BOOT_FAILED": __("phần mềm mới không chạy, đã quay về bản cũ"),
    "NO_LINK": __("phần mềm mới không nối được máy chủ, đã quay về bản cũ"),
    "WRONG_TOPIC": __("diễn tập và cảnh báo thật bị lẫn kênh: loa từ chối"),
}
_PROBLEMS: dict[str, Callable[[Problem], str]] = {
    "MISSING": lambda _p: _("Cần điền mục này."),
    "BLANK_LEFT": lambda p: _(
        "Còn chỗ chưa điền: %(places)s. Hãy sửa và điền vào; dấu ba chấm của lời văn thì viết liền chữ trước.",
        **p.detail,
    ),
    "NOT_A_DATE": lambda _p: _("Ngày không đúng."),
    "NOT_A_TIME": lambda _p: _("Giờ không đúng."),
    "NOT_A_NUMBER": lambda _p: _("Cần một số nguyên."),
    "OUT_OF_RANGE": lambda p: _("Từ %(min)s đến %(max)s.", **p.detail),
    "BELOW_COMMUNE": lambda p: _(
        "%(name)s ở dưới cấp xã, không có nơi nhận. Hãy chọn cả xã, hoặc bỏ gửi xuống xã.", **p.detail
    ),
    "HAS_IT": lambda p: _("%(name)s đã dùng được, không cần chia sẻ.", **p.detail),
    "TOO_LONG": lambda p: _("Dài %(length)s ký tự, tối đa %(max)s.", **p.detail),
    "SIGNATURE_TOO_LARGE": lambda _p: _("Tệp này quá lớn, không phải tệp chữ ký tách rời."),
    "SIGNATURE_NO_ANCHORS": lambda _p: _(
        "Máy chủ chưa được chỉ định tin chứng thư nào. Hãy báo người quản trị đặt LOA_SIGNATURE_ANCHORS."
    ),
    "SIGNATURE_NOT_CMS": lambda _p: _("Tệp này không phải chữ ký số dạng CMS/PKCS#7 (.p7s)."),
    "SIGNATURE_NOT_DETACHED": lambda _p: _("Chữ ký gói cả văn bản. Hãy ký lại dạng tách rời (detached)."),
    "SIGNATURE_ONE_SIGNER": lambda _p: _("Tệp phải có đúng một người ký."),
    "SIGNATURE_TIME": lambda _p: _(
        "Giờ ký ghi trong chữ ký không nằm giữa lúc duyệt và bây giờ. Hãy xem lại giờ máy ký."
    ),
    "SIGNATURE_BROKEN": lambda _p: _("Chữ ký không kiểm được: hỏng, hoặc dùng thuật toán không còn an toàn."),
    "SIGNATURE_OTHER_DOCUMENT": lambda _p: _("Chữ ký là của văn bản khác. Hãy tải văn bản phê duyệt này rồi ký lại."),
    "SIGNATURE_CERTIFICATE_TIME": lambda _p: _("Chứng thư chưa có hoặc đã hết hiệu lực vào lúc ký."),
    "SIGNATURE_REVOKED": lambda _p: _("Chứng thư đã bị thu hồi."),
    "SIGNATURE_UNTRUSTED": lambda _p: _("Chứng thư không do nơi mà máy chủ tin cấp, hoặc không được dùng để ký."),
    "SECONDS": lambda p: _("Hãy ghi số giây từ %(min)s đến %(max)s.", **p.detail),
    "NO_PICTURE": lambda _p: _(
        "Tệp này không phải hình PNG hoặc JPEG đọc được, hoặc lớn hơn 8 MB. Hãy chọn hình khác."
    ),
    "MINUTES": lambda p: _("Hãy ghi số phút từ 0 đến %(max)s.", **p.detail),
    "TOO_MANY": lambda p: _("Nhiều quá, tối đa %(max)s.", **p.detail),
    "LANGUAGE_UNKNOWN": lambda _p: _("Chưa hỗ trợ ngôn ngữ này."),
    "AREA_UNKNOWN": lambda p: _("Không có địa bàn mã %(area)s.", **p.detail),
    "AREA_CLOSED": lambda p: _("%(name)s không còn là đơn vị hành chính; hãy chọn đơn vị mới.", **p.detail),
    "NOT_YOURS": lambda p: _("Bạn chưa được giao quyền ở: %(areas)s.", **p.detail),
    "BEFORE_VALID_FROM": lambda _p: _("Phải sau lúc bắt đầu có hiệu lực."),
    "SOUND_NOT_READY": lambda _p: _("Âm thanh chưa xong. Hãy đợi làm xong hoặc sửa lỗi ở phần nghe thử."),
    "RENDITION_MISSING": lambda _p: _("Âm thanh thiếu bản cho loa. Hãy làm lại âm thanh."),
    "NOTHING_LEFT_TO_AIR": lambda _p: _("Mọi giờ phát đã qua. Hãy đặt giờ phát khác."),
    "EXCEPT_NOT_IN_RULE": lambda p: _("Ngày %(on)s vốn không có trong lịch này.", on=_iso(p)),
    "MOVE_NOT_IN_RULE": lambda p: _("Ngày %(on)s vốn không có trong lịch này.", on=_iso(p)),
    "MOVE_LEFT_OUT": lambda p: _("Ngày %(on)s vừa dời vừa nghỉ; hãy chọn một.", on=_iso(p)),
    "MOVE_TWICE": lambda p: _("Ngày %(on)s được dời hai lần.", on=_iso(p)),
    "RULE_NEVER": lambda _p: _(
        "Lịch lặp này không rơi vào ngày nào. Hãy đổi ngày bắt đầu, ngày kết thúc hoặc các thứ trong tuần."
    ),
    "NOT_WHOLE_SECOND": lambda _p: _("Giờ phát tính đến giây, không nhỏ hơn."),
    "TOO_MANY_EXCEPTIONS": lambda p: _("Nhiều ngày nghỉ và dời quá, tối đa %(max)s.", **p.detail),
    "DATE_SET_UNKNOWN": lambda _p: _("Bộ ngày nghỉ này không còn. Hãy bỏ chọn hoặc chọn bộ khác."),
    "DATE_UNREADABLE": lambda p: _("“%(text)s” không phải là ngày. Hãy viết như 20/11/2026.", **p.detail),
    "OCCURRENCE_UNKNOWN": lambda _p: _("Không có lần phát này trong lịch, có thể vừa được đổi. Hãy mở lại lịch."),
    "ALREADY_BEGUN": lambda _p: _("Lần này đã phát hoặc đang phát nên không đổi giờ được."),
    "IN_THE_PAST": lambda _p: _("Giờ này đã qua. Hãy chọn giờ khác."),
    "NOTHING_CHANGED": lambda _p: _("Bạn chưa đổi gì so với lịch hiện có."),
    "MOVE_SPLITS_WEEKS": lambda _p: _(
        "Lịch cách tuần có nhiều ngày: dời như vậy thì các ngày rơi vào hai tuần khác nhau. Hãy dời từng lần, "
        "hoặc dời ít ngày hơn."
    ),
    "NOT_WITHIN": lambda p: _("Hãy nhập số từ %(min)s đến %(max)s.", **p.detail),
    "EXEMPT_ALREADY": lambda _p: _("Ngày này đã được xin rồi, xem danh sách bên cạnh."),
    "SPAN_TOO_LONG": lambda p: _("Hãy chọn từ 1 đến %(max)s ngày.", **p.detail),
    "REASON_MISSING": lambda _p: _("Hãy viết lý do để người soạn biết cần sửa gì."),
    "TOO_LATE_TO_MAKE_GOOD": lambda _p: _("Không còn kịp phát bù lần này. Hãy đặt một lịch phát mới cho bản tin."),
    "PASSAGE_UNKNOWN": lambda _p: _("Bài không có đoạn này. Hãy chép đúng từng chữ trong bài."),
    "PERSON_UNKNOWN": lambda _p: _("Không có ai đăng nhập bằng tên này."),
    "ENDS_BEFORE_START": lambda _p: _("Phải sau giờ bắt đầu."),
    "SLOT_TOO_LONG": lambda p: _("Từ hôm nay đến nhiều nhất %(max)s ngày nữa.", **p.detail),
    "OUTSIDE_SLOT": lambda _p: _(
        "Có lần phát nằm ngoài khung được giao. Hãy chọn giờ khác, hoặc sửa bản tin rồi gửi duyệt lại."
    ),
    "BULLETIN_UNKNOWN": lambda _p: _("Không có bản tin này ở địa bàn đã chọn. Hãy chọn bản tin khác hoặc bỏ trống."),
    "DEVICE_UNKNOWN": lambda _p: _("Không có thiết bị mang mã này ở địa bàn đã chọn. Hãy chọn trong danh sách."),
    "IN_FUTURE": lambda _p: _("Giờ này chưa đến. Hãy ghi lúc người dân nói."),
    "TOO_LONG_AGO": lambda p: _("Quá lâu rồi, nhiều nhất %(max)s ngày trước.", **p.detail),
    "RECORDING_UNKNOWN": lambda _p: _("Chưa nhận được tệp này. Hãy tải lại."),
    "TOO_LARGE": lambda _p: sound_refusals.REFUSED["TOO_LARGE"](),
    "RECORDING_MISSING": lambda _p: _(
        "Chưa có tệp ghi âm. Hãy chọn tệp hoặc ghi âm bằng micrô; muốn máy đọc thì chọn “Văn bản, máy đọc”."
    ),
    "NOT_A_PHONE": lambda _p: _("Số điện thoại gồm chữ số, dấu cách, dấu chấm; ví dụ 0252 3822 123."),
    "NOT_IN_WORDS": lambda _p: _("Hãy viết bằng chữ, không dùng số: máy đọc đúng những chữ này."),
    "NO_VOICE": lambda _p: _("Chưa có giọng đọc cho ngôn ngữ này. Hãy tải lên bản ghi âm."),
    "TOOL_FAILED": lambda _p: _("Xử lý âm thanh bị lỗi. Hãy thử lại; nếu vẫn lỗi, báo kỹ thuật viên."),
    "NOT_SECONDS": lambda _p: _("Hãy viết số giây, ví dụ 2,5 hoặc 1:02,5."),
    "CUE_NEGATIVE": lambda _p: _("Không được nhỏ hơn 0."),
    "CUE_PAST_END": lambda p: _("Bản ghi chỉ dài %(length)s.", length=_seconds(p, "length_ms")),
    "CUE_TOO_SHORT": lambda _p: _("Phần còn lại phải dài ít nhất 1 giây. Hãy dời điểm bắt đầu hoặc điểm kết thúc."),
    "FADES_TOO_LONG": lambda p: _(
        "Hai đoạn vuốt tiếng dài hơn phần được phát (%(length)s). Hãy rút ngắn.", length=_seconds(p, "aired_ms")
    ),
    "DROPPED": lambda _p: _("Việc bị ngắt giữa chừng nhiều lần. Hãy thử lại; nếu vẫn lỗi, báo kỹ thuật viên."),
}


def _seconds(problem: Problem, name: str) -> str:
    return f"{formats.decimal(float(problem.detail[name]) / 1000)} s"


def _iso(problem: Problem) -> str:
    return formats.day(date.fromisoformat(str(problem.detail["on"])))
