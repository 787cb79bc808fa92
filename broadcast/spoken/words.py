"""Abbreviations and foreign names, and how an announcer says them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

ABBREVIATIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        # who governs
        "UBND": "Ủy ban nhân dân", "HĐND": "Hội đồng nhân dân", "MTTQ": "Mặt trận Tổ quốc",
        "UBMTTQ": "Ủy ban Mặt trận Tổ quốc", "UB MTTQ": "Ủy ban Mặt trận Tổ quốc", "TW": "Trung ương",
        "T.Ư": "Trung ương", "TƯ": "Trung ương", "BCH": "ban chấp hành", "BTV": "ban thường vụ",
        "UVBTV": "ủy viên ban thường vụ", "UVBCH": "ủy viên ban chấp hành", "BCĐ": "ban chỉ đạo",
        "BTC": "ban tổ chức", "BQL": "ban quản lý", "BGĐ": "ban giám đốc", "ĐBQH": "đại biểu Quốc hội",
        "QH": "Quốc hội", "VP": "văn phòng", "CNXH": "chủ nghĩa xã hội", "XHCN": "xã hội chủ nghĩa",
        "CHXHCN": "Cộng hòa xã hội chủ nghĩa", "VKSND": "Viện kiểm sát nhân dân", "TAND": "Tòa án nhân dân",
        "LĐLĐ": "Liên đoàn Lao động", "LHPN": "Liên hiệp Phụ nữ", "CCB": "Cựu chiến binh",
        "TNCS": "Thanh niên Cộng sản", "ND": "nông dân", "CBCC": "cán bộ, công chức",
        "CBCCVC": "cán bộ, công chức, viên chức", "TTHC": "thủ tục hành chính", "CCHC": "cải cách hành chính",
        "QLNN": "quản lý nhà nước", "VPCP": "Văn phòng Chính phủ", "BTTTT": "Bộ Thông tin và Truyền thông",
        "TTTT": "thông tin và truyền thông", "TT&TT": "Thông tin và Truyền thông",
        "TT-TH": "truyền thanh - truyền hình", "PTTH": "phát thanh - truyền hình",
        "PT-TH": "phát thanh - truyền hình", "VHTTDL": "Văn hóa, Thể thao và Du lịch", "VH-TT": "văn hóa - thể thao",
        "VHTT": "văn hóa - thông tin", "NNMT": "Nông nghiệp và Môi trường",
        "NN&PTNT": "Nông nghiệp và Phát triển nông thôn", "NN-PTNT": "Nông nghiệp và Phát triển nông thôn",
        "TN&MT": "Tài nguyên và Môi trường", "TNMT": "tài nguyên môi trường", "GTVT": "giao thông vận tải",
        "KH&CN": "Khoa học và Công nghệ", "KHCN": "khoa học công nghệ", "GD&ĐT": "Giáo dục và Đào tạo",
        "GDĐT": "giáo dục và đào tạo", "LĐTB&XH": "Lao động, Thương binh và Xã hội",
        "LĐTBXH": "Lao động, Thương binh và Xã hội", "KT-XH": "kinh tế - xã hội", "QP-AN": "quốc phòng - an ninh",
        "QPAN": "quốc phòng, an ninh", "ANTT": "an ninh trật tự", "TTATXH": "trật tự an toàn xã hội",
        "TTATGT": "trật tự an toàn giao thông", "ATGT": "an toàn giao thông", "CSGT": "cảnh sát giao thông",
        "CSĐT": "cảnh sát điều tra", "CSCĐ": "cảnh sát cơ động", "CAND": "Công an nhân dân",
        "QĐND": "Quân đội nhân dân", "CHQS": "chỉ huy quân sự", "BCHQS": "Ban chỉ huy quân sự",
        "NVQS": "nghĩa vụ quân sự", "DQTV": "dân quân tự vệ", "BĐBP": "Bộ đội Biên phòng",
        "LLVT": "lực lượng vũ trang", "QS": "quân sự", "DQ": "dân quân",
        # disasters and rescue
        "PCTT&TKCN": "phòng chống thiên tai và tìm kiếm cứu nạn",
        "PCTT-TKCN": "phòng chống thiên tai và tìm kiếm cứu nạn",
        "PCTT và TKCN": "phòng chống thiên tai và tìm kiếm cứu nạn", "PCTT": "phòng chống thiên tai",
        "TKCN": "tìm kiếm cứu nạn", "PTDS": "phòng thủ dân sự", "PCLB": "phòng chống lụt bão",
        "PCCC": "phòng cháy chữa cháy", "PCCC&CNCH": "phòng cháy chữa cháy và cứu nạn cứu hộ",
        "CNCH": "cứu nạn cứu hộ", "PCCCR": "phòng cháy chữa cháy rừng", "KTTV": "khí tượng thủy văn",
        "ATNĐ": "áp thấp nhiệt đới", "BĐ": "báo động", "BVMT": "bảo vệ môi trường", "VSMT": "vệ sinh môi trường",
        "ATVSTP": "an toàn vệ sinh thực phẩm", "ATTP": "an toàn thực phẩm", "ATLĐ": "an toàn lao động",
        "TNGT": "tai nạn giao thông",
        # people's lives
        "BHYT": "bảo hiểm y tế", "BHXH": "bảo hiểm xã hội", "BHTN": "bảo hiểm thất nghiệp",
        "BHXHTN": "bảo hiểm xã hội tự nguyện", "SXH": "sốt xuất huyết", "TCM": "tay chân miệng",
        "DTLCP": "dịch tả lợn châu Phi", "KCB": "khám chữa bệnh", "TYT": "trạm y tế", "TTYT": "trung tâm y tế",
        "BVĐK": "bệnh viện đa khoa", "ĐKKV": "đa khoa khu vực", "YHCT": "y học cổ truyền",
        "TCMR": "tiêm chủng mở rộng", "DS-KHHGĐ": "dân số - kế hoạch hóa gia đình", "KHHGĐ": "kế hoạch hóa gia đình",
        "THPT": "trung học phổ thông", "THCS": "trung học cơ sở", "GDTX": "giáo dục thường xuyên",
        "GDNN": "giáo dục nghề nghiệp", "ĐH": "đại học", "CĐ": "cao đẳng", "MN": "mầm non", "TH": "tiểu học",
        "HS": "học sinh", "SV": "sinh viên", "GV": "giáo viên", "PHHS": "phụ huynh học sinh", "CLB": "câu lạc bộ",
        "TDTT": "thể dục thể thao", "VĐV": "vận động viên", "HLV": "huấn luyện viên", "VHVN": "văn hóa văn nghệ",
        "DTTS": "dân tộc thiểu số", "NCT": "người cao tuổi", "NKT": "người khuyết tật", "TNXH": "tệ nạn xã hội",
        "CCCD": "căn cước công dân", "CMND": "chứng minh nhân dân", "GPLX": "giấy phép lái xe",
        "BKS": "biển kiểm soát", "DVC": "dịch vụ công", "DVCTT": "dịch vụ công trực tuyến",
        "ĐKKD": "đăng ký kinh doanh", "GCN": "giấy chứng nhận", "QSDĐ": "quyền sử dụng đất",
        "QSD đất": "quyền sử dụng đất", "GPMB": "giải phóng mặt bằng", "KDC": "khu dân cư", "TĐC": "tái định cư",
        "TDP": "tổ dân phố", "KP": "khu phố", "NVH": "nhà văn hóa", "NNVN": "nông nghiệp Việt Nam",
        "SĐT": "số điện thoại", "STT": "số thứ tự", "ĐTDĐ": "điện thoại di động", "HKTT": "hộ khẩu thường trú",
        "VSATTP": "vệ sinh an toàn thực phẩm", "CNTT": "công nghệ thông tin", "CĐS": "chuyển đổi số",
        "TTATĐT": "trật tự an toàn đô thị", "TTĐT": "trật tự đô thị", "TTXD": "trật tự xây dựng",
        # work and money
        "HTX": "hợp tác xã", "THT": "tổ hợp tác", "KCN": "khu công nghiệp", "CCN": "cụm công nghiệp",
        "KCX": "khu chế xuất", "KKT": "khu kinh tế", "NTM": "nông thôn mới", "TNHH": "trách nhiệm hữu hạn",
        "MTV": "một thành viên", "CP": "cổ phần", "DN": "doanh nghiệp", "DNTN": "doanh nghiệp tư nhân",
        "NSNN": "ngân sách nhà nước", "TNCN": "thu nhập cá nhân", "TNDN": "thu nhập doanh nghiệp",
        "GTGT": "giá trị gia tăng", "VAT": "vê a tê", "SDĐPNN": "sử dụng đất phi nông nghiệp",
        "CSXH": "chính sách xã hội", "NHCSXH": "Ngân hàng Chính sách xã hội", "NH": "ngân hàng",
        "SXKD": "sản xuất kinh doanh", "XDCB": "xây dựng cơ bản", "ĐTXD": "đầu tư xây dựng", "BOT": "bê ô tê",
        "XK": "xuất khẩu", "NK": "nhập khẩu", "NLĐ": "người lao động", "HĐLĐ": "hợp đồng lao động",
        "XKLĐ": "xuất khẩu lao động", "EVN": "Tập đoàn Điện lực Việt Nam", "MBA": "máy biến áp",
        "TBA": "trạm biến áp", "BVTV": "bảo vệ thực vật", "NTTS": "nuôi trồng thủy sản", "VLXD": "vật liệu xây dựng",
        "SX": "sản xuất", "VN": "Việt Nam", "HCM": "Hồ Chí Minh", "TPHCM": "thành phố Hồ Chí Minh",
        "ĐBSCL": "đồng bằng sông Cửu Long", "BVĐKKV": "bệnh viện đa khoa khu vực", "VTV": "vê tê vê",
        "VOV": "vê ô vê", "TTXVN": "Thông tấn xã Việt Nam",
        # ways of writing
        "v/v": "về việc", "V/v": "Về việc", "V/V": "Về việc", "đ/c": "đồng chí", "Đ/c": "Đồng chí", "ĐC": "địa chỉ",
        "LH": "liên hệ", "STK": "số tài khoản", "v.v.": "vân vân", "v.v": "vân vân", "vv": "vân vân",
        "TM.": "thay mặt", "T/M": "thay mặt", "KT.": "ký thay", "TL.": "thừa lệnh", "TUQ.": "thừa ủy quyền",
        "và/hoặc": "và hoặc", "QLDA": "quản lý dự án",
    }
)  # fmt: skip

FOREIGN: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ASEAN": "A-xê-an", "NATO": "Na-tô", "APEC": "A-péc", "UNESCO": "U-nét-xcô", "UNICEF": "U-ni-xép",
        "WHO": "Tổ chức Y tế Thế giới", "WTO": "Tổ chức Thương mại Thế giới",
        "FAO": "Tổ chức Lương thực và Nông nghiệp", "UNDP": "Chương trình Phát triển Liên hợp quốc",
        "LHQ": "Liên hợp quốc", "EU": "Liên minh châu Âu", "OPEC": "Ô-péc", "INTERPOL": "In-tơ-pôn",
        "Interpol": "In-tơ-pôn", "FIFA": "Phi-pha", "AFF": "a ép ép", "SEA Games": "Xi Ghêm", "SEA": "Xi",
        "AIDS": "ết", "HIV/AIDS": "hát i vê, ết", "HIV": "hát i vê", "COVID": "Cô-vít", "Covid": "Cô-vít",
        "COVID-19": "Cô-vít mười chín", "Covid-19": "Cô-vít mười chín", "OCOP": "ô-cốp", "GDP": "gờ đê pê",
        "GRDP": "gờ rờ đê pê", "FDI": "ép đê i", "ODA": "o đê a", "PAPI": "pa-pi", "PCI": "pê xê i",
        "VietGAP": "Việt-gáp", "GlobalGAP": "Gờ-lô-ban-gáp", "ISO": "i-xô", "IUU": "i u u", "VMS": "vê mờ ét",
        "GPS": "gờ pê ét", "SMS": "ét mờ ét", "ATM": "a tê mờ", "QR": "quy rờ", "USD": "đô la Mỹ", "VND": "đồng",
        "VNĐ": "đồng", "covid": "cô-vít", "ORS": "o rờ ét", "ADN": "a đê nờ", "VIP": "víp", "NGO": "nờ gờ o",
        "VNeID": "vê nờ e i đê", "VssID": "vê ét ét i đê", "VNPT": "vê nờ pê tê", "OTP": "o tê pê", "PIN": "pin",
        "Internet": "In-tơ-nét", "internet": "in-tơ-nét", "Wi-Fi": "oai-phai", "wifi": "oai-phai", "WiFi": "oai-phai",
        "Wifi": "oai-phai", "Facebook": "Phây-búc", "facebook": "phây-búc", "Zalo": "Da-lô", "zalo": "da-lô",
        "YouTube": "Diu-túp", "Youtube": "Diu-túp", "TikTok": "Tích-tốc", "Tiktok": "Tích-tốc", "email": "i-meo",
        "Email": "I-meo", "E-mail": "I-meo", "e-mail": "i-meo", "website": "oép-sai", "Website": "Oép-sai",
        "video": "vi-đê-ô", "Video": "Vi-đê-ô", "online": "on-lai", "Online": "On-lai", "fax": "phách",
        "Fax": "Phách", "camera": "ca-mê-ra", "Camera": "Ca-mê-ra", "USB": "u ét bê", "hotline": "đường dây nóng",
        "Hotline": "Đường dây nóng", "HOTLINE": "ĐƯỜNG DÂY NÓNG",
    }
)  # fmt: skip

TITLES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "GS.TSKH": "giáo sư tiến sĩ khoa học", "GS.TS": "giáo sư tiến sĩ", "PGS.TS": "phó giáo sư tiến sĩ",
        "PGS,TS": "phó giáo sư tiến sĩ", "PGS, TS": "phó giáo sư tiến sĩ", "GS,TS": "giáo sư tiến sĩ",
        "GS, TS": "giáo sư tiến sĩ", "PGS.TS.BS": "phó giáo sư tiến sĩ bác sĩ", "GS": "giáo sư", "PGS": "phó giáo sư",
        "TSKH": "tiến sĩ khoa học", "TS": "tiến sĩ", "ThS": "thạc sĩ", "Ths": "thạc sĩ", "BS": "bác sĩ",
        "BS.CKI": "bác sĩ chuyên khoa một", "BS.CKII": "bác sĩ chuyên khoa hai", "BSCKI": "bác sĩ chuyên khoa một",
        "BSCKII": "bác sĩ chuyên khoa hai", "BS.CK1": "bác sĩ chuyên khoa một", "BS.CK2": "bác sĩ chuyên khoa hai",
        "DS": "dược sĩ", "KS": "kỹ sư", "LS": "luật sư", "CN": "cử nhân", "NSƯT": "Nghệ sĩ Ưu tú",
        "NSND": "Nghệ sĩ Nhân dân", "KTS": "kiến trúc sư", "ĐD": "điều dưỡng", "NGƯT": "Nhà giáo Ưu tú",
        "AHLLVT": "Anh hùng Lực lượng vũ trang",
    }
)  # fmt: skip
"""Before a name."""
