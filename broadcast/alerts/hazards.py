"""Hazards: the rules, the siren, the CAP words and the texts of each, one row a hazard.

Texts are short sentences, to be spoken slowly and understood at once. A sentence is left out where one of its slots is
empty. Slots: ``place``, ``intensity``, ``forecast``, ``advice``, ``authority`` and ``when`` (the facts of an alert).
"""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Final

from broadcast.alerts.cap.message import Category
from broadcast.alerts.hazard_rules import AlertLevel, HazardRule, HazardText, Rounds

_MINUTE_MS: Final = 60_000
_HOUR_MS: Final = 3_600_000
_SIREN: Final = "siren-a"
# Rising water and the sea: people must go uphill at once. A tone of its own, as in the tsunami drills.
_UPHILL: Final = "siren-b"


class Hazard(StrEnum):
    """Hazard that an alert warns of; each has a row in ``HAZARDS``."""

    STORM = "storm"
    FLOOD = "flood"
    FLASH_FLOOD = "flash_flood"
    LANDSLIDE = "landslide"
    DAM_RELEASE = "dam_release"
    TSUNAMI = "tsunami"
    EARTHQUAKE = "earthquake"
    FOREST_FIRE = "forest_fire"
    EPIDEMIC = "epidemic"
    CHEMICAL = "chemical"
    PUBLIC_ORDER = "public_order"
    MISSING_PERSON = "missing_person"
    OTHER = "other"


