"""Roman numerals, ordinals, fractions, scores, ranges and all remaining numbers."""

import re
import unicodedata

from broadcast.speech.normalization.alphabet import DASH, END, LOWER, START, UPPER
from broadcast.speech.normalization.dates.calendar import GOES_ON
from broadcast.speech.normalization.dates.calendar import LATE_RULES as LATE_DATES
from broadcast.speech.normalization.measures import LATE_RULES as LATE_MEASURES
from broadcast.speech.normalization.numbers import DIGITS, NUMBER, cardinal, led, ordinal, portion, said, value
from broadcast.speech.normalization.rules import ReadingRule, rule

_REPEATED = r"cấp|lớp|khu phố|thôn|bậc|tổ|hạng|điều|khoản|khóa|bài|trang|xóm|ấp|đội"
_WON = r"thắng|thua|hòa|hoà|tỷ số|tỉ số|dẫn|bại|hạ|cầm chân|chung cuộc|luân lưu"
_EACH = (
    r"chỉ tiêu|tiêu chí|mục tiêu|nhiệm vụ|nội dung|hạng mục|công trình|xã|phường|huyện|thôn|ấp|khu phố|chi bộ|đảng bộ|"
    r"tổ|đơn vị|trường|đại biểu|đồng chí|ý kiến|thành viên|hội viên"
)
_ALMOST = r"hơn|gần|khoảng|quá|chiếm|chưa đến|chưa tới|bằng|giảm|tăng|mất|còn|chỉ bằng"
_PORTION = (
    r"diện tích|số|dân số|tổng|quân số|chiều|thời|sản lượng|công suất|dung tích|lượng|mức|giá|vốn|kinh phí|quãng|đường|"
    r"cái|quả|bát|cốc|thìa|viên|kg|lít|năm|tháng|ngày|giờ|nhà|dân|khối lượng|"
    r"cánh|ao|hồ|thửa|chặng|nguồn|lãnh thổ|địa bàn|chén|muỗng|lon|chai|ly|thùng|bao|bình|sào|mẫu|"
    r"dự toán|kế hoạch|chỉ tiêu|mục tiêu|doanh thu|sân|màn hình|nội dung|nhiệm kỳ|thế kỷ|rừng|xã|vườn|ruộng|lúa|toàn"
)
_HEADS = r"thành viên|cử tri|đại biểu|phiếu|hộ|người|học sinh|giáo viên|lao động"
"""One by one they are counted, 5/8 người; a share of them has a small denominator, 2/3 cử tri."""
_MOST_PARTS, _MOST_GOALS = 10, 100
_YEARS = 1900, 2100


def _repeated(match: re.Match[str]) -> str:
    return f"{cardinal(int(match['a']))} đến {match['w'].lower()} {cardinal(int(match['b']))}"


def _force(match: re.Match[str]) -> str:
    """Of wind, written short: c6-7, giật c.13."""
    first = f"cấp {cardinal(int(match['a']))}"
    return f"{first} đến cấp {cardinal(int(match['b']))}" if match["b"] else first


def _score(match: re.Match[str]) -> str:
    return f"{cardinal(int(match['a']))} {cardinal(int(match['b']))}"


def _sets(match: re.Match[str]) -> str | None:
    """Of volleyball: (25-21, 22-25), also 25/21 where that is no date."""
    if "/" in match["x"] and not re.search(r"/(?:1[3-9]|[2-9]\d)", match["x"]):
        return None
    return re.sub(r"(\d+)[-/](\d+)", lambda one: f"{cardinal(int(one[1]))} {cardinal(int(one[2]))}", match["x"])


def _fraction(match: re.Match[str]) -> str | None:
    over, under = int(match["a"]), int(match["b"])
    if not 0 < over < under <= _MOST_PARTS:
        return None
    return portion(over, under)


def _open_sets(match: re.Match[str]) -> str | None:
    """21-18, 19-21: where one of them falls they are no ranges."""
    pairs = re.findall(r"(\d+)-(\d+)", match["x"])
    return _sets(match) if any(int(first) > int(second) for first, second in pairs) else None


