"""Wire format of the central source system: its bulletins decoded, our reports encoded. Its field names are only here.

The names are those seen in a live provincial client (DOMAIN.md); the official definitions are not available to us.
Names of our own, for lack of others: ``PhienBan``, ``TrangThai`` of a bulletin, ``TepAmThanh``, the envelopes.
Unknown fields are ignored.
"""

import json
import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

from broadcast.bulletins.priority import PriorityClass
from broadcast.exchange.central import CentralBulletin, CentralItem, CentralPage, CentralSound, UnreadableItem
from cms.bulletins.service.revisions import NAME_MAX, TEXT_MAX, TITLE_MAX
from cms.exchange.repository.central import CentralAsRun, CentralState, DeviceFigures
from cms.exchange.service.errors import UnreadableCentralError
from cms.platform.clean_text import clean

ITEMS_MAX: Final = 200
_ID_MAX, _CODES_MAX, _CODE_MAX = 100, 500, 20
_WHERE_MAX: Final = 2000
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_VERSION_MAX = 2**31 - 1
_EMERGENCY: Final = "KhanCap"
_PRIORITY: Final = {
    "ThongThuong": PriorityClass.NORMAL,
    "UuTien": PriorityClass.PRIORITY,
    _EMERGENCY: PriorityClass.PRIORITY,
}
_SOUND: Final = "TepAmThanh"
_SENT, _WITHDRAWN = "PhatHanh", "ThuHoi"
_TOPICS: Final = {
    "ThongBao": "notice",
    "ChinhSach": "policy",
    "KinhTe": "economy",
    "YTe": "health",
    "GiaoDuc": "education",
    "VanHoa": "culture",
    "AnNinh": "security",
    "MoiTruong": "environment",
    "ThienTai": "disaster",
}


class _FieldError(Exception):
    """Wrong field: ``code`` and the field's name."""


def page_of(body: bytes) -> CentralPage:
    """Decode a page, each item by itself: one that is not readable holds up no other.

    Raises:
        UnreadableCentralError: not the envelope.
    """
    try:
        page = json.loads(body)
    except (ValueError, RecursionError):
        raise UnreadableCentralError("NOT_JSON") from None
    if not isinstance(page, dict) or not isinstance(page.get("BanTin"), list):
        raise UnreadableCentralError("NOT_A_PAGE")
    cursor = page.get("ConTro")
    if not isinstance(cursor, str) or len(cursor) > _ID_MAX:
        raise UnreadableCentralError("CURSOR")
    if len(page["BanTin"]) > ITEMS_MAX:
        raise UnreadableCentralError("TOO_MANY", str(len(page["BanTin"])))
    return CentralPage(tuple(CentralItem(_raw(item), read(item)) for item in page["BanTin"]), cursor)


def read(item: object) -> CentralBulletin | UnreadableItem:
    if not isinstance(item, dict):
        return UnreadableItem("NOT_AN_OBJECT")
    central_id, version = "", 0
    try:
        central_id = _text(item, "BanTinId", _ID_MAX, is_needed=True)
        version = _version(item)
        return _bulletin(item, central_id, version)
    except _FieldError as error:
        return UnreadableItem(str(error), central_id, version)


def _bulletin(item: Mapping[str, Any], central_id: str, version: int) -> CentralBulletin:
    state = _text(item, "TrangThai", _ID_MAX) or _SENT
    if state == _WITHDRAWN:
        return CentralBulletin(central_id, version, is_withdrawn=True, title=_text(item, "TieuDe", TITLE_MAX))
    if state != _SENT:
        raise _FieldError("UNKNOWN_VALUE TrangThai")
    priority = _text(item, "MucDoUuTien", _ID_MAX) or "ThongThuong"
    if priority not in _PRIORITY:
        raise _FieldError("UNKNOWN_VALUE MucDoUuTien")
    author = item.get("TacGia", {})
    if not isinstance(author, dict):
        raise _FieldError("NOT_AN_OBJECT TacGia")
    sound = _sound(item)
    return CentralBulletin(
        central_id=central_id,
        central_version=version,
        is_withdrawn=False,
        title=_text(item, "TieuDe", TITLE_MAX, is_needed=True),
        text=_text(item, "NoiDung", TEXT_MAX, is_needed=sound is None),
        topic=_TOPICS.get(_text(item, "LoaiLinhVuc", _ID_MAX), "other"),
        priority=_PRIORITY[priority],
        origin=_text(item, "NguonTin", NAME_MAX),
        pen_name=_text(author, "ButDanh", NAME_MAX),
        author_name=_text(author, "TenDayDu", NAME_MAX),
        area_codes=_codes(item),
        sound=sound,
        is_emergency=priority == _EMERGENCY,
    )


