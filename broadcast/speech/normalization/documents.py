"""Numbers of documents as announcers give them: number, year and issuer.

``Quyết định 01/2023/QĐ-UBND`` → Quyết định không một năm hai nghìn không trăm hai mươi ba của Ủy ban nhân dân. The kind
is said where the words before do not name it; the issuer is not said twice.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from broadcast.speech.normalization.abbreviations import ABBREVIATIONS
from broadcast.speech.normalization.numbers import cardinal, led, letters
from broadcast.speech.normalization.rules import ReadingRule, before, rule

ISSUERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "CP": "Chính phủ", "TTg": "Thủ tướng Chính phủ", "TTG": "Thủ tướng Chính phủ", "TW": "Trung ương",
        "BCT": "Bộ Chính trị", "BBT": "Ban Bí thư", "UBND": "Ủy ban nhân dân", "HĐND": "Hội đồng nhân dân",
        "UBTVQH": "Ủy ban Thường vụ Quốc hội", "QH": "Quốc hội", "TU": "Tỉnh ủy", "HU": "Huyện ủy", "ĐU": "Đảng ủy",
        "BTTTT": "Bộ Thông tin và Truyền thông", "BYT": "Bộ Y tế", "BTC": "Bộ Tài chính", "BCA": "Bộ Công an",
        "BQP": "Bộ Quốc phòng", "BGDĐT": "Bộ Giáo dục và Đào tạo", "BNV": "Bộ Nội vụ", "BTP": "Bộ Tư pháp",
        "BCT-TT": "Bộ Công Thương", "BGTVT": "Bộ Giao thông vận tải", "BXD": "Bộ Xây dựng",
        "BTNMT": "Bộ Tài nguyên và Môi trường", "BNNPTNT": "Bộ Nông nghiệp và Phát triển nông thôn",
        "BNNMT": "Bộ Nông nghiệp và Môi trường", "BVHTTDL": "Bộ Văn hóa, Thể thao và Du lịch",
        "BLĐTBXH": "Bộ Lao động, Thương binh và Xã hội", "BKHCN": "Bộ Khoa học và Công nghệ",
        "BKHĐT": "Bộ Kế hoạch và Đầu tư", "NHNN": "Ngân hàng Nhà nước", "BHXH": "Bảo hiểm xã hội",
        "TCT": "Tổng cục Thuế", "CTN": "Chủ tịch nước", "PCTT": "Ban chỉ huy phòng, chống thiên tai",
        "BCH": "Ban chỉ huy", "BCĐ": "Ban chỉ đạo", "STTTT": "Sở Thông tin và Truyền thông", "SYT": "Sở Y tế",
        "SGDĐT": "Sở Giáo dục và Đào tạo", "CAT": "Công an tỉnh", "MTTQ": "Mặt trận Tổ quốc",
        "BTCTW": "Ban Tổ chức Trung ương", "UBKTTW": "Ủy ban Kiểm tra Trung ương",
        "BTGTW": "Ban Tuyên giáo Trung ương",
        "BTGDVTW": "Ban Tuyên giáo và Dân vận Trung ương", "BDTTG": "Bộ Dân tộc và Tôn giáo",
        "BTG": "Ban Tuyên giáo", "BTGDV": "Ban Tuyên giáo và Dân vận", "VP": "Văn phòng", "UBKT": "Ủy ban Kiểm tra",
        "BNC": "Ban Nội chính", "BDV": "Ban Dân vận", "VPQH": "Văn phòng Quốc hội", "VPCP": "Văn phòng Chính phủ",
        "VPTW": "Văn phòng Trung ương",
        "SCT": "Sở Công Thương", "SLĐTBXH": "Sở Lao động, Thương binh và Xã hội", "SKHCN": "Sở Khoa học và Công nghệ",
        "SGTVT": "Sở Giao thông vận tải", "STP": "Sở Tư pháp", "SDTTG": "Sở Dân tộc và Tôn giáo",
        "STNMT": "Sở Tài nguyên và Môi trường", "SKHĐT": "Sở Kế hoạch và Đầu tư", "SNN": "Sở Nông nghiệp",
        "SVHTT": "Sở Văn hóa và Thể thao", "TLĐ": "Tổng Liên đoàn", "TANDTC": "Tòa án nhân dân tối cao",
        "VKSTC": "Viện kiểm sát nhân dân tối cao", "HĐTP": "Hội đồng Thẩm phán", "TTCP": "Thanh tra Chính phủ",
        "UBDT": "Ủy ban Dân tộc", "BCHTW": "Ban Chấp hành Trung ương", "BTVTU": "Ban Thường vụ Tỉnh ủy",
        "BTV": "Ban Thường vụ", "BTT": "Ban Thường trực", "BTTU": "Ban Thường trực", "CATTTT": "Cục An toàn thông tin",
        "HĐBCQG": "Hội đồng Bầu cử quốc gia", "UBBC": "Ủy ban bầu cử", "CT": "Chủ tịch",
        "SNNMT": "Sở Nông nghiệp và Môi trường",
        "SVHTTDL": "Sở Văn hóa, Thể thao và Du lịch", "SXD": "Sở Xây dựng", "STC": "Sở Tài chính", "SNV": "Sở Nội vụ",
    }
)  # fmt: skip

KINDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "QĐ": "quyết định", "NĐ": "nghị định", "TT": "thông tư", "TTLT": "thông tư liên tịch", "NQ": "nghị quyết",
        "CT": "chỉ thị", "KH": "kế hoạch", "TB": "thông báo", "CV": "công văn", "CĐ": "công điện", "BC": "báo cáo",
        "TTr": "tờ trình", "HD": "hướng dẫn", "PL": "pháp lệnh", "GM": "giấy mời", "VB": "văn bản", "L": "luật",
        "VBHN": "văn bản hợp nhất", "QC": "quy chế", "KL": "kết luận", "QyĐ": "quy định", "LCT": "lệnh",
        "HĐ": "hợp đồng",
        "BB": "biên bản", "GP": "giấy phép", "ĐA": "đề án", "PA": "phương án", "CTr": "chương trình",
        "CTHĐ": "chương trình hành động", "KHPH": "kế hoạch phối hợp", "QCPH": "quy chế phối hợp", "TTT": "tờ trình",
        "ĐN": "đề nghị", "XN": "xác nhận", "GCN": "giấy chứng nhận", "HDLN": "hướng dẫn liên ngành",
        "KHLT": "kế hoạch liên tịch", "GXN": "giấy xác nhận", "TL": "thư",
    }
)  # fmt: skip
_STANDARDS = {"QCVN": "quy chuẩn Việt Nam", "TCVN": "tiêu chuẩn Việt Nam"}
_PARTS_OF_TOWN = {"KP", "TDP", "TP", "TX", "TT", "KDC", "QL", "ĐT"}
_CODE = r"[A-ZĐÔƯ][A-Za-zĐđ]*\d*(?:[-–&./][A-ZĐÔƯ][A-Za-zĐđ]*\d*)*"
_KIND_WORDS = "|".join(sorted({*KINDS, *KINDS.values(), "luật", "quy định", "văn bản", "quy chế", "hiến pháp"}))


def _document(match: re.Match[str]) -> str | None:
    first = re.split(r"[-–&./]", match["code"])[0]
    if not match["y"] and first not in KINDS and first not in ISSUERS:
        is_named = len(first) > 1 and first not in _PARTS_OF_TOWN and re.search(r"(?<!nhà )số:?\s*$", before(match))
        said = [_issuer(part) for part in re.split("[-–&./]", match["code"]) if part not in before(match, 80).split()]
        return ", ".join((led(match["n"]), *said)) if is_named else None
    kind, issuer = _parts(match["code"])
    return _named(match, f"{led(match['n'])}{_year(match)}", kind, issuer)


def _year(match: re.Match[str]) -> str:
    return f" năm {cardinal(int(match['y']))}" if match["y"] else ""


def _named(match: re.Match[str], said: str, kind: str, issuer: str) -> str:
    """Add its kind and its issuer, where the text around does not name them already."""
    ahead, behind = before(match), match.string[match.end() : match.end() + 50]
    if kind and not re.search(rf"(?:{_KIND_WORDS})(?:\s[^\W\d]+){{0,3}}:?\s*$", ahead, re.IGNORECASE):
        said = f"{said}, {kind}" if re.search(r"số:?\s*$", ahead, re.IGNORECASE) else f"{kind} {said}"
    if issuer and not re.match(r"\s*(?:ngày [\w/., -]{1,30})?của\b", behind, re.IGNORECASE):
        said += f" của {issuer}"
    return said


def _parts(code: str) -> tuple[str, str]:
    """Return the kind of document and its issuer; unknown abbreviations are spelt."""
    kind, issuers = "", []
    for place, part in enumerate(re.split(r"[-–&./]", code)):
        term = re.fullmatch(r"(UBTVQH|QH)(\d+)", part)
        if place == 0 and part in KINDS:
            kind = KINDS[part]
        elif term:
            issuers.append(f"{ISSUERS[term[1]]} khóa {cardinal(int(term[2]))}")
        elif part:
            issuers.append(_issuer(part))
    return kind, ", ".join(issuers if kind == KINDS["TTLT"] else issuers[:1])


def _issuer(part: str) -> str:
    """BTCTU, VPĐU: an office of the party's committee."""
    office, committee = ISSUERS.get(part[:-2]), ISSUERS.get(part[-2:])
    known = ISSUERS.get(part) or ABBREVIATIONS.get(part)
    return known or (f"{office} {committee}" if office and committee else letters(part))


