"""Places: kinds of area before a name, roads, kilometre posts, house numbers."""

import re

from broadcast.speech.normalization.alphabet import DASH, LOWER, UPPER
from broadcast.speech.normalization.numbers import cardinal, letters, roman, said
from broadcast.speech.normalization.rules import ReadingRule, before, rule

_ROADS = {"QL": "quốc lộ", "ĐT": "đường tỉnh", "TL": "tỉnh lộ", "HL": "hương lộ", "ĐH": "đường huyện", "CT": "cao tốc",
          "ĐX": "đường xã"}  # fmt: skip
_KINDS = {"TP": "thành phố", "TX": "thị xã", "TT": "thị trấn", "P": "phường", "Q": "quận", "H": "huyện", "X": "xã",
          "KP": "khu phố", "TDP": "tổ dân phố", "ĐK": "đặc khu", "T": "tỉnh", "Đ": "đường", "Tp": "thành phố",
          "Tx": "thị xã", "Tt": "thị trấn", "tp": "thành phố", "tx": "thị xã", "tt": "thị trấn"}  # fmt: skip
_POINTS = {"Đ": "Đông", "T": "Tây", "N": "Nam", "B": "Bắc"}
_POINT = r"[ĐT]?(?:[ĐT][NB]|[NB][ĐT][NB]|[ĐTNB])"
"""Of the compass: N, ĐN, TTB, BĐB."""
_ENGLISH = {"N": "Bắc", "S": "Nam", "E": "Đông", "W": "Tây"}
_ENGLISH_POINT = r"[NEWS]?(?:NE|NW|SE|SW)|[NESW]"
_NAME = rf"(?={UPPER}{LOWER}|\d)"


def _road(match: re.Match[str]) -> str:
    """Its kind is said once: cao tốc CT.01, đường ĐT.711."""
    suffix = f" {letters(match['s'])}" if match["s"] else ""
    kind = _ROADS[match["r"]]
    ahead = before(match).casefold().rstrip()
    if ahead.endswith(kind):
        kind = ""
    elif ahead.endswith("đường"):
        kind = kind.removeprefix("đường ")
    return f"{kind} {cardinal(int(match['n']))}{suffix}".lstrip()


def _kind(match: re.Match[str]) -> str:
    return _KINDS[match["k"]]


def _initial_or_kind(match: re.Match[str]) -> str | None:
    """After another name it is a person's initial: Trần H. Nam."""
    ahead = before(match)
    is_name = re.search(rf"{UPPER}{LOWER}+\s$", ahead)
    return None if is_name else _KINDS[match["k"]]


def _post(match: re.Match[str]) -> str:
    metres = f" cộng {cardinal(int(match['m']))}" if match["m"] else ""
    return f"ki-lô-mét {said(match['km'])}{metres}"


def _bearing(match: re.Match[str]) -> str:
    return " ".join(_POINTS[sign] for sign in match["x"] if sign in _POINTS)


def _english_bearing(match: re.Match[str]) -> str:
    """ENE is Đông Đông Bắc: what English puts first of a pair comes last."""
    point = match["x"]
    return " ".join(_ENGLISH[sign] for sign in (*point[:-2], *reversed(point[-2:])))


def _house(match: re.Match[str]) -> str:
    return " trên ".join(letters(part) for part in match["x"].split("/"))


def _alley(match: re.Match[str]) -> str:
    """K23/4, K105/H12/5: as Đà Nẵng and Huế number what lies behind a street."""
    inner = f", hẻm {cardinal(int(match['h']))}, số" if match["h"] else " trên"
    return f"kiệt {cardinal(int(match['k']))}{inner} {letters(match['n'])}"


def _zone(match: re.Match[str]) -> str | None:
    number = roman(match["x"])
    return cardinal(number) if number else None


