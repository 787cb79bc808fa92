from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from media.broadcast_wave import ProgrammeLabel
from media.id3 import tagged

LABEL = ProgrammeLabel(
    title="Phòng dịch",
    artist="Sở Y tế",
    originator="Loa",
    cut_id="01jd8programme",
    category="",
    made_at=datetime(2026, 11, 24, 9),  # noqa: DTZ001 wall time
    start_at=datetime(2026, 11, 24, 17),  # noqa: DTZ001
)
FRAME = b"\xff\xfb\xe4\x00" + bytes(40)


def test_a_sound_has_one_tag_however_often_it_is_tagged() -> None:
    once = tagged(FRAME, LABEL)
    assert once[:3] == b"ID3"
    assert once.endswith(FRAME)
    assert tagged(once, LABEL) == once
    told = replace(LABEL, text="Mời bà con.", url="https://loa.example/p/1")
    assert tagged(tagged(once, told), LABEL) == once
    # A name without a value has no frame.
    assert b"TCON" not in once
    assert b"USLT" in tagged(once, told)
