"""The languages a bulletin may be in: Vietnamese, English, and the minorities' of the province."""

from collections.abc import Mapping
from types import MappingProxyType

# BCP 47 tag to the language's name in itself or in Vietnamese usage. Not all have a voice: those are recorded.
LANGUAGES: Mapping[str, str] = MappingProxyType(
    {
        "vi": "Tiếng Việt",
        "en": "English",
        "cjm": "Tiếng Chăm",
        "rog": "Tiếng Ra Glai",
        "kpm": "Tiếng Cơ Ho",
        "cma": "Tiếng Mạ",
        "stt": "Tiếng Xtiêng",
        "tyz": "Tiếng Tày",
        "nut": "Tiếng Nùng",
        "zh": "Tiếng Hoa",
    }
)