def _neighbours(match: re.Match[str]) -> str | None:
    """Wind of cấp 6/7."""
    first, last = int(match["a"]), int(match["b"])
    return f"{cardinal(first)}, {cardinal(last)}" if last == first + 1 else None


def _of(match: re.Match[str]) -> str:
    return " trên ".join(said(part) for part in re.split(r"\s?/\s?", match[0]))


def _falling(match: re.Match[str]) -> str | None:
    """Descending and small it is a score, 2-1."""
    return _score(match) if int(match["a"]) >= int(match["b"]) else None


def _range(match: re.Match[str]) -> str:
    """Ascending it is a range. In lần thứ 5 - 2027 the second is a year."""
    first, last = value(match["a"]), value(match["b"])
    joint = " đến " if first < last else " " if first < _MOST_GOALS else ", "
    if first < _MOST_GOALS and _YEARS[0] <= last <= _YEARS[1]:
        joint = " - "
    return f"{said(match['a'])}{joint}{said(match['b'])}"


def _listed(match: re.Match[str]) -> str:
    """Số 1,2,3: three numbers, no decimal."""
    return ", ".join(map(said, match[0].split(",")))


def _weekdays(match: re.Match[str]) -> str:
    """Thứ 3-5-7: each of them."""
    return ", ".join(ordinal(int(day)) for day in re.findall(r"\d", match["x"]))


def _strung(match: re.Match[str]) -> str:
    return _string(match[0])


def _string(text: str) -> str:
    """NPK 16-16-8; where zeros lead they are said, 08-15-23."""
    parts = text.split("-")
    return ", ".join(map(led, parts)) if any(part[0] == "0" for part in parts) else " ".join(map(said, parts))


def _signed(match: re.Match[str]) -> str:
    return f"{'âm' if match['sign'] in '-−–' else 'cộng'} {said(match['n'])}"


def _odd_digit(match: re.Match[str]) -> str | None:
    """Superscripts, circled digits: a digit of any form is said."""
    value_of = unicodedata.digit(match[0], None)
    return None if value_of is None else DIGITS[value_of]


RATIOS: tuple[ReadingRule, ...] = (
    rule("number", r"(?<!\w)[Cc]ấp\s(?P<x>(?P<a>[6-9]|1\d)/(?P<b>[7-9]|1\d))(?![\w/])", _neighbours),
    rule(
        "number",
        r"(?<!\w)(?:mũi|liều|thửa|câu|làn|trang|tờ)\s(?P<x>\d{1,4}/\d{1,3})(?!\w|[.,/-]\d)",
        lambda match: _ratio(match["x"]),
        re.IGNORECASE,
    ),
    rule(
        "score",
        r"(?:kết|trận|set|ván|thắng|thua|tỷ số|tỉ số)(?!\w)[^.;\n\d]{0,40}\s"
        r"(?P<x>\d{1,2}/\d{1,2}(?:,\s\d{1,2}/\d{1,2}){1,4})(?![\w/])",
        _sets,
    ),
    rule(
        "fraction",
        r"(?:tỷ lệ|tỉ lệ)\s(?P<x>(?P<a>\d{1,3}):(?P<b>\d{1,3}(?:\.\d{3})*))(?![\w:])",
        "{a:said} trên {b:said}",
        re.IGNORECASE,
    ),
    rule("score", rf"(?<!\w)(?:{_WON})\s(?P<x>(?P<a>\d{{1,2}}):(?P<b>\d{{1,2}}))(?![\w:])", _score, re.IGNORECASE),
    rule(
        "fraction",
        r"huyết áp\s(?:[^\W\d_]+\s){0,3}(?P<x>(?P<a>\d{1,3})/(?P<b>\d{1,3}))(?![\w/])",
        "{a:said} trên {b:said}",
        re.IGNORECASE,
    ),
)
"""Numbers that may be times or dates as well: tried before those."""

