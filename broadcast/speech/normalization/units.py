"""Units of measure and how each is said."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

UNITS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "%": "phần trăm", "‰": "phần nghìn", "mm": "mi-li-mét", "cm": "xen-ti-mét", "dm": "đề-xi-mét", "m": "mét",
        "km": "ki-lô-mét", "Km": "ki-lô-mét", "KM": "ki-lô-mét", "nm": "na-nô-mét", "µm": "mi-crô-mét",
        "hl": "héc-tô-lít", "mm3": "mi-li-mét khối", "mm³": "mi-li-mét khối", "dm3": "đề-xi-mét khối",
        "mm2": "mi-li-mét vuông", "cm2": "xen-ti-mét vuông", "m2": "mét vuông",
        "km2": "ki-lô-mét vuông", "mm²": "mi-li-mét vuông", "cm²": "xen-ti-mét vuông", "m²": "mét vuông",
        "km²": "ki-lô-mét vuông", "cm3": "xen-ti-mét khối", "m3": "mét khối", "cm³": "xen-ti-mét khối",
        "m³": "mét khối", "ha": "héc-ta", "Ha": "héc-ta", "HA": "héc-ta", "mg": "mi-li-gam", "g": "gam", "gr": "gam",
        "kg": "ki-lô-gam", "Kg": "ki-lô-gam", "KG": "ki-lô-gam", "µg": "mi-crô-gam", "mcg": "mi-crô-gam", "l": "lít",
        "L": "lít", "ml": "mi-li-lít", "mL": "mi-li-lít", "cc": "xê xê", "s": "giây", "ms": "mi-li giây", "h": "giờ",
        "ph": "phút", "W": "oát", "kW": "ki-lô-oát", "KW": "ki-lô-oát", "MW": "mê-ga-oát", "GW": "gi-ga-oát",
        "kWp": "ki-lô-oát pích", "MWp": "mê-ga-oát pích",
        "Wh": "oát giờ", "kWh": "ki-lô-oát giờ", "KWh": "ki-lô-oát giờ",
        "kwh": "ki-lô-oát giờ", "KWH": "ki-lô-oát giờ", "MWh": "mê-ga-oát giờ", "kVA": "ki-lô-vôn am-pe",
        "KVA": "ki-lô-vôn am-pe", "MVA": "mê-ga-vôn am-pe", "V": "vôn", "kV": "ki-lô-vôn", "KV": "ki-lô-vôn",
        "Ah": "am-pe giờ", "p": "phút", "cl": "xen-ti-lít", "NM": "hải lý", "T/ha": "tấn một héc-ta",
        "T/ngđ": "tấn một ngày đêm", "T/năm": "tấn một năm",
        "kmh": "ki-lô-mét trên giờ", "m3/ngđ": "mét khối một ngày đêm", "m³/ngđ": "mét khối một ngày đêm",
        "m3/ngày.đêm": "mét khối một ngày đêm", "m³/ngày.đêm": "mét khối một ngày đêm", "BTU": "bê tê u",
        "mAh": "mi-li am-pe giờ", "tr.đ": "triệu đồng", "tr đồng": "triệu đồng",
        "ng.đ": "nghìn đồng", "CNY": "nhân dân tệ", "JPY": "yên Nhật", "THB": "bạt Thái", "KRW": "won",
        "GBP": "bảng Anh",
        "AUD": "đô la Úc", "SGD": "đô la Xinh-ga-po", "ft": "phít", "inch": "in", "oz": "ao-xơ",
        "mmol/l": "mi-li-mol trên lít", "mmol/L": "mi-li-mol trên lít", "mA": "mi-li am-pe",
        "Hz": "héc", "kHz": "ki-lô-héc", "MHz": "mê-ga-héc", "GHz": "gi-ga-héc",
        "dB": "đề-xi-ben", "Pa": "pa-xcan", "kPa": "ki-lô-pa-xcan", "hPa": "héc-tô-pa-xcan", "mb": "mi-li-ba",
        "mbar": "mi-li-ba", "mmHg": "mi-li-mét thủy ngân", "atm": "át-mốt-phe", "kcal": "ki-lô ca-lo", "cal": "ca-lo",
        "KB": "ki-lô-bai", "MB": "mê-ga-bai", "GB": "gi-ga-bai", "TB": "tê-ra-bai", "Mbps": "mê-ga-bít trên giây",
        "Gbps": "gi-ga-bít trên giây",
        "ppm": "phần triệu", "°C": "độ xê", "ºC": "độ xê", "oC": "độ xê", "°": "độ", "º": "độ", "độ C": "độ xê",
        "độ c": "độ xê", "°F": "độ ép", "độ F": "độ ép", "độ Richter": "độ Rích-te", "độ richter": "độ Rích-te",
        "đ": "đồng", "Đ": "đồng", "₫": "đồng", "vnđ": "đồng", "VNĐ": "đồng", "VND": "đồng", "vnd": "đồng",
        "USD": "đô la Mỹ", "$": "đô la Mỹ", "€": "ơ-rô", "EUR": "ơ-rô", "tr": "triệu", "trđ": "triệu đồng",
        "Tr": "triệu", "tỷđ": "tỷ đồng", "k": "nghìn", "K": "nghìn", "CV": "mã lực", "HP": "mã lực", "cv": "mã lực",
        "mm/h": "mi-li-mét trên giờ", "mm/giờ": "mi-li-mét trên giờ", "mm/24h": "mi-li-mét trong hai mươi bốn giờ",
        "mm/24 giờ": "mi-li-mét trong hai mươi bốn giờ", "mm/12h": "mi-li-mét trong mười hai giờ",
        "mm/6h": "mi-li-mét trong sáu giờ", "mm/3h": "mi-li-mét trong ba giờ", "mm/ngày": "mi-li-mét một ngày",
        "mm/đợt": "mi-li-mét một đợt", "km/h": "ki-lô-mét trên giờ", "Km/h": "ki-lô-mét trên giờ",
        "km/giờ": "ki-lô-mét trên giờ", "km/s": "ki-lô-mét trên giây", "m/s": "mét trên giây",
        "m/s²": "mét trên giây bình phương", "m/s2": "mét trên giây bình phương",
        "cm/s²": "xen-ti-mét trên giây bình phương", "cm/s2": "xen-ti-mét trên giây bình phương",
        "m/giây": "mét trên giây", "l/s": "lít trên giây", "m3/s": "mét khối trên giây", "m³/s": "mét khối trên giây",
        "m3/giây": "mét khối trên giây", "m³/giây": "mét khối trên giây", "m³/giờ": "mét khối trên giờ",
        "m3/h": "mét khối trên giờ", "m3/ng.đ": "mét khối một ngày đêm", "m³/h": "mét khối trên giờ",
        "m3/giờ": "mét khối trên giờ", "G/L": "gi-ga trên lít", "U/L": "u trên lít", "IU/ml": "i u trên mi-li-lít",
        "mg/dl": "mi-li-gam trên đề-xi-lít", "mg/dL": "mi-li-gam trên đề-xi-lít", "g/dl": "gam trên đề-xi-lít",
        "g/L": "gam trên lít", "g/m2": "gam trên mét vuông", "mg/l": "mi-li-gam trên lít",
        "mg/L": "mi-li-gam trên lít",
        "g/l": "gam trên lít", "µg/m³": "mi-crô-gam trên mét khối", "mg/m³": "mi-li-gam trên mét khối",
        "mg/m3": "mi-li-gam trên mét khối", "µg/m3": "mi-crô-gam trên mét khối",
        "kg/cm2": "ki-lô-gam trên xen-ti-mét vuông", "kg/cm²": "ki-lô-gam trên xen-ti-mét vuông",
        "dBA": "đề-xi-ben a", "kg/ha": "ki-lô-gam trên héc-ta", "mg/kg": "mi-li-gam trên ki-lô-gam",
    }
)  # fmt: skip

PER: Final[Mapping[str, str]] = MappingProxyType(
    {
        "kg": "ki-lô-gam", "g": "gam", "ha": "héc-ta", "m2": "mét vuông", "m²": "mét vuông", "m3": "mét khối",
        "m³": "mét khối", "km": "ki-lô-mét", "km2": "ki-lô-mét vuông", "km²": "ki-lô-mét vuông", "l": "lít",
        "lít": "lít", "kWh": "ki-lô-oát giờ", "h": "giờ", "s": "giây", "m": "mét", "cm": "xen-ti-mét",
        "ml": "mi-li-lít", "oz": "ao-xơ", "ngđ": "ngày đêm", "ng": "ngày", "TB": "thuê bao", "HGĐ": "hộ gia đình",
        "HTX": "hợp tác xã",
        "GV": "giáo viên", "VĐV": "vận động viên", "SP": "sản phẩm", "NPT": "người phụ thuộc", "CT": "công trình",
        "th": "tháng", "HS": "học sinh", "SV": "sinh viên", "BN": "bệnh nhân",
    }
)  # fmt: skip
"""After a slash: said after một."""
