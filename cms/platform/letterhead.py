"""Letterhead of official papers."""

from dataclasses import dataclass
from typing import Final

from cms.platform.settings import Settings


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Head of an official paper: its agency (Decree 30/2020, annex I); dots stand for what is not known.

    ``superior`` is the agency above it, ``place`` stands before the date, ``signer`` is the signer's position.
    """

    superior: str = ""
    agency: str = ""
    place: str = ""
    signer: str = ""


def letterhead_of(settings: Settings) -> Letterhead:
    """Return the letterhead that the operator has set."""
    return Letterhead(settings.paper_superior, settings.paper_agency, settings.paper_place, settings.paper_signer)


NO_LETTERHEAD: Final = Letterhead()
COUNTRY: Final = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
MOTTO: Final = "Độc lập - Tự do - Hạnh phúc"
DOTS: Final = "." * 12
DAY: Final = "ngày ..... tháng ..... năm ......."
"""Number and day are given by the agency's clerk when the paper is issued."""
SIGN_HERE: Final = "(Ký, ghi rõ họ tên và đóng dấu)"
