from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media import loudness
from media.errors import RefusedAudioError
from media.ports import AudioWorkspace
from media.use_cases.bulletin_sound import RENDITIONS
from media.use_cases.levelling import MAX_TRIES, Levelled, level
from tests.fakes.sound import CopyEditing, DictContentStore, FigureTools, Item


def levelled(item: Item, tools: FigureTools, workdir: Path) -> Levelled:
    source = item.write(workdir / "joined.wav")
    return level(
        source,
        AudioWorkspace(tools, CopyEditing(), DictContentStore(workdir), workdir),
        figures=tools.measure(source),
        specs=RENDITIONS,
    )


def test_plain_item_takes_one_try(tmp_path: Path) -> None:
    tools = FigureTools()

    result = levelled(Item(-30.0, -20.0), tools, tmp_path)

    assert tools.levels == [(14.0, loudness.FIRST_CEILING_DBTP, False)]
    assert result.master.integrated_lufs == -16.0
    assert result.is_good


def test_overshooting_codec_lowers_the_ceiling_until_it_holds(tmp_path: Path) -> None:
    tools = FigureTools(overshoot_db={"device-opus": 2.5})

    result = levelled(Item(-30.0, -12.0, stiffness=0.6), tools, tmp_path)

    assert result.is_good
    assert result.setting.ceiling_dbtp <= loudness.MAX_TRUE_PEAK_DBTP - 2.5
    assert max(e.figures.true_peak_dbtp for e in result.encodings) <= loudness.MAX_TRUE_PEAK_DBTP


def test_peak_wins_where_loudness_cannot_be_had(tmp_path: Path) -> None:
    tools = FigureTools()

    result = levelled(Item(-60.0, 0.0, stiffness=0.0), tools, tmp_path)

    assert not result.is_good
    assert result.peak_excess_db <= 0
    assert result.distance_lu > loudness.TOLERANCE_LU


def test_what_no_encoding_carries_is_refused_as_silent(tmp_path: Path) -> None:
    tools = FigureTools(lost_lu={"browser-mp3": 40.0})

    with pytest.raises(RefusedAudioError) as refused:
        levelled(Item(-20.0, -10.0), tools, tmp_path)

    assert refused.value.reason == "SILENT"
    assert len(tools.levels) == 1


def test_what_a_codec_always_makes_pass_the_limit_is_refused(tmp_path: Path) -> None:
    tools = FigureTools(overshoot_db={"browser-mp3": 30.0})

    with pytest.raises(RefusedAudioError, match="KNOCKS"):
        levelled(Item(-20.0, -3.0, stiffness=0.5), tools, tmp_path)
    assert len(tools.levels) <= MAX_TRIES


def test_masters_of_failed_tries_are_removed(tmp_path: Path) -> None:
    levelled(Item(-30.0, -12.0, stiffness=0.5), FigureTools(overshoot_db={"device-opus": 2.0}), tmp_path)

    assert len(list(tmp_path.glob("master-*.wav"))) <= 1


@settings(max_examples=60)
@given(
    lufs=st.floats(-62, -8),
    crest_db=st.floats(3, 25),
    stiffness=st.floats(0.3, 1.0),
    overshoot_db=st.floats(0, 3),
)
def test_every_ordinary_item_reaches_both_limits(
    tmp_path_factory: pytest.TempPathFactory, lufs: float, crest_db: float, stiffness: float, overshoot_db: float
) -> None:
    item = Item(round(lufs, 1), round(lufs + crest_db, 1), stiffness=stiffness)

    result = levelled(item, FigureTools({"device-opus": overshoot_db}), tmp_path_factory.mktemp("item"))

    assert result.is_good