def _dashed(match: re.Match[str]) -> str:
    """The party's way: 57-NQ/TW."""
    issuer = _issuer(match["by"])
    return _named(match, led(match["n"]), KINDS[match["kind"]], issuer)


def _standard(match: re.Match[str]) -> str:
    """QCVN 8-2:2011/BYT."""
    number = " gạch ".join(cardinal(int(part)) for part in match["n"].split("-"))
    issuer = f" của {ISSUERS[match['by']]}" if match["by"] in ISSUERS else ""
    kind = _STANDARDS[match["kind"]]
    if before(match).casefold().rstrip().endswith(kind.removesuffix(" Việt Nam")):
        kind = "Việt Nam"
    return f"{kind} {number} năm {cardinal(int(match['y']))}{issuer}"


def _short(match: re.Match[str]) -> str:
    """NQ 05, QĐ số 12: the letters of the kind before a number."""
    return KINDS[match["x"]]


RULES: tuple[ReadingRule, ...] = (
    rule(
        "document",
        r"(?<!\w)(?P<kind>QCVN|TCVN)\s(?P<n>\d{1,5}(?:-\d{1,2})?):(?P<y>[12]\d{3})(?:/(?P<by>[A-ZĐ]+))?(?!\w)",
        _standard,
    ),
    rule(
        "document",
        rf"(?:(?<![\w/.])|(?<=(?<!\w)(?:NQ|QĐ|NĐ)))(?P<n>\d{{1,5}})[-–](?P<kind>{'|'.join(KINDS)})[/](?P<by>[A-ZĐ][A-Za-zĐ]*)(?![\w])",
        _dashed,
    ),
    rule(
        "document",
        rf"(?:(?<![\w/.])|(?<=(?<!\w)(?:NQ|QĐ|NĐ|CV)))(?P<n>\d{{1,5}})(?:/(?P<y>[12]\d{{3}}))?[/-](?P<code>{_CODE})(?![\w])",
        _document,
    ),
    rule(
        "document",
        r"(?:nghị định|thông tư|quyết định|nghị quyết|luật số|chỉ thị|công văn|văn bản|NĐ|NQ|QĐ|CV|TT|CT)(?:\s+số)?\s*"
        r"(?P<x>(?P<n>\d{1,4})/(?P<code>)(?P<y>[12]\d{3}))(?![\w/])",
        _document,
        re.IGNORECASE,
    ),
    rule(
        "document",
        r"(?<!\w)(?:đề án|nghị quyết|chỉ thị|kế hoạch|kết luận|quy định)(?:\s+số)?\s+(?P<x>0\d{1,2})(?![\w/-]|[.,]\d)",
        "{x:led}",
        re.IGNORECASE,
    ),
    rule(
        "document",
        rf"(?<!\w)(?P<x>{'|'.join(KINDS)})(?=\s+(?:số\s+)?\d{{1,5}}(?:/[12]\d{{3}})?[/-][A-ZĐ])",
        _short,
    ),
    rule(
        "document",
        r"(?<!\w)[kK]\.?(?P<k>\d{1,2})[/,]?\s?Đ\.?(?P<d>\d{1,3})(?!\w)",
        "khoản {k:cardinal} điều {d:cardinal}",
    ),
    rule("document", r"(?<!\w)CT(?=\s\d{1,2}\scủa)", "chỉ thị"),
    rule("document", r"(?<!\w)(?:NQ|CT|KL)\s(?P<x>0\d)(?=\s)", "{x:led}"),
    rule("document", r"(?<!\w)Đ\.\s?(?=\d{1,3}(?![\d/]))", "Điều "),
    rule("document", r"(?<!\w)(?P<x>NQ|NĐ|QĐ|CV)(?=\d{1,5}(?!\w))", _short),
    rule("document", rf"(?<!\w)(?P<x>{'|'.join(KINDS)})(?=\s+số:?\s+\d)", _short),
    rule(
        "document",
        r"(?<!\w)(?P<x>NĐ|NQ|QĐ|CV|TT|CĐ|KH|TB|VB)(?=\s+(?:số\s+)?\d{1,5}(?:[/\s.,;:)-]|$))",
        _short,
    ),
)
