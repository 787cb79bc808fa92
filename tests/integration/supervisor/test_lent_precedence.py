"""Process that yields the processor while an alert waits for it: it is lent a share, and yields again afterwards."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cms.platform.process.lent_precedence import LentPrecedence

WORKER, WEB = 4711, 4712


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    for pid, niceness in ((WORKER, 15), (WEB, 5), (1, 0)):
        (tmp_path / str(pid)).mkdir()
        (tmp_path / str(pid) / "autogroup").write_text(f"/autogroup-{pid} nice {niceness}\n")
    return tmp_path


@pytest.fixture
def niceness(proc: Path) -> Callable[[int], int]:
    return lambda pid: int((proc / str(pid) / "autogroup").read_text().split()[-1])


def test_one_that_yields_is_lent_a_share_until_it_is_taken_back(proc: Path, niceness: Callable[[int], int]) -> None:
    lender = LentPrecedence(proc)
    lender.lend(WORKER)
    lender.lend(WORKER)
    assert niceness(WORKER) == 0
    lender.take_back()
    lender.take_back()
    assert niceness(WORKER) == 15


def test_one_at_a_time_is_lent_a_share(proc: Path, niceness: Callable[[int], int]) -> None:
    lender = LentPrecedence(proc)
    lender.lend(WORKER)
    lender.lend(WEB)
    assert (niceness(WORKER), niceness(WEB)) == (15, 0)


def test_what_the_kernel_refuses_for_a_moment_is_done_at_the_next_call(
    proc: Path, niceness: Callable[[int], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    lender = LentPrecedence(proc)
    lender.lend(WORKER)
    with monkeypatch.context() as patch:

        def refused(*_args: object, **_more: object) -> int:
            raise BlockingIOError

        patch.setattr(Path, "write_text", refused)
        lender.take_back()
        lender.lend(WEB)  # it still has the other's to take back
    assert (niceness(WORKER), niceness(WEB)) == (0, 5)
    lender.take_back()
    assert niceness(WORKER) == 15


def test_nothing_is_lent_to_one_that_does_not_yield_or_is_gone(proc: Path, niceness: Callable[[int], int]) -> None:
    lender = LentPrecedence(proc)
    lender.lend(1)
    lender.lend(99)
    lender.lend(WORKER)
    (proc / str(WORKER) / "autogroup").unlink()
    (proc / str(WORKER)).rmdir()
    lender.take_back()
    assert [niceness(1), niceness(WEB)] == [0, 5]
    assert not (proc / str(WORKER)).exists()
