from __future__ import annotations

from dataclasses import replace
from datetime import date

from broadcast.alerts.cap.audience import AudienceProposal, Proposer
from broadcast.alerts.cap.findings import FindingCode
from broadcast.alerts.cap.message import CapArea, CapCircle, NamedValue, Polygon
from broadcast.alerts.model import Disc, Ring
from province.areas import Area, AreaId, AreaTree, Point
from tests.unit.cap.messages import INFO, MESSAGE

SINCE, REFORM, TODAY = date(2000, 1, 1), date(2025, 7, 1), date(2026, 10, 20)


def area(
    name: str, parent: str | None, at: tuple[float, float] | None = None, code: str = "", out_of: str = ""
) -> Area:
    closed = REFORM if name.startswith("old") else None
    return Area(
        AreaId(name),
        name,
        "commune",
        None if parent is None else AreaId(parent),
        SINCE,
        closed,
        {"gso": code} if code else {},
        None if at is None else Point(*at),
        (AreaId(out_of),) if out_of else (),
    )


TREE = AreaTree(
    [
        area("old-p", None, code="60"),
        area("old-a", "old-p", (11.0, 108.0), "22001"),
        area("old-b", "old-p", (11.0, 108.1), "22002"),
        area("p", None, (11.0, 108.05), "68"),
        area("a", "p", (11.0, 108.0), "22001", out_of="old-a"),
        area("b", "p", (11.0, 108.1), "22033", out_of="old-b"),
        area("hamlet", "b"),
        area("far", "p", (12.0, 108.0), "22099"),
    ]
)
PROPOSER = Proposer(TREE, TODAY)
NEAR_A = Polygon(((11.0, 107.98), (11.0, 108.02), (11.02, 108.02), (11.0, 107.98)))


def proposed(*parts: CapArea) -> AudienceProposal:
    return PROPOSER.propose(replace(MESSAGE, infos=(replace(INFO, areas=parts),)))


def areas_of(proposal: AudienceProposal) -> list[str]:
    return list(proposal.audience.targets.areas)


def codes(proposal: AudienceProposal) -> list[FindingCode]:
    return [finding.code for finding in proposal.findings]


def coded(*values: str, name: str = "VN:maDVHC") -> CapArea:
    return CapArea("x", geocodes=tuple(NamedValue(name, value) for value in values))


def test_a_code_names_the_area_in_force_that_has_it() -> None:
    assert areas_of(proposed(coded("22001", "22099"))) == ["a", "far"]


def test_the_code_of_a_closed_area_means_what_has_become_of_it() -> None:
    assert areas_of(proposed(coded("22002"))) == ["b"]
    assert areas_of(proposed(coded("60"))) == ["a", "b"]


def test_what_lies_below_another_named_area_is_left_out() -> None:
    assert areas_of(proposed(coded("68", "22001"))) == ["p"]


def test_codes_of_other_lists_and_unknown_ones_are_told() -> None:
    found = proposed(coded("006109", name="SAME"), coded("99999"), coded("22001"))
    assert areas_of(found) == ["a"]
    assert codes(found) == [FindingCode.UNKNOWN_GEOCODE, FindingCode.UNKNOWN_GEOCODE]


def test_a_shape_alone_is_handed_on_with_the_lowest_places_it_touches() -> None:
    found = proposed(CapArea("x", (NEAR_A,), (CapCircle(12.0, 108.0, 1.5),)))
    assert areas_of(found) == ["a", "far"]
    assert found.audience.rings == (Ring(NEAR_A.points),)
    assert found.audience.discs == (Disc(12.0, 108.0, 1500),)
    assert codes(found) == []


def test_a_code_beside_a_shape_means_the_union_so_the_shape_does_not_cut_it_down() -> None:
    found = proposed(CapArea("x", (NEAR_A,)), coded("22099"))
    assert areas_of(found) == ["a", "far"]
    assert not found.audience.has_shape
    assert codes(found) == [FindingCode.SHAPE_AND_CODES]


def test_a_code_inside_the_shape_needs_no_remark() -> None:
    found = proposed(CapArea("x", (NEAR_A,), geocodes=(NamedValue("VN:maDVHC", "22001"),)))
    assert (areas_of(found), codes(found)) == (["a"], [])


def test_a_place_abroad_proposes_nobody() -> None:
    iceland = Polygon(((64.1, -22.0), (64.1, -21.7), (64.2, -21.7), (64.1, -22.0)))
    found = proposed(CapArea("Reykjavík", (iceland,)))
    assert (areas_of(found), found.audience.has_shape, codes(found)) == ([], False, [FindingCode.OUTSIDE_AREA])


def test_a_message_without_areas_proposes_nobody() -> None:
    assert codes(proposed()) == [FindingCode.OUTSIDE_AREA]


def test_the_same_area_in_two_languages_counts_once() -> None:
    part = CapArea("x", (NEAR_A,))
    both = replace(MESSAGE, infos=(replace(INFO, areas=(part,)), replace(INFO, language="en-GB", areas=(part,))))
    assert PROPOSER.propose(both).audience.rings == (Ring(NEAR_A.points),)
