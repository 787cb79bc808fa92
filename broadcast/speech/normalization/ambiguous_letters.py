"""Letters with several meanings, decided by their context."""

from __future__ import annotations

from broadcast.speech.normalization.alphabet import UPPER
from broadcast.speech.normalization.numbers import cardinal, roman
from broadcast.speech.normalization.rules import ReadingRule, rule

_LED = r"Sở|Công ty|Cty|Trung tâm|TT|BQL|Ban|Bệnh viện|BV|Công an|CA|Chi nhánh|Ngân hàng|HTX|Đài|Điện lực|Kho bạc|Quỹ"

RULES: tuple[ReadingRule, ...] = (
    rule(
        "abbreviation",
        r"(?:VPĐKĐĐ|NH|bank|BIDV|BHXH|[Nn]gân hàng(?:\s[^\W\d_]+){0,4})\s(?P<x>CN)(?=\s)",
        "chi nhánh",
    ),
    rule(
        "abbreviation",
        r"(?<!\w)BĐ\s?(?P<n>[1-3]|I{1,3})(?!\w|[.,/]\d)",
        lambda match: f"báo động {cardinal(roman(match['n']) or int(match['n']))}",
    ),
    rule("abbreviation", r"(?<!\w)(?i:nhà|phòng|trung tâm|ban|sở)\s(?P<x>VH)(?![\w&-])", "văn hóa"),
    rule("range", r"(?<=BĐ[1-3I])\s?[-–]\s?(?=BĐ)", " đến "),
    rule("abbreviation", r"(?<!\d)[,(]\s?\d{1,3}(?P<x>t)(?=[),;.])", " tuổi"),
    rule("abbreviation", r"(?<!\w)SN(?=:?\s+[12]\d{3}(?!\w))", "sinh năm"),
    rule("abbreviation", r"(?<!\w)BCH(?=\s+(?:PC|quân sự|Quân sự|QS|phòng|Phòng|PTDS|TKCN))", "Ban chỉ huy"),
    rule(
        "abbreviation",
        rf"(?<!\w)CA(?=[,.;:)/]|\s\d|\s+(?!{UPPER}{{2,}}\s+{UPPER}{{2,}})[^\W\d]|$)(?!\s(?:NHẠC|SĨ|KHÚC|HÁT|CAO))",
        "Công an",
    ),
    rule(
        "abbreviation",
        r"(?<!\w)ĐT(?:(?=\s*:|\s+0\d|\s*\(0|\s1[89]00|\s\d{7,8}(?!\d)|\s(?:di động|bàn|liên hệ)|"
        r"/(?:Zalo|zalo|fax|Fax))|\.(?=\s0\d))",
        "điện thoại",
    ),
    rule("abbreviation", r"(?<!\w)(?:(?<=[Pp]hó )CT|CT(?=\s+(?:UBND|HĐND|UBMTTQ|MTTQ|Hội|HĐQT)))(?!\w)", "Chủ tịch"),
    rule("abbreviation", rf"(?<!\w)GĐ(?=\s+(?:{_LED}))", "Giám đốc"),
    rule("abbreviation", r"(?<!\w)GĐ(?=\s?(?:\d|[IVX]+(?!\w)))", "giai đoạn"),
    rule("abbreviation", r"(?<=[Vv]ụ )ĐX(?!\w)|(?<=[Ll]úa )ĐX(?!\w)", "Đông Xuân"),
    rule("abbreviation", r"(?<=[Vv]ụ )HT(?!\w)|(?<=[Ll]úa )HT(?!\w)", "Hè Thu"),
    rule("abbreviation", r"(?<=hộ )GĐ(?!\w)|(?<=bạo lực )GĐ(?!\w)", "gia đình"),
    rule("abbreviation", r"(?<!\w)NV(?=\s?\d(?!\w))", "nguyện vọng"),
    rule("abbreviation", r"(?<!\w)QK(?=\s?\d(?!\w))", "Quân khu"),
    rule("abbreviation", r"(?<!\w)TT(?=\s+(?:HĐND|Đảng ủy|Tỉnh ủy|Huyện ủy|UBMTTQ|MTTQ))", "Thường trực"),
    rule("abbreviation", r"(?<!\w)(?P<l>[Đđ])/[cC](?=:|\s(?:số\s)?\d)", lambda match: f"{match['l']}ịa chỉ"),
    rule("abbreviation", r"(?<=[Đđ]oàn )TN(?!\w)", "thanh niên"),
    rule("abbreviation", r"(?<=[Cc]ấp )QG(?!\w)|(?<=[Tt]ầm )QG(?!\w)|(?<=chuẩn )QG(?!\w)", "quốc gia"),
    rule("abbreviation", r"(?<=[Cc]ụm )CN(?!\w)|(?<=[Kk]hu )CN(?!\w)", "công nghiệp"),
    rule(
        "abbreviation", r"(?<=[Tt]hủ tướng )CP(?!\w)|(?<=[Vv]ăn phòng )CP(?!\w)|(?<=thành viên )CP(?!\w)", "Chính phủ"
    ),
    rule(
        "abbreviation",
        r"(?<!\w)ĐH(?=\s(?:Đảng|Đoàn|Hội|[Cc]ông đoàn|[Cc]hi bộ|đảng bộ|[Cc]hi đoàn|lần thứ|Mặt trận|đại biểu|XIII|"
        r"XIV|TDTT))",
        "Đại hội",
    ),
    rule("abbreviation", r"(?<!\w)[ØΦ]\s?(?=\d)", "phi "),
    rule("abbreviation", r"(?<!\w)UV(?=\s(?:BTV|BCH|UBKT|UBND|Ban|Ủy ban|Đoàn|Thường)(?!\w))", "ủy viên"),
    rule("abbreviation", r"(?<=\d\s)TH(?!\w)", "trường hợp"),
    rule(
        "abbreviation",
        r"(?i:điểm|giá|nhiệt độ|mưa|lượng|mức|loại|sức|hạng|năng suất|chiều cao|trên|dưới)\s(?P<x>TB)(?!\w)",
        "trung bình",
    ),
    rule("abbreviation", r"(?<!\w)TB(?=:|\s(?:lịch|kết quả|về|kết luận|tuyển|của))|(?<=ra )TB(?!\w)", "thông báo"),
    rule("abbreviation", r"(?<!\w)(?:[Nn]gày|[Cc]ông tác|[Cc]hi cục|[Cc]án bộ|ngành)\s(?P<x>DS)(?!\w)", "dân số"),
    rule("abbreviation", r"(?<!\w)HK(?=\s(?:[Tt]ốt|[Kk]há|TB))", "hạnh kiểm"),
    rule("abbreviation", r"(?<=\d )CS(?!\w)", "cơ sở"),
    rule("abbreviation", r"(?<!\w)BT(?=[/,]\s?CT(?!\w)|\s(?:Đảng ủy|ĐU|[Cc]hi bộ|Đoàn|Tỉnh ủy)(?!\w))", "Bí thư"),
    rule("abbreviation", r"(?<!\w)CT(?=[/,]\s?PCT(?!\w))|(?<=BT/)CT(?!\w)|(?<=BT, )CT(?!\w)", "Chủ tịch"),
    rule(
        "abbreviation",
        r"(?:TTHC|[Hh]ồ sơ|đúng hạn|trễ hạn|quá hạn|[Tt]iếp nhận|giải quyết)(?!\w)[^;\n]{0,40}\d\s(?P<x>HS)(?!\w)",
        "hồ sơ",
    ),
    rule("abbreviation", r"(?<=SGK/)STK(?!\w)|(?<=SGK, )STK(?!\w)", "sách tham khảo"),
    rule("abbreviation", r"(?<=phòng )BM(?!\w)", "bộ môn"),
    rule("abbreviation", r"(?<=\+)TE(?!\w)", "tê e"),
    rule("abbreviation", r"(?<=VP )BCH(?!\w)", "Ban chỉ huy"),
    rule("abbreviation", r"(?<=về )DC(?!\w)", "dân cư"),
    rule("abbreviation", r"(?<=\d )TC(?!\w)", "tiêu chí"),
    rule("abbreviation", r"(?i:chi bộ|đảng bộ)[^.;\n]{0,40}\d\s(?P<x>ĐV)(?!\w)", "đảng viên"),
    rule("abbreviation", r"(?<=\d )CT(?=,|\s(?:đã|đi|bầu|trong))", "cử tri"),
    rule("abbreviation", r"(?<=xe )CC(?!\w)", "chữa cháy"),
    rule("abbreviation", r"(?<!\w)MC(?=\s4\d\d(?!\d))", "máy cắt"),
    rule("abbreviation", r"(?<=\d )ĐT(?=\s[^\W\d])", "điện thoại"),
    rule(
        "abbreviation",
        r"(?<!\w)QH(?=\s(?:1/\d|chi tiết|chung|phân khu|sử dụng|xây dựng))|(?<=chỉnh )QH(?!\w)|(?<=[Đđ]ồ án )QH(?!\w)",
        "quy hoạch",
    ),
    rule("abbreviation", r"(?<=\d )P(?=[,.;)]|$)", "phường"),
    rule("abbreviation", r"(?<!\w)ĐD(?=\s\d{2,3}\s?[kK]V)", "đường dây"),
    rule("abbreviation", r"(?<=quý )PH(?!\w)|(?<!\w)PH(?=\s(?:lớp|khối|HS|học sinh)(?!\w))", "phụ huynh"),
    rule(
        "abbreviation",
        r"(?<!\w)HĐ(?=\s(?:mua|thuê|lao động|tín dụng|kinh tế|cung cấp|số|bảo hiểm|xây dựng|thi công|dịch vụ)(?!\w))",
        "hợp đồng",
    ),
    rule("abbreviation", r"(?<!\w)TC(?=\s(?:số\s)?\d{1,2}(?!\w))", "tiêu chí"),
    rule("abbreviation", r"(?<=\d )NV(?!\w)", "nhân viên"),
    rule("abbreviation", r"(?<=\d )SP(?!\w)", "sản phẩm"),
    rule("abbreviation", r"(?<=CB/)CC(?!\w)|(?<=CB, )CC(?!\w)|(?<=CB,)CC(?!\w)", "công chức"),
    rule("abbreviation", r"(?<=[Gg]iải )BC(?!\w)|(?<!\w)BC(?=\shơi(?!\w))", "bóng chuyền"),
    rule("abbreviation", r"(?<=\()TQ(?=\))|(?<=hàng )TQ(?!\w)", "Trung Quốc"),
    rule("abbreviation", r"(?:CMHS|PHHS|HS|[Hh]ọc sinh|[Pp]hụ huynh)\s(?P<x>K)(?=\d{1,2}(?!\w))", "khối "),
    rule("abbreviation", r"(?<=[Kk]hu )ĐT(?!\w)", "đô thị"),
    rule("abbreviation", r"(?<=[Tt]ổ )BC(?!\w)", "bầu cử"),
    rule("abbreviation", r"(?<!\w)P\.\s?(?=(?:GD|TC|KT|VH|NN|TN|LĐ|NV|CS|PC)[A-ZĐ&-]{0,8}(?!\w))", "Phòng "),
    rule("abbreviation", r"(?<=môn )NN(?!\w)", "ngoại ngữ"),
    rule("abbreviation", r"(?<!\w)(?P<l>[Tt])r\.\s?(?=\d)", lambda match: f"{match['l']}rang "),
    rule("abbreviation", r"(?<!\w)TN(?=\sTHPT)", "tốt nghiệp"),
    rule("abbreviation", r"(?<=\d )TN(?!\w)", "thanh niên"),
    rule("abbreviation", r"(?<!\w)TK(?=\s\d{1,4},?\s(?:khoảnh|lô))", "tiểu khu"),
    rule("abbreviation", r"(?<!\w)NH(?=\s20\d\d)", "năm học"),
    rule(
        "abbreviation",
        r"(?<!\w)TP(?=\svề\s)|(?<=chống )TP(?!\w)|(?<=tố giác )TP(?!\w)|(?<=tội phạm, )TP(?!\w)",
        "tội phạm",
    ),
    rule("abbreviation", r"(?:TP|[Tt]ội phạm)\svề\s(?P<x>MT)(?!\w)", "ma túy"),
    rule("abbreviation", r"(?<!\w)HL(?=\s(?:[Gg]iỏi|[Kk]há|[Tt]ốt|TB))", "học lực"),
    rule("abbreviation", r"(?<!\w)HT(?=\s(?:[A-Z]|\d|UBND|lớn|xã|thôn|tầng)(?!\w))", "hội trường"),
    rule("abbreviation", r"(?<!\w)TK(?=:|\s(?:số|KBNN|NH|ngân hàng|\d))", "tài khoản"),
    rule("abbreviation", r"(?:[Gg]iải|[Ss]ân|[Đđ]ội|[Mm]ôn)\s(?P<x>BĐ)(?!\w)", "bóng đá"),
    rule("abbreviation", r"(?<!\w)H(?=[12]:\s)", "hiệp "),
    rule("abbreviation", r"(?<!\w)BS(?=:?\s\d\d[ -]?[A-ZĐ])", "biển số"),
    rule("abbreviation", r"(?<=[Gg]iải )ĐB(?!\w)", "đặc biệt"),
    rule("abbreviation", r"(?<=[Mm]ã )KH(?!\w)", "khách hàng"),
    rule("abbreviation", r"(?<!\w)(?:DT|dt)(?=:?\s+\d)", "diện tích"),
    rule("range", r"(?<=\d)\s?[-–]\s?(?=[ØΦ]\s?\d)", " đến "),
    rule("abbreviation", r"(?<=% )DT(?!\w)", "dự toán"),
    rule("abbreviation", r"(?<!\w)KV(?=\s?\d{1,2}(?!\w))", "khu vực"),
    rule(
        "abbreviation",
        r"(?<!\w)TT(?=\s+(?:y tế|Y tế|văn hóa|Văn hóa|giáo dục|dịch vụ|Dịch vụ|hành chính|Hành chính|"
        r"(?:KTTV|PVHCC|HCC|DVNN|DVVL|GDTX|GDNN|YTDP|KSBT|VHTT|VH|TDTT|CNTT|KN|NSH|DVC|BTXH)(?!\w)))",
        "Trung tâm",
    ),
    rule("abbreviation", r"(?<!\w)BV(?=[\s/,])", "bệnh viện"),
)
