from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from devices.firmware.model import RolloutId, Wave
from devices.firmware.wave_membership import SHARES_PCT, WaveExclusion, choose
from devices.model import DeviceId
from province.areas import AreaId
from tests.unit.rollouts.fleet import candidate, candidates, image

R = RolloutId("r1")


def test_who_is_left_out_is_told_with_the_reason() -> None:
    fleet = [
        candidate(1, model=""),
        candidate(2, model="m2"),
        candidate(3, runs=2),
        candidate(4, runs=3),
        candidate(5),
        candidate(6, commune="xa-2"),
        candidate(7, commune="xa-2", is_cluster=False),
        candidate(8),
    ]
    chosen = choose(R, fleet, [image()], {DeviceId("d0005")})
    assert chosen.left_out == {
        "d0001": WaveExclusion.MODEL_UNKNOWN,
        "d0002": WaveExclusion.NO_IMAGE,
        "d0003": WaveExclusion.UP_TO_DATE,
        "d0004": WaveExclusion.UP_TO_DATE,
        "d0005": WaveExclusion.ELSEWHERE,
        "d0006": WaveExclusion.ONLY_ONE,
    }
    assert {each.device_id for each in chosen.members} == {"d0007", "d0008"}


def test_the_canary_is_one_in_a_hundred_and_one_of_every_model() -> None:
    fleet = candidates(1000)
    assert Counter(each.wave for each in choose(R, fleet, [image()]).members) == {
        Wave.CANARY: 10,
        Wave.TENTH: 90,
        Wave.HALF: 400,
        Wave.ALL: 500,
    }
    rare = [candidate(2000 + each, commune="xa-0", model=f"rare-{each}") for each in range(12)]
    images = [image(), *(image(f"rare-{each}") for each in range(12))]
    canary = [each for each in choose(R, [*fleet, *rare], images).members if each.wave is Wave.CANARY]
    assert len(canary) == 13
    assert {each.image_id for each in canary} == {each.id for each in images}


def test_other_devices_are_the_canary_of_another_rollout() -> None:
    fleet = candidates(1000)
    first, second = (
        {each.device_id for each in choose(RolloutId(name), fleet, [image()]).members if each.wave is Wave.CANARY}
        for name in ("r1", "r2")
    )
    assert first != second


@given(
    st.lists(
        st.tuples(st.integers(0, 4), st.sampled_from(["", "m1", "m2", "m3"]), st.integers(1, 3), st.booleans()),
        max_size=60,
    ),
    st.randoms(),
)
def test_everybody_is_in_or_out_and_the_order_of_asking_does_not_matter(
    rows: list[tuple[int, str, int, bool]], dice: object
) -> None:
    fleet = [
        candidate(place, commune=f"xa-{commune}", model=model, runs=runs, is_cluster=is_cluster)
        for place, (commune, model, runs, is_cluster) in enumerate(rows)
    ]
    images = [image("m1"), image("m2", 3)]
    chosen = choose(R, fleet, images)
    members = {each.device_id for each in chosen.members}
    assert members.isdisjoint(chosen.left_out)
    assert members | set(chosen.left_out) == {each.device_id for each in fleet}
    canary = {each.image_id for each in chosen.members if each.wave is Wave.CANARY}
    assert canary == {each.image_id for each in chosen.members}
    for wave, share in SHARES_PCT.items():
        reached = sum(each.wave <= wave for each in chosen.members)
        assert reached * 100 >= len(chosen.members) * share
    dice.shuffle(fleet)  # type: ignore[attr-defined] # hypothesis hands a Random
    assert choose(R, fleet, images) == chosen
    clusters = Counter(each.commune_id for each in fleet if each.is_cluster)
    assert all(clusters[each.commune_id] > 1 for each in chosen.members if each.is_cluster)


def test_a_commune_is_an_area_like_any_other() -> None:
    assert choose(R, candidates(2), [image()]).members[0].commune_id == AreaId("xa-0")
