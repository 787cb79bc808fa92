"""Report of an alert as an official paper, in Vietnamese: what it says in words, with the figures of its content."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Final
from zoneinfo import ZoneInfo

from broadcast.alerts.call_list import CallOutcome
from broadcast.alerts.hazards import NATIONAL, Hazard
from broadcast.alerts.miss_reasons import MissReason
from broadcast.alerts.model import AlertKind
from broadcast.alerts.orders import OrderEnd
from cms.alert_reports.documents import signatures
from cms.alert_reports.documents.content import Body
from cms.reports.documents.sheets import Column, NumberFormat, Paper, Table
from devices.health.neighbour_proof import HEARD_ABOVE_DB
from province.wall_clock import DEFAULT_ZONE

REASONS: Final[dict[str, str]] = {
    MissReason.UNREACHABLE: "Không trả lời",
    MissReason.REFUSED: "Từ chối phát",
    MissReason.MUTE: "Phát nhưng không nghe được",
    MissReason.CUT_SHORT: "Bị dừng giữa chừng",
    MissReason.NOT_SOUNDED: "Nhận được, chưa phát",
}
ENDS: Final[dict[str, str]] = {
    OrderEnd.CANCELLED: "bị hủy",
    OrderEnd.REPLACED: "được thay bằng tin sau",
    OrderEnd.EXPIRED: "hết hiệu lực",
}
EVENTS: Final[dict[str, str]] = {
    "alert.drafted": "Soạn",
    "alert.edited": "Sửa",
    "alert.submitted": "Gửi duyệt",
    "alert.approved": "Phê duyệt và phát",
    "alert.sent_alone": "Một người phát khẩn cấp",
    "alert.raised_at_device": "Phát tại cụm loa bằng chìa khóa và mã PIN",
    "alert.returned": "Trả lại",
    "alert.cancelled": "Hủy",
    "alert.superseded": "Thay bằng tin sau",
    "alert.ended_in_part": "Kết thúc ở một số nơi",
    "alert.repeated": "Phát lại nơi đã dừng",
    "alert.cancel_undone": "Hoàn tác hủy",
    "alert.restored": "Phát lại sau khi hủy",
    "alert.expired": "Hết hiệu lực",
    "alert.drill_sent": "Phát diễn tập theo lịch",
    "alert.fired": "Lệnh phát tự động đã phát",
    "alert.held": "Thuộc lệnh phát tự động, nhưng lệnh không phát",
    "alert.signed_off": "Xem lại việc phát một người",
    "alert.unanswered": "Còn loa không trả lời",
    "alert.not_sent": "Không gửi được",
    "alert.published": "Giao cho máy chủ bản tin",
}
"""Acts of the report; what the server did for itself stands in the JSON alone."""
CALLS: Final[dict[str, str]] = {
    CallOutcome.TOLD: "Đã báo được",
    CallOutcome.NO_ANSWER: "Không ai nghe máy",
    CallOutcome.RETRY: "Gọi lại sau",
}
"""Outcomes of telephone calls; that an officer began to call stands in the JSON alone."""
CALLS_MOST: Final = 300
DEVICES_MOST: Final = 200
_ACTS_MOST: Final = 100
_ZONE: Final = ZoneInfo(DEFAULT_ZONE)
_TEXT, _COUNT, _TENTHS = NumberFormat.TEXT, NumberFormat.COUNT, NumberFormat.TENTHS
_UNKNOWN: Final = "–"


def paper_of(body: Body, json_sha256: str) -> Paper:
    """Build the paper. ``json_sha256``: of the file with every detail, printed so that both belong together."""
    alert = body["alert"]
    drill = "DIỄN TẬP – " if alert["kind"] == AlertKind.DRILL else ""
    tables = [
        _alert_table(body),
        _shares(body),
        _counts(body),
        _missed(body),
        _delays(body),
        _rounds(body),
        _areas(body),
        _devices(body),
        _acts(body),
    ]
    if body["signatures"] is not None:
        tables.append(signatures.table_of(body["signatures"]))
    if body["calls"]:
        tables.append(_calls(body["calls"]))
    if body["last_drill"] is not None:
        tables.append(_last_drill(body["last_drill"]))
    if body["changes"] is not None:
        tables.append(_changes(body["changes"]))
    return Paper(
        title=f"{drill}{alert['headline']}",
        subtitle=f"Bản {body['version']}, lập {_clock(body['as_of'])}",
        tables=tables,
        notes=_notes(body, json_sha256),
        kind="HỒ SƠ CẢNH BÁO",
    )


def _alert_table(body: Body) -> Table:
    alert = body["alert"]
    hazard = NATIONAL.hazards[Hazard(alert["hazard"])].texts["vi"].name
    places = ", ".join(each["name"] for each in alert["areas"])
    if alert["exclude"]:
        places += f" (trừ {', '.join(each['name'] for each in alert['exclude'])})"
    if alert["rings"] or alert["discs"]:
        places += "; chỉ trong vùng vẽ trên bản đồ"
    rows = [
        ("Loại", hazard),
        ("Cấp phòng thủ dân sự", str(alert["level"])),
        ("Cấp độ rủi ro thiên tai", _UNKNOWN if alert["risk"] is None else str(alert["risk"])),
        ("Nơi nhận", places),
        ("Cơ quan ban bố", alert["facts"].get("authority", "") or _UNKNOWN),
        ("Căn cứ", alert["facts"].get("basis", "") or _UNKNOWN),
        ("Phê duyệt, phát lúc", _clock(alert["approved_at"])),
        ("Kết thúc", f"{_clock(alert['ended_at'])}, {ENDS.get(alert['end_reason'] or '', '')}".rstrip(", ")),
        ("Diện tích vùng cảnh báo", _km2(body["figures"]["area_km2"])),
    ]
    return Table("canh-bao", "Cảnh báo", _columns(("Mục", _TEXT), ("Nội dung", _TEXT)), rows)


def _shares(body: Body) -> Table:
    """Compare what happened with the forecast, in per cent."""
    real, expected = body["figures"], body["forecast"]
    shares = {
        "Loa đã báo": [_pct(each["devices_warned"], each["devices"]) for each in (real, expected)],
        "Người được báo": [_pct(each["people_warned"], each["people"]) for each in (real, expected)],
        "Diện tích nghe được": [_of_hundred(each["heard_share"]) for each in (real, expected)],
        "Nghe được ngoài vùng": [_of_hundred(each["overshoot_share"]) for each in (real, expected)],
    }
    rows = [(label, *values) for label, values in shares.items() if values[0] is not None]
    columns = _columns(("Tỷ lệ, %", _TEXT), ("Thực tế", _TENTHS), ("Dự báo", _TENTHS))
    return Table("ty-le", "Thực tế và dự báo", columns, rows, drawn=1, compared=2, legend=("Thực tế", "Dự báo"))


def _counts(body: Body) -> Table:
    real, expected = body["figures"], body["forecast"]
    names = {
        "devices": "Loa được gửi",
        "devices_warned": "Loa đã báo",
        "people": "Người trong tầm loa",
        "people_warned": "Người được báo",
    }
    rows = [(label, real[name], expected[name]) for name, label in names.items()]
    columns = _columns(("Số lượng", _TEXT), ("Thực tế", _COUNT), ("Dự báo", _COUNT))
    return Table("so-luong", "Loa và người được báo", columns, rows)


def _missed(body: Body) -> Table:
    devices, people = body["figures"]["devices_missed"], body["figures"]["people_missed"]
    rows = [(label, devices[reason], people.get(reason)) for reason, label in REASONS.items() if reason in devices]
    columns = _columns(("Lý do", _TEXT), ("Loa", _COUNT), ("Người", _COUNT))
    return Table("chua-bao", "Chưa được báo, theo lý do", columns, rows)


def _delays(body: Body) -> Table:
    delays: Mapping[str, int] = body["figures"]["delay_ms"] or {}
    names = {"p50": "Nửa số loa", "p95": "95 % số loa", "p99": "99 % số loa", "last": "Loa cuối cùng"}
    rows = [(label, delays[name] / 1000) for name, label in names.items() if name in delays]
    columns = _columns(("Từ khi phê duyệt, giây", _TEXT), ("Giây", _TENTHS))
    return Table("do-tre", "Thời gian đến tiếng loa", columns, rows)


def _rounds(body: Body) -> Table:
    rows = [(f"{each['round']}", _clock(each["due_at"]), each["done"], each["cut"]) for each in body["rounds"]]
    columns = _columns(("Lượt", _TEXT), ("Lúc", _TEXT), ("Phát trọn", _COUNT), ("Phát dở", _COUNT))
    return Table("luot", "Các lượt phát", columns, rows)


def _areas(body: Body) -> Table:
    rows = [
        (each["name"], each["devices"], each["devices_warned"], each["people"], each["people_warned"])
        for each in body["areas"]
    ]
    columns = _columns(("Nơi", _TEXT), ("Loa", _COUNT), ("Đã báo", _COUNT), ("Người", _COUNT), ("Được báo", _COUNT))
    return Table("noi", "Theo nơi", columns, rows)


def _devices(body: Body) -> Table:
    missed = [each for each in body["devices"] if each["missed"] is not None]
    rows = [
        (each["name"], each["area"], REASONS[each["missed"]], _neighbours(each["neighbours_db"]))
        for each in missed[:DEVICES_MOST]
    ]
    columns = _columns(("Loa", _TEXT), ("Nơi", _TEXT), ("Lý do", _TEXT), ("Cụm bên cạnh", _TEXT))
    return Table("loa-chua-bao", f"Loa chưa báo ({len(missed)})", columns, rows)


def _acts(body: Body) -> Table:
    stops = [(each["at"], "Dừng loa", each["by_name"]) for each in body["stops"]]
    acts = [(each["at"], EVENTS[each["event"]], each["by_name"]) for each in body["events"] if each["event"] in EVENTS]
    rows = [(_clock(at), act, by) for at, act, by in sorted([*acts, *stops], key=itemgetter(0))[:_ACTS_MOST]]
    columns = _columns(("Lúc", _TEXT), ("Việc", _TEXT), ("Người làm", _TEXT))
    return Table("viec", "Ai làm gì", columns, rows)


def _calls(calls: Sequence[Body]) -> Table:
    rows = [
        (_clock(each["at"]), each["area"], CALLS[each["outcome"]], each["by_name"])
        for each in calls
        if each["outcome"] in CALLS
    ]
    columns = _columns(("Lúc", _TEXT), ("Nơi", _TEXT), ("Kết quả", _TEXT), ("Người gọi", _TEXT))
    return Table("goi-dien", f"Báo bằng điện thoại ({len(rows)})", columns, rows[:CALLS_MOST])


def _last_drill(drill: Body) -> Table:
    names = {"answered_pct": "Trả lời", "sounded_pct": "Phát tiếng", "finished_pct": "Phát trọn"}
    rows = [(label, drill["now"][name], drill["before"][name]) for name, label in names.items()]
    columns = _columns(("Tỷ lệ loa, %", _TEXT), ("Lần này", _TENTHS), ("Lần trước", _TENTHS))
    title = f"So với lần diễn tập trước ({_clock(drill['sent_at'])})"
    return Table("lan-truoc", title, columns, rows, drawn=1, compared=2, legend=("Lần này", "Lần trước"))


def _changes(changes: Body) -> Table:
    rows = [(each["name"], _result(each["before"]), _result(each["now"])) for each in changes["devices"][:DEVICES_MOST]]
    columns = _columns(("Loa", _TEXT), ("Bản trước", _TEXT), ("Bản này", _TEXT))
    return Table("thay-doi", f"Thay đổi so với bản {changes['since_version']}", columns, rows)


def _notes(body: Body, json_sha256: str) -> Sequence[str]:
    heard = f"Loa được coi là nghe được trong bán kính {body['hearing_m']} m nếu không ghi riêng."
    people = "Số người: theo số dân của nơi, chia đều cho các loa của nơi đó, trừ loa có số người riêng."
    notes = [f"{heard} {people}", "Dự báo: theo tình trạng loa lúc phê duyệt."]
    if body["figures"]["heard_share"] is None:
        notes.append("Chưa biết diện tích: cảnh báo không vẽ vùng, và các nơi chưa có ranh giới trên bản đồ.")
    elif body["places_without_outline"]:
        notes.append(f"{body['places_without_outline']} nơi chưa có ranh giới trên bản đồ, không tính vào diện tích.")
    if any(each["missed"] is not None and each["neighbours_db"] is not None for each in body["devices"]):
        notes.append(
            "Cụm bên cạnh: micro của loa không phát ra tiếng thu được cảnh báo từ loa khác, "
            f"mạnh hơn các quãng nghỉ ít nhất {HEARD_ABOVE_DB:.0f} dB. Người ở đó vẫn tính là chưa được báo."
        )
    if sum(each["missed"] is not None for each in body["devices"]) > DEVICES_MOST:
        notes.append(f"Chỉ in {DEVICES_MOST} loa chưa báo; đủ mọi loa trong tệp JSON.")
    notes.append(f"Mọi loa, mọi lượt, micro và thao tác nằm trong tệp JSON kèm theo, mã SHA-256: {json_sha256}.")
    return notes


def _columns(*columns: tuple[str, NumberFormat]) -> Sequence[Column]:
    return [Column(label, unit) for label, unit in columns]


def _result(missed: str | None) -> str:
    return "Đã báo" if missed is None else REASONS.get(missed, "Chưa có")


def _neighbours(level_db: float | None) -> str:
    """Say whether a mute loudspeaker heard the alert of others."""
    return _UNKNOWN if level_db is None else f"nghe được, {level_db:.0f} dB".replace("-", "−")


def _pct(part: int | None, whole: int | None) -> float | None:
    return None if part is None or not whole else 100 * part / whole


def _of_hundred(share: float | None) -> float | None:
    return None if share is None else 100 * share


def _km2(area_km2: float | None) -> str:
    return _UNKNOWN if area_km2 is None else f"{area_km2:.2f} km²".replace(".", ",")


def _clock(at: str | None) -> str:
    if at is None:
        return _UNKNOWN
    return f"{datetime.fromisoformat(at).astimezone(_ZONE):%H:%M:%S %d/%m/%Y}"
