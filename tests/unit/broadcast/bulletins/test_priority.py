from __future__ import annotations

from broadcast.bulletins.priority import Prio, PriorityClass, outranks, prio_of


def test_the_scale_is_the_designs() -> None:
    assert {p.name: p.value for p in Prio} == {
        "ALERT": 9,
        "LIVE": 7,
        "PRIORITY_BULLETIN": 6,
        "RELAY": 5,
        "NORMAL_BULLETIN": 4,
        "TEST": 1,
    }


def test_each_class_of_bulletin_has_its_place() -> None:
    assert {each: prio_of(each) for each in PriorityClass} == {PriorityClass.NORMAL: 4, PriorityClass.PRIORITY: 6}


def test_a_higher_number_wins_and_equals_do_not() -> None:
    assert outranks(Prio.ALERT, Prio.LIVE)
    assert not outranks(Prio.TEST, Prio.NORMAL_BULLETIN)
    assert not outranks(4, 4)
