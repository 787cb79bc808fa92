"""Judgement of ``loa chaos-notify``: told once, lost, doubled, late."""

from __future__ import annotations

from bench.chaos.kills import Kill
from bench.chaos.mail_delivery import STARTS_WITHIN_S, MailArrival, Submission, judged

FIRST, SECOND = Submission("review:b1:1", 100.0, {"m1"}), Submission("review:b1:2", 200.0, {"m2"})
TOLD = (MailArrival("m1", "b1", 101.0), MailArrival("m2", "b1", 202.0))


def test_each_told_once_is_right_and_a_repetition_under_its_id_is_counted_apart() -> None:
    found = judged([FIRST, SECOND], [*TOLD, MailArrival("m1", "b1", 190.0)], [])
    assert found.is_ok
    assert (found.calm_s, found.disturbed_s, found.repeated) == ([1.0, 2.0], [], 1)


def test_one_without_a_mail_is_lost() -> None:
    found = judged([FIRST, SECOND], TOLD[:1], [])
    assert (found.lost, found.is_ok) == (["review:b1:2"], False)


def test_one_told_under_two_ids_and_a_mail_of_no_submission_are_doubled() -> None:
    twice = Submission("review:b1:2", 200.0, {"m2", "m3"})
    found = judged([FIRST, twice], [*TOLD, MailArrival("m3", "b1", 203.0), MailArrival("m4", "b1", 204.0)], [])
    assert (found.doubled, found.is_ok) == (["review:b1:2", "m4"], False)


def test_a_late_one_counts_only_where_nothing_was_restarted() -> None:
    late = [TOLD[0], MailArrival("m2", "b1", 206.0)]
    assert not judged([FIRST, SECOND], late, []).is_ok
    during = judged([FIRST, SECOND], late, [Kill("web", 204.0, 1.0)])
    assert (during.is_ok, during.disturbed_s) == (True, [6.0])
    long_before = Kill("web", 200.0 - STARTS_WITHIN_S - 2.0, 1.0)
    assert judged([FIRST, SECOND], late, [long_before]).late == 1


def test_a_run_that_was_never_calm_proves_no_delay() -> None:
    assert not judged([FIRST], TOLD[:1], [Kill("web", 99.0, 1.0)]).is_ok