# In this order the words of a CAP message are looked for: a flash flood is a flood too, and water released from a dam
# makes one. Words keep their diacritics: without them "bão" (storm) is part of every "cảnh báo" (warning).
HAZARDS: Final[Mapping[Hazard, HazardRule]] = {
    Hazard.TSUNAMI: HazardRule(
        level=AlertLevel.THREE,
        lasts=timedelta(hours=12),
        facts=("place", "happens_at"),
        rounds=Rounds((5 * _MINUTE_MS, 10 * _MINUTE_MS), 30 * _MINUTE_MS),
        rounds_at_level={AlertLevel.THREE: Rounds((5 * _MINUTE_MS, 10 * _MINUTE_MS), 20 * _MINUTE_MS)},
        siren=_UPHILL,
        is_lasting=True,
        category=Category.GEO,
        words=("sóng thần", "tsunami"),
        vi=HazardText(
            "Cảnh báo sóng thần",
            "Cảnh báo sóng thần tại {place}",
            ("Sóng thần có thể ập vào bờ biển {place}.", "Mức độ: {intensity}."),
            "Hãy rời bờ biển ngay lập tức, chạy lên nơi cao hoặc vào sâu trong đất liền, "
            "không quay lại cho đến khi có tin hết cảnh báo",
        ),
        en=HazardText(
            "Tsunami warning",
            "Tsunami warning for {place}",
            ("A tsunami may reach the coast at {place}.", "Severity: {intensity}."),
            "Leave the shore at once, go to high ground or far inland, and stay there until the all-clear",
        ),
    ),
    Hazard.DAM_RELEASE: HazardRule(
        level=AlertLevel.ONE,
        lasts=timedelta(hours=6),
        facts=("place", "happens_at", "intensity"),
        rounds=Rounds((10 * _MINUTE_MS,), 30 * _MINUTE_MS),
        siren=_UPHILL,
        category=Category.INFRA,
        words=("xả lũ", "xả nước", "vỡ đập", "hồ chứa", "dam release", "reservoir", "dam break", "dam fail"),
        vi=HazardText(
            "Cảnh báo xả lũ hồ chứa",
            "Cảnh báo xả lũ hồ chứa tại {place}",
            ("Hồ chứa đang xả nước, nước sẽ lên nhanh ở hạ du tại {place}.", "Lưu lượng xả: {intensity}."),
            "Hãy rời khỏi lòng sông, bãi sông, đưa người, vật nuôi và phương tiện lên bờ cao",
        ),
        en=HazardText(
            "Dam release warning",
            "Dam release warning for {place}",
            ("Water is being released; it will rise quickly downstream at {place}.", "Discharge: {intensity}."),
            "Leave the river bed and its banks, and bring people, animals and vehicles to high ground",
        ),
    ),
    Hazard.FLASH_FLOOD: HazardRule(
        level=AlertLevel.TWO,
        lasts=timedelta(hours=6),
        facts=("place",),
        rounds=Rounds((10 * _MINUTE_MS,), 30 * _MINUTE_MS),
        siren=_UPHILL,
        is_lasting=True,
        category=Category.MET,
        words=("lũ quét", "lũ ống", "flash flood"),
        vi=HazardText(
            "Cảnh báo lũ quét",
            "Cảnh báo lũ quét tại {place}",
            ("Lũ quét sắp đổ về {place}.", "Mức độ: {intensity}."),
            "Hãy rời khỏi bờ sông, bờ suối và chân núi ngay bây giờ, lên nơi cao, không quay lại lấy đồ",
        ),
        en=HazardText(
            "Flash flood warning",
            "Flash flood warning for {place}",
            ("A flash flood may strike {place} at any moment.", "Severity: {intensity}."),
            "Leave river banks and streams now, go to high ground, and do not go back for belongings",
        ),
    ),
    Hazard.LANDSLIDE: HazardRule(
        level=AlertLevel.TWO,
        lasts=timedelta(hours=12),
        facts=("place",),
        rounds=Rounds((10 * _MINUTE_MS,), 30 * _MINUTE_MS),
        siren=_SIREN,
        is_lasting=True,
        category=Category.GEO,
        words=("sạt lở", "trượt lở", "lở đất", "landslide", "mudslide", "debris flow"),
        vi=HazardText(
            "Cảnh báo sạt lở đất",
            "Cảnh báo sạt lở đất tại {place}",
            ("Đất đá có thể sạt lở bất cứ lúc nào tại {place}.", "Mức độ: {intensity}."),
            "Hãy rời khỏi nhà ở sườn dốc, chân núi và đến nơi an toàn theo hướng dẫn của địa phương",
        ),
        en=HazardText(
            "Landslide warning",
            "Landslide warning for {place}",
            ("The ground may slide at any moment at {place}.", "Severity: {intensity}."),
            "Leave houses on slopes and below hills, and follow the guidance of the local authority",
        ),
    ),
    Hazard.STORM: HazardRule(
        level=AlertLevel.TWO,
        lasts=timedelta(hours=12),
        facts=("place", "intensity", "happens_at", "forecast"),
        rounds=Rounds((), 2 * _HOUR_MS),
        rounds_at_level={AlertLevel.ONE: Rounds((), 3 * _HOUR_MS)},
        siren=_SIREN,
        category=Category.MET,
        words=("bão", "áp thấp nhiệt đới", "giông", "lốc", "storm", "typhoon", "cyclone", "hurricane", "tornado"),
        vi=HazardText(
            "Cảnh báo bão",
            "Cảnh báo bão tại {place}",
            ("Bão đang ảnh hưởng đến {place}.", "Cường độ: {intensity}."),
            "Hãy chằng chống nhà cửa, đưa tàu thuyền vào nơi tránh trú, không ra khỏi nhà khi bão đổ bộ",
        ),
        en=HazardText(
            "Storm warning",
            "Storm warning for {place}",
            ("A storm is affecting {place}.", "Strength: {intensity}."),
            "Secure your house, bring boats to shelter, and stay indoors while the storm passes",
        ),
    ),
    Hazard.FLOOD: HazardRule(
        level=AlertLevel.TWO,
        lasts=timedelta(hours=12),
        facts=("place", "intensity", "forecast"),
        rounds=Rounds((), 2 * _HOUR_MS),
        rounds_at_level={AlertLevel.ONE: Rounds((), 3 * _HOUR_MS)},
        siren=_SIREN,
        category=Category.MET,
        words=("lũ", "ngập", "triều cường", "flood", "inundation"),
        vi=HazardText(
            "Cảnh báo lũ, ngập lụt",
            "Cảnh báo lũ, ngập lụt tại {place}",
            ("Nước đang lên tại {place}.", "Mức độ: {intensity}."),
            "Hãy di chuyển người và tài sản lên nơi cao, không đi qua ngầm tràn, không vớt củi trên sông",
        ),
        en=HazardText(
            "Flood warning",
            "Flood warning for {place}",
            ("Water is rising at {place}.", "Severity: {intensity}."),
            "Move people and belongings to high ground, and do not cross flooded roads",
        ),
    ),
    Hazard.EARTHQUAKE: HazardRule(
        level=AlertLevel.TWO,
        lasts=timedelta(hours=3),
        facts=("place", "intensity"),
        rounds=Rounds((10 * _MINUTE_MS,), 0),
        siren=_SIREN,
        is_lasting=True,
        category=Category.GEO,
        words=("động đất", "earthquake", "seismic"),
        vi=HazardText(
            "Tin động đất",
            "Tin động đất tại {place}",
            ("Động đất đã xảy ra tại {place}.", "Độ lớn: {intensity}."),
            "Hãy ra nơi trống trải, tránh xa nhà cao tầng, tường, cột điện, và đề phòng dư chấn",
        ),
        en=HazardText(
            "Earthquake",
            "Earthquake at {place}",
            ("An earthquake has struck at {place}.", "Magnitude: {intensity}."),
            "Go to open ground, keep away from buildings, walls and power lines, and expect aftershocks",
        ),
    ),
    Hazard.FOREST_FIRE: HazardRule(
        level=AlertLevel.ONE,
        lasts=timedelta(hours=6),
        facts=("place",),
        rounds=Rounds((), _HOUR_MS),
        siren=_SIREN,
        is_lasting=True,
        category=Category.FIRE,
        is_told_by_category=True,
        words=("cháy", "fire"),
        vi=HazardText(
            "Cảnh báo cháy rừng",
            "Cảnh báo cháy rừng tại {place}",
            ("Cháy rừng đang lan tại {place}.", "Mức độ: {intensity}."),
            "Hãy rời khỏi khu vực cháy theo hướng ngược chiều gió, che mũi miệng bằng khăn ướt, báo ngay số 114",
        ),
        en=HazardText(
            "Forest fire warning",
            "Forest fire warning for {place}",
            ("A forest fire is spreading at {place}.", "Severity: {intensity}."),
            "Leave against the wind, cover nose and mouth with a wet cloth, and call 114",
        ),
    ),
    Hazard.EPIDEMIC: HazardRule(
        level=AlertLevel.ONE,
        lasts=timedelta(hours=24),
        facts=("place", "intensity"),
        rounds=Rounds((), 0),
        siren=None,
        is_lasting=True,
        category=Category.HEALTH,
        is_told_by_category=True,
        words=("dịch bệnh", "bệnh dịch", "dịch", "epidemic", "pandemic", "outbreak", "disease"),
        vi=HazardText(
            "Thông báo khẩn về dịch bệnh",
            "Thông báo khẩn về dịch bệnh tại {place}",
            ("Dịch bệnh đã được phát hiện tại {place}.", "Tình hình: {intensity}."),
            "Hãy đeo khẩu trang, rửa tay, hạn chế tụ tập và liên hệ trạm y tế khi có triệu chứng",
        ),
        en=HazardText(
            "Urgent health notice",
            "Urgent health notice for {place}",
            ("An infectious disease has been found at {place}.", "Situation: {intensity}."),
            "Wear a mask, wash your hands, avoid gatherings, and contact the health station if you feel ill",
        ),
    ),
    Hazard.CHEMICAL: HazardRule(
        level=AlertLevel.TWO,
        lasts=timedelta(hours=6),
        facts=("place",),
        rounds=Rounds((10 * _MINUTE_MS,), 30 * _MINUTE_MS),
        siren=_SIREN,
        is_lasting=True,
        category=Category.CBRNE,
        is_told_by_category=True,
        words=("hóa chất", "hóa chất", "phóng xạ", "khí độc", "chemical", "hazardous", "radiolog", "toxic"),
        vi=HazardText(
            "Cảnh báo sự cố hóa chất",
            "Cảnh báo sự cố hóa chất tại {place}",
            ("Hóa chất độc hại bị rò rỉ tại {place}.", "Mức độ: {intensity}."),
            "Hãy vào trong nhà, đóng kín cửa, tắt quạt và máy lạnh, che mũi miệng bằng khăn ướt, chờ hướng dẫn",
        ),
        en=HazardText(
            "Chemical accident warning",
            "Chemical accident warning for {place}",
            ("Dangerous chemicals have leaked at {place}.", "Severity: {intensity}."),
            "Go indoors, close doors and windows, turn off fans, cover nose and mouth, and wait for guidance",
        ),
    ),
    Hazard.MISSING_PERSON: HazardRule(
        level=AlertLevel.ONE,
        lasts=timedelta(hours=6),
        facts=("place", "intensity"),
        rounds=Rounds((), 0),
        siren=None,
        category=Category.RESCUE,
        words=("mất tích", "đi lạc", "missing", "amber", "abduct"),
        vi=HazardText(
            "Thông báo tìm người",
            "Thông báo tìm người tại {place}",
            ("Người được tìm, lần cuối được thấy tại {place}.", "Đặc điểm: {intensity}."),
            "Ai thấy người này, xin báo ngay cho công an xã, phường nơi gần nhất hoặc gọi số 113",
        ),
        en=HazardText(
            "Missing person",
            "Missing person, last seen at {place}",
            ("A person is missing, last seen at {place}.", "Description: {intensity}."),
            "If you see this person, tell the nearest police or call 113",
        ),
    ),
    Hazard.PUBLIC_ORDER: HazardRule(
        level=AlertLevel.ONE,
        lasts=timedelta(hours=3),
        facts=("place",),
        rounds=Rounds((), _HOUR_MS),
        siren=_SIREN,
        is_lasting=True,
        category=Category.SECURITY,
        is_told_by_category=True,
        words=("an ninh", "trật tự", "khủng bố", "civil unrest", "terror", "shooter", "law enforcement"),
        vi=HazardText(
            "Thông báo khẩn về an ninh trật tự",
            "Thông báo khẩn về an ninh trật tự tại {place}",
            ("Có tình huống mất an ninh trật tự tại {place}.", "Tình hình: {intensity}."),
            "Hãy ở yên trong nhà, khóa cửa, không tụ tập, làm theo hướng dẫn của lực lượng công an",
        ),
        en=HazardText(
            "Urgent security notice",
            "Urgent security notice for {place}",
            ("Public order is disturbed at {place}.", "Situation: {intensity}."),
            "Stay indoors, lock your doors, do not gather, and follow the guidance of the police",
        ),
    ),
    Hazard.OTHER: HazardRule(
        level=AlertLevel.ONE,
        lasts=timedelta(hours=6),
        facts=("place",),
        rounds=Rounds((), _HOUR_MS),
        siren=_SIREN,
        is_lasting=True,
        category=Category.OTHER,
        vi=HazardText(
            "Cảnh báo khẩn cấp",
            "Cảnh báo khẩn cấp tại {place}",
            ("Có tình huống nguy hiểm tại {place}.", "Mức độ: {intensity}."),
            "Hãy làm theo hướng dẫn của chính quyền địa phương",
        ),
        en=HazardText(
            "Emergency warning",
            "Emergency warning for {place}",
            ("There is danger at {place}.", "Severity: {intensity}."),
            "Follow the guidance of the local authority",
        ),
    ),
}
TEXTS: Final[Mapping[str, Mapping[Hazard, HazardText]]] = {
    "vi": {each: HAZARDS[each].vi for each in Hazard},
    "en": {each: HAZARDS[each].en for each in Hazard},
}
