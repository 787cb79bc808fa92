from __future__ import annotations

import pytest

from broadcast.speech.place_names import enumerated, within_sentence


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Phường Mũi Né", "phường Mũi Né"),
        ("Thành phố Phan Thiết", "thành phố Phan Thiết"),
        ("Thị trấn Liên Hương", "thị trấn Liên Hương"),
        ("Mũi Né", "Mũi Né"),
        ("Xãm Ó", "Xãm Ó"),
        ("Xã Tân Hà (Huyện Đức Linh)", "xã Tân Hà thuộc huyện Đức Linh"),
    ],
)
def test_a_unit_is_written_small_within_a_sentence_and_a_name_is_not(name: str, said: str) -> None:
    assert within_sentence(name) == said


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ([], ""),
        (["Phường Mũi Né"], "phường Mũi Né"),
        (["Phường Mũi Né", "Phường Hàm Tiến"], "phường Mũi Né và phường Hàm Tiến"),
        (["Xã A", "Xã B", "Xã C"], "xã A, xã B và xã C"),
        (["Xã A", "Xã B", "Xã C", "Xã D", "Xã E"], "xã A, xã B, xã C, xã D và xã E"),
        (["Xã A", "Xã B", "Xã C", "Xã D", "Xã E", "Xã F", "Xã G"], "xã A, xã B, xã C, xã D, xã E và 2 nơi khác"),
    ],
)
def test_places_are_joined_as_a_person_would_say_them(names: list[str], said: str) -> None:
    assert enumerated(names) == said