RULES: tuple[ReadingRule, ...] = (
    rule("number", r"(?<!\w)thứ\s+(?P<x>[2-7](?:\s?[-–]\s?[2-7]){2,5})(?![\w/-]|[.,]\d)", _weekdays, re.IGNORECASE),
    rule(
        "range",
        rf"(?<!\w)thứ\s+(?P<x>(?P<a>[2-7]){DASH}(?:thứ\s+)?(?P<b>[2-7]))(?![\w/]|[.,]\d)",
        "{a:ordinal} đến thứ {b:ordinal}",
        re.IGNORECASE,
    ),
    rule(
        "number",
        r"(?<!\w)thứ\s+(?P<x>(?P<a>\d{1,3})/(?P<b>\d{1,3}))(?!\w|[.,/]\d)",
        "{a:ordinal} trên {b:cardinal}",
        re.IGNORECASE,
    ),
    rule("number", r"(?<!\w)thứ\s+(?P<x>\d{1,4})(?![\w]|[.,/]\d)", "{x:ordinal}", re.IGNORECASE),
    rule("number", r"(?<!\w)thứ\s+\d,\s(?P<x>4)(?![\w]|[.,/]\d)", "tư", re.IGNORECASE),
    rule(
        "range",
        rf"(?<!\w)(?P<w>{_REPEATED})\s+(?P<x>(?P<a>\d{{1,4}}){DASH}(?P<b>\d{{1,4}})){END}",
        _repeated,
        re.IGNORECASE,
    ),
    rule(
        "score",
        rf"[-–]\s(?:{UPPER}\w{{1,8}}\s){{1,4}}(?P<x>(?P<a>\d{{1,2}})-(?P<b>\d{{1,2}})){END}(?!\s(?:tuổi|tháng|ngày|giờ|người|hộ))",
        _score,
    ),
    rule(
        "range",
        r"(?i:gió|giật|mạnh|dần|lên|bão|sóng|xuống)\s(?P<x>[cC]\.?\s?(?P<a>\d{1,2})(?:\s?[-–]\s?(?P<b>\d{1,2}))?)(?!\w|[.,/-]\d)",
        _force,
    ),
    rule("score", rf"{UPPER}{LOWER}+\s{UPPER}{LOWER}+\s(?P<x>(?P<a>\d)-(?P<b>\d))(?=\s{UPPER})", _score),
    rule("score", r"\(\s?(?P<x>\d{1,2}[-/]\d{1,2}(?:[,;]\s?\d{1,2}[-/]\d{1,2}){1,4})\s?\)", _sets),
    rule(
        "score",
        rf"(?<!\w)(?:{_WON})(?:\s\w+)?(?:\s\w+)?(?:\s\w+)?\s+(?P<x>(?P<a>\d{{1,2}}){DASH}(?P<b>\d{{1,2}})){END}(?!\s(?:độ|mét|phần|lần|ngày|giờ|phút|đồng|nghìn|triệu))",
        _score,
        re.IGNORECASE,
    ),
    # A count out of a total: no share of a whole.
    rule("fraction", rf"{START}\d{{1,2}}/(?:[5-9]|[1-9]\d){END}(?=\s+(?:{_EACH})(?!\w))", _of, re.IGNORECASE),
    rule(
        "fraction",
        rf"(?<!\w)(?:{_ALMOST})\s+(?P<x>(?P<a>\d)/(?P<b>\d{{1,2}})){END}",
        _fraction,
        re.IGNORECASE,
    ),
    rule(
        "fraction",
        rf"{START}(?P<x>(?P<a>\d)/(?P<b>\d{{1,2}})){END}(?=\s+(?:{_PORTION})(?!\w))",
        _fraction,
        re.IGNORECASE,
    ),
    rule(
        "fraction",
        rf"{START}(?P<x>(?P<a>[1-4])/(?P<b>[2-5])){END}(?=\s+(?:{_HEADS})(?!\w))",
        _fraction,
        re.IGNORECASE,
    ),
    rule("fraction", rf"{START}(?P<x>(?P<a>1)/(?P<b>[2-4])){END}(?=\s+(?!(?:{GOES_ON})(?!\w)){LOWER})", _fraction),
    # Vòng 1/8 of a cup.
    rule(
        "fraction", r"(?<!\w)vòng(?:\sloại)?\s(?P<x>1/(?P<n>8|16|32))(?![\w/])", "một phần {n:cardinal}", re.IGNORECASE
    ),
    rule("number", r"(?<![\w/])24/7(?![\w/])", "hai mươi bốn trên bảy"),
    rule("number", r"(?<!\w)(?:cấp|mức|bậc)\s+(?P<x>[1-5]/[3-9])(?![\w/])", lambda m: _ratio(m["x"]), re.IGNORECASE),
    rule(
        "fraction",
        r"(?:tỷ lệ|tỉ lệ|bản đồ)\s+(?P<x>1/\d{1,3}(?:\.\d{3})+|1/\d+)(?!\w)",
        lambda m: _ratio(m["x"]),
        re.IGNORECASE,
    ),
    rule("number", r"(?<![\w.,/])(?P<a>[2-9])\.0(?![\w.,/-])", lambda match: f"{DIGITS[int(match['a'])]} chấm không"),
    *LATE_DATES,
    *LATE_MEASURES,
    rule("bare_share", rf"{START}(?:[1-9]|[12]\d|3[01])/(?:[1-9]|1[0-2]){END}(?!\s+{LOWER})", _of),
    rule("number", rf"{START}{NUMBER}(?:\s?/\s?{NUMBER})+(?!\d)", _of),
    rule("number", r"(?<![\w.,/-])\d{1,2}(?:,\d{1,2}){2,}(?!\w|[.,/-]\d)", _listed),
    rule("sign", rf"{START}{NUMBER}(?P<x>\s[-–−]\s)(?={NUMBER}\s?=)", " trừ "),
    rule("sign", rf"(?<!\w)[x×]\s?(?={NUMBER})", "nhân "),
    rule(
        "number", r"(?<!\w)(?:NPK|DAP|NPKS|NP|NK|SA)\s(?P<x>\d{1,2}-\d{1,2})(?!\w|[.,/-]\d)", lambda m: _string(m["x"])
    ),
    rule("number", r"(?<![\w.,/-])\d{1,3}(?:-\d{1,3}){2,}(?!\w|[.,/-]\d)", _strung),
    rule("score", r"(?<![\w.,/-])(?P<x>\d{1,2}-\d{1,2}(?:[,;]\s\d{1,2}-\d{1,2}){1,4})(?!\w|[.,/-]\d)", _open_sets),
    rule("bare_score", rf"{START}(?P<a>\d{{1,2}}){DASH}(?P<b>\d{{1,2}})(?!\w|[.,]\d)(?!-\d)", _falling),
    rule("range", rf"{START}(?P<a>{NUMBER}){DASH}(?P<b>{NUMBER})(?!\w|[.,]\d)(?!-\d)", _range),
    rule("number", rf"{START}(?P<a>\d{{1,3}}):(?P<b>\d{{1,3}}){END}", _score),
    rule("sign", rf"(?<=\d)\s?[x×]\s?(?={NUMBER})", " nhân "),
    rule("sign", rf"(?<![\w)])(?P<sign>[-−–+])(?P<n>{NUMBER})(?!\d)", _signed),
    rule("number", r"(?<![\w.,/-])0\d{2,7}(?!\w|[.,/-]\d)", "{0:digits}", re.ASCII),
    rule("number", NUMBER, "{0:said}", re.ASCII),
    rule("number", r"\d|[^\W\d_a-zA-ZÀ-ỹ]|[^\w\s]", _odd_digit),
)


def _ratio(text: str) -> str:
    return " trên ".join(map(said, text.split("/")))
