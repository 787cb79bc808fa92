"""Issuers behind the abbreviations in a document's number."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

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
