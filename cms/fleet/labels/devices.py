"""Labels of devices and their telemetry. The source language is Vietnamese."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from cms.audit.queries.log import EventLine
from cms.fleet.labels import lifecycle
from cms.platform.web import formats, messages
from cms.platform.web.languages import _
from cms.platform.web.languages import lazy as __
from cms.platform.web.wording import Words
from devices.hourly_rollup import UNITS
from devices.model import DeviceKind
from devices.telemetry_snapshot import TelemetrySnapshot
from devices.telemetry_validation import ValidationOutcome

KIND: Mapping[str, Words] = {
    DeviceKind.CLUSTER: __("Cụm loa"),
    DeviceKind.BOARD: __("Bảng điện tử"),
    DeviceKind.STATION: __("Máy ở đài"),
    DeviceKind.BRIDGE: __("Bộ nối"),
}
SPAN: Mapping[str, Words] = {
    "hour": __("1 giờ"),
    "day": __("1 ngày"),
    "week": __("7 ngày"),
    "month": __("30 ngày"),
    "year": __("1 năm"),
}

FIGURE: Mapping[str, Words] = {
    "volume_pct": __("Âm lượng"),
    "mic_db": __("Micrô nghe được"),
    "amp_ma": __("Dòng tăng âm"),
    "line_ohm": __("Trở kháng đường loa"),
    "amp_temp": __("Nhiệt độ tăng âm"),
    "temp": __("Nhiệt độ trong tủ"),
    "hum": __("Độ ẩm trong tủ"),
    "vin": __("Điện áp vào"),
    "batt_v": __("Điện áp ắc quy"),
    "batt_pct": __("Ắc quy còn"),
    "rssi": __("Cường độ sóng"),
    "rsrp": __("Sóng chuẩn (RSRP)"),
    "rsrq": __("Chất lượng sóng (RSRQ)"),
    "sinr": __("Tín hiệu trên nhiễu (SINR)"),
    "rtt_ms": __("Trễ đi và về"),
    "mb_day": __("Dữ liệu hôm nay"),
    "reconn_24h": __("Số lần nối trong 24 giờ"),
    "clip_pct": __("Thời gian tiếng bị vỡ"),
    "underruns": __("Số lần hụt tiếng"),
    "disk_pct": __("Bộ nhớ đã dùng"),
    "clk_ms": __("Đồng hồ lệch"),
}
"""Plotted figures in the order of the page; units are those of ``devices.hourly_rollup``."""

_TECH: Mapping[str, Words] = {
    "lte": __("4G"),
    "nr": __("5G"),
    "umts": __("3G"),
    "gsm": __("2G"),
    "wifi": __("Wi-Fi"),
    "ethernet": __("Cáp mạng"),
}
_LINE: Mapping[str, Words] = {
    "ok": __("tốt"),
    "open": __("đứt"),
    "short": __("chập"),
    "earth": __("chạm đất"),
}
_SOURCE: Mapping[str, Words] = {
    "plan": __("theo lịch"),
    "command": __("theo lệnh"),
    "alert": __("cảnh báo"),
    "live": __("trực tiếp"),
    "relay": __("tiếp sóng"),
}
_RESET: Mapping[str, Words] = {
    "power": __("có điện lại"),
    "watchdog": __("treo, tự khởi động"),
    "command": __("theo lệnh"),
    "update": __("cập nhật phần mềm"),
    "crash": __("phần mềm hỏng"),
}
_SELF_TEST: Mapping[str, Words] = {
    "ok": __("đạt"),
    "line": __("không đạt: đường loa"),
    "amp": __("không đạt: tăng âm không kéo dòng"),
    "mic": __("không đạt: micrô không nghe thấy"),
}
_GROUPS: Final[tuple[tuple[Words, tuple[str, ...]], ...]] = (
    (__("Đang phát"), ("st", "src", "volume_pct", "played_s_day", "underruns", "clip_pct")),
    (
        __("Tăng âm và đường loa"),
        ("amp_on", "amp_ma", "amp_temp", "line_ohm", "ref_ohm", "spk", "self_test", "mic_db"),
    ),
    (__("Nguồn điện"), ("mains", "vin", "batt_v", "batt_pct")),
    (
        __("Đường truyền"),
        ("tech", "oper", "rssi", "rsrp", "rsrq", "sinr", "rtt_ms", "mb_day", "reconn_24h"),
    ),
    (__("Tủ"), ("temp", "hum", "door")),
    (__("Hệ thống"), ("up_s", "reset_reason", "disk_pct", "disk_ro", "clk_ms", "plan_ver", "cert_days")),
)
_LABEL: Mapping[str, Words] = {
    **FIGURE,
    "st": __("Lúc này"),
    "src": __("Nội dung đến"),
    "played_s_day": __("Hôm nay đã phát"),
    "amp_on": __("Tăng âm"),
    "ref_ohm": __("Trở kháng lúc lắp"),
    "spk": __("Đường loa"),
    "self_test": __("Tự kiểm tra"),
    "mains": __("Điện lưới"),
    "tech": __("Mạng"),
    "oper": __("Nhà mạng"),
    "door": __("Cửa tủ"),
    "up_s": __("Chạy liên tục"),
    "reset_reason": __("Khởi động vì"),
    "disk_ro": __("Bộ nhớ"),
    "plan_ver": __("Kế hoạch lập lúc"),
    "cert_days": __("Chứng thư còn"),
}
_FLAGS: Mapping[str, tuple[Words, Words]] = {
    "amp_on": (__("đang bật"), __("đang tắt")),
    "mains": (__("có"), __("mất điện")),
    "door": (__("đang mở"), __("đóng")),
    "disk_ro": (__("không ghi được"), __("ghi được")),
}
_CHOICES: Mapping[str, Mapping[str, Words]] = {
    "st": {"idle": __("im lặng"), "playing": __("đang phát")},
    "src": _SOURCE,
    "spk": _LINE,
    "tech": _TECH,
    "reset_reason": _RESET,
    "self_test": _SELF_TEST,
}


def plotted(names: Collection[str]) -> Sequence[tuple[str, Words, str]]:
    """Return name, label and unit of these figures, in the order of the page."""
    return [(name, label, UNITS[name]) for name, label in FIGURE.items() if name in names]


def told(vital: TelemetrySnapshot) -> Iterator[tuple[Words, Sequence[tuple[Words, str]]]]:
    """Yield groups of measured values, each with label and value in words; values not measured are left out."""
    for title, names in _GROUPS:
        lines = [(_LABEL[name], value) for name in names if (value := _value(name, getattr(vital, name)))]
        if lines:
            yield title, lines


def _value(name: str, value: object) -> str:
    """Format a value; empty if it was not measured."""
    match value:
        case bool():
            yes, no = _FLAGS[name]
            return str(yes if value else no)
        case str():
            return str(_CHOICES.get(name, {}).get(value, value))
        case int() | float():
            return _LENGTHS[name](value) if name in _LENGTHS else _measured(name, value)
        case _:
            return ""


_LENGTHS: Mapping[str, Callable[[float], str]] = {
    "played_s_day": lambda value: _("%(minutes)s phút", minutes=formats.number(round(value / 60))),
    "up_s": lambda value: _("%(hours)s giờ", hours=formats.number(round(value / 3600))),
    "cert_days": lambda value: _("%(days)s ngày", days=formats.number(round(value))),
    "plan_ver": lambda value: _built_at(round(value)),
}


def _built_at(version: int) -> str:
    """Format a manifest's version as its build time (``letters.manifest_version``); devices may send any number."""
    try:
        return formats.instant(datetime.fromtimestamp(version / 1000, UTC))
    except (OverflowError, OSError, ValueError):
        return formats.number(version)


