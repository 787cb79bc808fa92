"""Texts of each hazard in Vietnamese and English: short sentences, to be spoken slowly and understood at once.

A sentence is left out where one of its slots is empty. Slots: ``place``, ``intensity``, ``forecast``, ``advice``,
``authority`` and ``when`` (the facts of an alert).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from broadcast.alerts.model import Hazard


@dataclass(frozen=True, slots=True)
class HazardText:
    """Texts of one hazard: ``headline`` with and without a place, ``danger``, ``advice`` where the alert has none."""

    headline: str
    headline_at: str
    danger: tuple[str, ...]
    advice: str


_VI: Final[Mapping[Hazard, HazardText]] = MappingProxyType(
    {
        Hazard.STORM: HazardText(
            "Cảnh báo bão",
            "Cảnh báo bão tại {place}",
            ("Bão đang ảnh hưởng đến {place}.", "Cường độ: {intensity}."),
            "Hãy chằng chống nhà cửa, đưa tàu thuyền vào nơi tránh trú, không ra khỏi nhà khi bão đổ bộ",
        ),
        Hazard.FLOOD: HazardText(
            "Cảnh báo lũ, ngập lụt",
            "Cảnh báo lũ, ngập lụt tại {place}",
            ("Nước đang lên tại {place}.", "Mức độ: {intensity}."),
            "Hãy di chuyển người và tài sản lên nơi cao, không đi qua ngầm tràn, không vớt củi trên sông",
        ),
        Hazard.FLASH_FLOOD: HazardText(
            "Cảnh báo lũ quét",
            "Cảnh báo lũ quét tại {place}",
            ("Lũ quét sắp đổ về {place}.", "Mức độ: {intensity}."),
            "Hãy rời khỏi bờ sông, bờ suối và chân núi ngay bây giờ, lên nơi cao, không quay lại lấy đồ",
        ),
        Hazard.LANDSLIDE: HazardText(
            "Cảnh báo sạt lở đất",
            "Cảnh báo sạt lở đất tại {place}",
            ("Đất đá có thể sạt lở bất cứ lúc nào tại {place}.", "Mức độ: {intensity}."),
            "Hãy rời khỏi nhà ở sườn dốc, chân núi và đến nơi an toàn theo hướng dẫn của địa phương",
        ),
        Hazard.DAM_RELEASE: HazardText(
            "Cảnh báo xả lũ hồ chứa",
            "Cảnh báo xả lũ hồ chứa tại {place}",
            ("Hồ chứa đang xả nước, nước sẽ lên nhanh ở hạ du tại {place}.", "Lưu lượng xả: {intensity}."),
            "Hãy rời khỏi lòng sông, bãi sông, đưa người, vật nuôi và phương tiện lên bờ cao",
        ),
        Hazard.TSUNAMI: HazardText(
            "Cảnh báo sóng thần",
            "Cảnh báo sóng thần tại {place}",
            ("Sóng thần có thể ập vào bờ biển {place}.", "Mức độ: {intensity}."),
            "Hãy rời bờ biển ngay lập tức, chạy lên nơi cao hoặc vào sâu trong đất liền, "
            "không quay lại cho đến khi có tin hết cảnh báo",
        ),
        Hazard.EARTHQUAKE: HazardText(
            "Tin động đất",
            "Tin động đất tại {place}",
            ("Động đất đã xảy ra tại {place}.", "Độ lớn: {intensity}."),
            "Hãy ra nơi trống trải, tránh xa nhà cao tầng, tường, cột điện, và đề phòng dư chấn",
        ),
        Hazard.FOREST_FIRE: HazardText(
            "Cảnh báo cháy rừng",
            "Cảnh báo cháy rừng tại {place}",
            ("Cháy rừng đang lan tại {place}.", "Mức độ: {intensity}."),
            "Hãy rời khỏi khu vực cháy theo hướng ngược chiều gió, che mũi miệng bằng khăn ướt, báo ngay số 114",
        ),
        Hazard.EPIDEMIC: HazardText(
            "Thông báo khẩn về dịch bệnh",
            "Thông báo khẩn về dịch bệnh tại {place}",
            ("Dịch bệnh đã được phát hiện tại {place}.", "Tình hình: {intensity}."),
            "Hãy đeo khẩu trang, rửa tay, hạn chế tụ tập và liên hệ trạm y tế khi có triệu chứng",
        ),
        Hazard.CHEMICAL: HazardText(
            "Cảnh báo sự cố hóa chất",
            "Cảnh báo sự cố hóa chất tại {place}",
            ("Hóa chất độc hại bị rò rỉ tại {place}.", "Mức độ: {intensity}."),
            "Hãy vào trong nhà, đóng kín cửa, tắt quạt và máy lạnh, che mũi miệng bằng khăn ướt, chờ hướng dẫn",
        ),
        Hazard.PUBLIC_ORDER: HazardText(
            "Thông báo khẩn về an ninh trật tự",
            "Thông báo khẩn về an ninh trật tự tại {place}",
            ("Có tình huống mất an ninh trật tự tại {place}.", "Tình hình: {intensity}."),
            "Hãy ở yên trong nhà, khóa cửa, không tụ tập, làm theo hướng dẫn của lực lượng công an",
        ),
        Hazard.MISSING_PERSON: HazardText(
            "Thông báo tìm người",
            "Thông báo tìm người tại {place}",
            ("Người được tìm, lần cuối được thấy tại {place}.", "Đặc điểm: {intensity}."),
            "Ai thấy người này, xin báo ngay cho công an xã, phường nơi gần nhất hoặc gọi số 113",
        ),
        Hazard.OTHER: HazardText(
            "Cảnh báo khẩn cấp",
            "Cảnh báo khẩn cấp tại {place}",
            ("Có tình huống nguy hiểm tại {place}.", "Mức độ: {intensity}."),
            "Hãy làm theo hướng dẫn của chính quyền địa phương",
        ),
    }
)

_EN: Final[Mapping[Hazard, HazardText]] = MappingProxyType(
    {
        Hazard.STORM: HazardText(
            "Storm warning",
            "Storm warning for {place}",
            ("A storm is affecting {place}.", "Strength: {intensity}."),
            "Secure your house, bring boats to shelter, and stay indoors while the storm passes",
        ),
        Hazard.FLOOD: HazardText(
            "Flood warning",
            "Flood warning for {place}",
            ("Water is rising at {place}.", "Severity: {intensity}."),
            "Move people and belongings to high ground, and do not cross flooded roads",
        ),
        Hazard.FLASH_FLOOD: HazardText(
            "Flash flood warning",
            "Flash flood warning for {place}",
            ("A flash flood may strike {place} at any moment.", "Severity: {intensity}."),
            "Leave river banks and streams now, go to high ground, and do not go back for belongings",
        ),
        Hazard.LANDSLIDE: HazardText(
            "Landslide warning",
            "Landslide warning for {place}",
            ("The ground may slide at any moment at {place}.", "Severity: {intensity}."),
            "Leave houses on slopes and below hills, and follow the guidance of the local authority",
        ),
        Hazard.DAM_RELEASE: HazardText(
            "Dam release warning",
            "Dam release warning for {place}",
            ("Water is being released; it will rise quickly downstream at {place}.", "Discharge: {intensity}."),
            "Leave the river bed and its banks, and bring people, animals and vehicles to high ground",
        ),
        Hazard.TSUNAMI: HazardText(
            "Tsunami warning",
            "Tsunami warning for {place}",
            ("A tsunami may reach the coast at {place}.", "Severity: {intensity}."),
            "Leave the shore at once, go to high ground or far inland, and stay there until the all-clear",
        ),
        Hazard.EARTHQUAKE: HazardText(
            "Earthquake",
            "Earthquake at {place}",
            ("An earthquake has struck at {place}.", "Magnitude: {intensity}."),
            "Go to open ground, keep away from buildings, walls and power lines, and expect aftershocks",
        ),
        Hazard.FOREST_FIRE: HazardText(
            "Forest fire warning",
            "Forest fire warning for {place}",
            ("A forest fire is spreading at {place}.", "Severity: {intensity}."),
            "Leave against the wind, cover nose and mouth with a wet cloth, and call 114",
        ),
        Hazard.EPIDEMIC: HazardText(
            "Urgent health notice",
            "Urgent health notice for {place}",
            ("An infectious disease has been found at {place}.", "Situation: {intensity}."),
            "Wear a mask, wash your hands, avoid gatherings, and contact the health station if you feel ill",
        ),
        Hazard.CHEMICAL: HazardText(
            "Chemical accident warning",
            "Chemical accident warning for {place}",
            ("Dangerous chemicals have leaked at {place}.", "Severity: {intensity}."),
            "Go indoors, close doors and windows, turn off fans, cover nose and mouth, and wait for guidance",
        ),
        Hazard.PUBLIC_ORDER: HazardText(
            "Urgent security notice",
            "Urgent security notice for {place}",
            ("Public order is disturbed at {place}.", "Situation: {intensity}."),
            "Stay indoors, lock your doors, do not gather, and follow the guidance of the police",
        ),
        Hazard.MISSING_PERSON: HazardText(
            "Missing person",
            "Missing person, last seen at {place}",
            ("A person is missing, last seen at {place}.", "Description: {intensity}."),
            "If you see this person, tell the nearest police or call 113",
        ),
        Hazard.OTHER: HazardText(
            "Emergency warning",
            "Emergency warning for {place}",
            ("There is danger at {place}.", "Severity: {intensity}."),
            "Follow the guidance of the local authority",
        ),
    }
)

TEXTS: Final[Mapping[str, Mapping[Hazard, HazardText]]] = MappingProxyType({"vi": _VI, "en": _EN})