RULES: tuple[ReadingRule, ...] = (
    rule(
        "road",
        r"(?<!\w)(?<!tải trọng )(?P<r>QL|ĐT|TL|HL|ĐH|CT|ĐX)[ .-]{0,2}(?P<n>\d{1,3})(?P<s>[A-EĐ])?(?![\w]|[.,]\d)",
        _road,
    ),
    rule(
        "road",
        r"(?<!\w)(?:quốc lộ|tỉnh lộ|đường tỉnh|hương lộ|đường)\s+(?P<x>\d{1,3}[A-EĐ])(?!\w)",
        "{x:letters}",
        re.IGNORECASE,
    ),
    rule(
        "road",
        r"(?:(?<![\w/])[Kk]|(?<=[\dA-Z]/)K)[Mm](?:\s|(?=\d{2})|(?=\d\s?\+|\d\.\d{3}|\d\s?(?:đến|tới|[-–])\s?[Kk]m))(?P<km>\d{1,3}(?:\.\d{3})?|\d{4})(?:\s?\+\s?(?P<m>\d{1,3}))?(?![\w/])",
        _post,
    ),
    rule("road", r"(?<!\w)K(?P<km>\d{1,3})\+(?P<m>\d{2,3})(?:m(?!\w))?(?![\w/]|[.,]\d)", _post),
    rule("road", r"(?<=(?:đến|tới)\s)[Kk][Mm](?P<km>\d)(?P<m>)(?![\w/]|[.,]\d)", _post),
    rule("road", r"(?<!\w)K[Mm](?P<km>\d)(?P<m>)(?![\w/]|[.,]\d)", _post),
    rule(
        "place",
        rf"(?<!\w)(?i:phía|hướng|dịch chuyển|di chuyển|lệch)\s(?P<x>{_POINT}(?:{DASH}{_POINT})?)(?!\w|\.{UPPER})",
        _bearing,
    ),
    rule("place", rf"(?<!\w)(?i:phía|hướng)\s(?P<x>{_ENGLISH_POINT})(?!\w)", _english_bearing),
    rule("place", rf"(?<!\w)(?i:di chuyển|gió|về)\s(?P<x>{_ENGLISH_POINT})(?!\w)", _english_bearing),
    rule("place", r"(?<!\w)(?P<x>NNE|ENE|ESE|SSE|SSW|WSW|WNW|NNW)(?!\w)", _english_bearing),
    rule("place", rf"(?<!\w)[Gg]ió(?:\smùa)?\s(?P<x>[ĐT]?[ĐT][NB](?:{DASH}[ĐT]?[ĐT][NB])?)(?!\w)", _bearing),
    rule("range", rf"(?<=\d){DASH}(?=[Kk][Mm]\s?\d{{1,4}}(?!\d)|K\d{{1,3}}\+\d)", " đến "),
    rule("abbreviation", r"(?<!\w)(?:TP|Tp|tp)\.?\s?HCM(?!\w)", "thành phố Hồ Chí Minh"),
    rule("abbreviation", rf"(?<!\w)(?P<k>TP|TX|TT|KP|TDP|ĐK|Tp|Tx|Tt|tp|tx|tt)\.\s*{_NAME}", _kind),
    rule("abbreviation", rf"(?<!\w)(?P<k>TP|TX|KP|TDP|Tp|Tx)\s*{_NAME}", _kind),
    rule("abbreviation", rf"(?<!\w)T\.P\.?\s*{_NAME}", "thành phố"),
    rule("abbreviation", rf"(?<![\w-])(?P<k>TT)\s+(?!Huế|Y tế|Văn|Giáo|Dịch|Hành)(?={UPPER}{LOWER})", _kind),
    rule("abbreviation", r"(?<![\w.])P\.\s?(?=\d{3}(?!\d))", "phòng "),
    rule("abbreviation", rf"(?<![\w.])(?P<k>[PQ])\.\s?(?!\d{{3}}){_NAME}", _kind),
    rule("abbreviation", rf"(?<![\w.])(?P<k>[HXTĐ])\.\s?(?={UPPER}{LOWER})", _initial_or_kind),
    rule(
        "place",
        r"(?<!\w)(?:địa chỉ:?|đ/c:?|số nhà|nhà số|(?<!dân )(?<!tin )(?<!án )số|hẻm|ngõ|ngách|kiệt|lô|(?<!giỗ )tổ)\s*"
        r"(?P<x>\d{1,4}[A-Za-z]?(?:/\d{1,4}[A-Za-z]?)+)(?![\w/])",
        _house,
        re.IGNORECASE,
    ),
    rule(
        "place",
        rf"(?<![\w/.,])(?P<x>\d{{1,4}}[A-Z]?(?:/\d{{1,4}}[A-Z]?)+)(?=,?\s+(?:đường\s|Đường\s|phố\s){UPPER})",
        _house,
    ),
    rule(
        "place",
        rf"(?<![\w/.,])(?P<x>\d{{1,4}}[A-Z]?(?:/\d{{1,4}}[A-Z]?)+)(?=\s+{UPPER}{LOWER}+\s{UPPER}{LOWER})",
        _house,
    ),
    rule(
        "place",
        rf"(?<!\w)K(?P<k>\d{{1,4}})(?:/H(?P<h>\d{{1,4}}))?/(?P<n>\d{{1,4}}[A-Z]?)(?=\s(?:đường\s)?{UPPER}{LOWER})",
        _alley,
    ),
    rule(
        "place",
        r"(?<!\w)nhà\s(?P<x>\d{1,4}[A-Za-z]?(?:/\d{1,4}[A-Za-z]?)+)"
        r"(?=,?\s(?:tổ|hẻm|ấp|thôn|khu phố|KP|ngõ|kiệt)(?!\w))",
        _house,
        re.IGNORECASE,
    ),
    # Lớp 1/3, the third of the first year.
    rule(
        "place",
        r"(?<!\w)lớp\s(?P<x>(?P<a>\d{1,2})/(?P<b>\d{1,2}))(?![\w/])",
        "{a:cardinal} {b:cardinal}",
        re.IGNORECASE,
    ),
    rule(
        "roman",
        rf"(?:KCN|CCN|KDC|khu công nghiệp|cụm công nghiệp|khu dân cư|thủy điện|nhà máy điện|nhiệt điện|hồ|bến)"
        rf"(?:\s+{UPPER}{LOWER}+){{1,4}}\s+(?P<x>[IVX]+)(?!\w|\.\s?{UPPER})",
        _zone,
    ),
)