def _measured(name: str, value: float) -> str:
    unit = UNITS.get(name, "Ω")
    written = formats.number(value) if isinstance(value, int) else formats.decimal(value)
    return f"{written}\u00a0{unit}".rstrip("\u00a0")


_EVENT: Mapping[str, Words] = {
    **lifecycle.EVENT,
    "device.enrolled": __("Ghi vào hệ thống"),
    "device.moved": __("Chuyển sang địa bàn khác"),
    "device.screen_set": __("Ghi kích thước màn hình"),
    "device.retired": __("Ngừng sử dụng"),
    "device.fault": __("Báo lỗi"),
    "device.security": __("Báo an ninh"),
    "device.flooded": __("Gửi tin dồn dập, bị bỏ bớt"),
    "device.overheard": __("Đòi nghe thứ không phải của mình"),
    "device.denied": __("Ghi vào chỗ không phải của mình"),
    "device.identity_shared": __("Hai thiết bị dùng chung một chứng thư"),
}
_REFUSED: Mapping[str, Words] = {
    "TELEMETRY_MALFORMED": __("bản tin tình trạng không đọc được"),
    "TELEMETRY_RETAINED": __("bản tin tình trạng bị giữ lại ở máy chủ MQTT"),
    "TELEMETRY_SECONDS": __("ghi giờ bằng giây, phải là mili giây"),
    "TELEMETRY_FUTURE": __("ghi giờ ở tương lai"),
    "TELEMETRY_OLD": __("ghi giờ đã qua quá lâu"),
    "TELEMETRY_OFTEN": __("gửi tình trạng dồn dập"),
}


def event(line: EventLine) -> str:
    """Return the event in words, with the reason that the device or the server gave."""
    named = str(_EVENT.get(line.name, line.name))
    code = str(line.detail.get("code", ""))
    why = str(_REFUSED[code]) if code in _REFUSED else messages.wire_reason(code) if code else ""
    return f"{named}: {why}" if why else named


_OUTCOME: Mapping[str, Words] = {
    ValidationOutcome.STORED: __("Đã lưu"),
    ValidationOutcome.MALFORMED: __("Không đọc được"),
    ValidationOutcome.RETAINED: __("Máy chủ MQTT nhắc lại, không phải máy nói"),
    ValidationOutcome.UNKNOWN: __("Không phải thiết bị đang dùng"),
    ValidationOutcome.SECONDS: __("Ghi giờ bằng giây"),
    ValidationOutcome.FUTURE: __("Ghi giờ ở tương lai"),
    ValidationOutcome.OLD: __("Ghi giờ đã qua quá lâu"),
    ValidationOutcome.OFTEN: __("Gửi dồn dập"),
    ValidationOutcome.DROPPED: __("Bỏ vì đến quá nhiều"),
}


def outcomes(counts: Mapping[str, int]) -> Sequence[tuple[Words, int]]:
    """Return the outcomes of all telemetry records ever received, in words."""
    return [(label, counts[outcome]) for outcome, label in _OUTCOME.items() if outcome in counts]