def _sound(item: Mapping[str, Any]) -> CentralSound | None:
    value = item.get(_SOUND)
    if value is None:
        return None
    if not isinstance(value, dict):
        raise _FieldError(f"NOT_AN_OBJECT {_SOUND}")
    where = _text(value, "DuongDan", _WHERE_MAX, is_needed=True)
    sha256 = _text(value, "MaBam", _ID_MAX).lower()
    if sha256 and not _SHA256.fullmatch(sha256):
        raise _FieldError("NOT_A_HASH MaBam")
    name = _text(value, "TenTep", NAME_MAX) or where.partition("?")[0].rpartition("/")[2]
    return CentralSound(where, sha256, name[:NAME_MAX])


def _text(item: Mapping[str, Any], name: str, most: int, *, is_needed: bool = False) -> str:
    value = item.get(name)
    if value is None:
        value = ""
    if not isinstance(value, str):
        raise _FieldError(f"NOT_TEXT {name}")
    text = clean(value).strip()
    if is_needed and not text:
        raise _FieldError(f"MISSING {name}")
    if len(text) > most:
        raise _FieldError(f"TOO_LONG {name}")
    if any("\ud800" <= c <= "\udfff" for c in text):
        raise _FieldError(f"NOT_TEXT {name}")
    return text


def _version(item: Mapping[str, Any]) -> int:
    value = item.get("PhienBan", 1)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= _VERSION_MAX:
        raise _FieldError("NOT_A_VERSION PhienBan")
    return value


def _codes(item: Mapping[str, Any]) -> tuple[str, ...]:
    value = item.get("VungPhat")
    if not isinstance(value, list) or not value:
        raise _FieldError("MISSING VungPhat")
    if len(value) > _CODES_MAX or not all(isinstance(each, str) and 0 < len(each) <= _CODE_MAX for each in value):
        raise _FieldError("NOT_CODES VungPhat")
    return tuple(dict.fromkeys(value))


def _raw(item: object) -> bytes:
    return json.dumps(item, ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode()


def device_row(each: DeviceFigures) -> Mapping[str, object]:
    """Encode a device with its state. Unknown data is left out: makers, sensors, SIM cards."""
    row: dict[str, object] = {
        "MaThietBi": each.device_id,
        "TenThietBi": each.name,
        "NguonID": each.area_id,
        "AmLuong": each.volume_pct,
        "TrangThaiKetNoi": each.is_online,
        "TrangThaiHoatDong": each.is_in_service,
        "DangPhat": each.playing_since_at is not None,
        "PhienBanUngDung": each.firmware,
    }
    if each.point is not None:
        row |= {"ViDo": each.point.lat, "KinhDo": each.point.lon}
    if each.playing_since_at is not None:
        row |= {"NoiDungPhat": each.playing, "ThoiDiemBatDau": each.playing_since_at.isoformat()}
    return row


def mark_of(row: Mapping[str, object]) -> str:
    """Return the hash of the reported data of one device or bulletin."""
    return sha256(_body(row)).hexdigest()


def devices_body(rows: Sequence[Mapping[str, object]]) -> bytes:
    return _body({"ThietBi": rows})


def bulletins_body(states: Sequence[CentralState]) -> bytes:
    return _body(
        {
            "BanTin": [
                {
                    "BanTinId": each.central_id,
                    "PhienBan": each.central_version,
                    "TrangThai": each.state,
                    "LyDo": each.reason,
                    "SoXaNhan": each.communes_placed,
                    "SoXaTuChoi": each.communes_declined,
                    "SoLuotPhat": each.done,
                    "SoLuotLoi": each.failed,
                }
                for each in states
            ]
        }
    )


def played_body(records: Sequence[CentralAsRun]) -> bytes:
    return _body(
        {
            "KetQuaPhat": [
                {
                    "MaBanGhi": each.record_id,
                    "MaThietBi": each.device_id,
                    "BanTinId": each.central_id,
                    "NoiDungPhat": each.title,
                    "ThoiDiemBatDau": None if each.started_at is None else each.started_at.isoformat(),
                    "KetQua": each.result,
                    "AmLuong": each.volume_pct,
                }
                for each in records
            ]
        }
    )


def statistics_body(on: str, figures: Mapping[str, int]) -> bytes:
    names = {
        "devices": "SoThietBi",
        "online": "SoThietBiKetNoi",
        "airings_done": "SoLuotPhat",
        "airings_failed": "SoLuotLoi",
        "bulletins_taken": "SoBanTinNhan",
    }
    return _body({"Ngay": on, **{names[name]: number for name, number in figures.items()}})


def _body(value: Mapping[str, object]) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
