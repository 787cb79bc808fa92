"""Foreign names and titles, and how an announcer says them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

FOREIGN: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ASEAN": "A-xê-an", "NATO": "Na-tô", "APEC": "A-péc", "UNESCO": "U-nét-xcô", "UNICEF": "U-ni-xép",
        "WHO": "Tổ chức Y tế Thế giới", "WTO": "Tổ chức Thương mại Thế giới",
        "FAO": "Tổ chức Lương thực và Nông nghiệp", "UNDP": "Chương trình Phát triển Liên hợp quốc",
        "LHQ": "Liên hợp quốc", "EU": "Liên minh châu Âu", "OPEC": "Ô-péc", "INTERPOL": "In-tơ-pôn",
        "Interpol": "In-tơ-pôn", "FIFA": "Phi-pha", "AFF": "a ép ép", "SEA Games": "Xi Ghêm", "SEA": "Xi",
        "UAV": "u a vê", "LED": "lét", "VN-Index": "vê nờ in-đéch",
        "SARS": "xác", "MERS-CoV": "mét cô vê", "SARS-CoV-2": "xác cô vê hai", "IoT": "ai ô ti",
        "BMI": "bê mờ i", "AIDS": "ết", "HIV/AIDS": "hát i vê, ết", "HIV": "hát i vê", "COVID": "Cô-vít",
        "Covid": "Cô-vít",
        "COVID-19": "Cô-vít mười chín", "Covid-19": "Cô-vít mười chín", "STEM": "Stem", "EUR": "ơ-rô",
        "NPK": "nờ pê ca", "NaCl": "nát-ri clo-rua", "KCl": "ka-li clo-rua", "CaCO3": "can-xi các-bô-nát",
        "MgSO4": "ma-giê sun-phát", "CuSO4": "đồng sun-phát", "ISBN": "i ét bê nờ", "ISSN": "i ét ét nờ",
        "NaOH": "nát-ri hi-đrô-xít",
        "FM": "ép mờ", "AQI": "a quy i", "SJC": "ét gi xê",
        "CEO": "xi i âu", "MC": "em xi", "IP": "ai pi", "PAR INDEX": "pa in-đéch", "PAR Index": "pa in-đéch",
        "SIPAS": "xi-pát", "E.coli": "e cô-li", "E. coli": "e cô-li", "DAP": "đê a pê", "RT-PCR": "rờ tê pê xê rờ",
        "PCR": "pê xê rờ", "container": "công-ten-nơ",
        "Container": "Công-ten-nơ", "IELTS": "ai-eo", "TOEIC": "tô-ích", "TOEFL": "tô-phồ", "OCOP": "ô-cốp",
        "GDP": "gờ đê pê",
        "GRDP": "gờ rờ đê pê", "FDI": "ép đê i", "ODA": "o đê a", "PAPI": "pa-pi", "PCI": "pê xê i",
        "VietGAP": "Việt-gáp", "GlobalGAP": "Gờ-lô-ban-gáp", "ISO": "i-xô", "IUU": "i u u", "VMS": "vê mờ ét",
        "GPS": "gờ pê ét", "SMS": "ét mờ ét", "ATM": "a tê mờ", "QR": "quy a", "USD": "đô la Mỹ", "VND": "đồng",
        "VNĐ": "đồng", "covid": "cô-vít", "ORS": "o rờ ét", "ADN": "a đê nờ", "VIP": "víp", "NGO": "nờ gờ o",
        "VNeID": "vê nờ e i đê", "VssID": "vê ét ét i đê", "VNPT": "vê nờ pê tê", "OTP": "ô tê pê", "PIN": "pin",
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
        "GS, TS": "giáo sư tiến sĩ", "TS.BS": "tiến sĩ bác sĩ", "ThS.BS": "thạc sĩ bác sĩ",
        "PGS.TS.BS": "phó giáo sư tiến sĩ bác sĩ", "GS": "giáo sư", "PGS": "phó giáo sư",
        "TSKH": "tiến sĩ khoa học", "TS": "tiến sĩ", "ThS": "thạc sĩ", "Ths": "thạc sĩ", "BS": "bác sĩ",
        "BS.CKI": "bác sĩ chuyên khoa một", "BS.CKII": "bác sĩ chuyên khoa hai", "BSCKI": "bác sĩ chuyên khoa một",
        "BSCKII": "bác sĩ chuyên khoa hai", "BS.CK1": "bác sĩ chuyên khoa một", "BS.CK2": "bác sĩ chuyên khoa hai",
        "DS": "dược sĩ", "KS": "kỹ sư", "LS": "luật sư", "CN": "cử nhân", "NSƯT": "Nghệ sĩ Ưu tú",
        "NSND": "Nghệ sĩ Nhân dân", "KTS": "kiến trúc sư", "ĐD": "điều dưỡng", "NGƯT": "Nhà giáo Ưu tú",
        "AHLLVT": "Anh hùng Lực lượng vũ trang",
    }
)  # fmt: skip
"""Before a name."""
