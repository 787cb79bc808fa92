"""Tasks as the kernel reports them: by files that stay open, also beyond the end of a task."""

from __future__ import annotations

import os
import resource
import select
import subprocess
import threading
from collections.abc import Iterator

import pytest

from cms.platform.process.kernel_tasks import ProcessTree, Task, TaskState, activity_of, threads_of
from tests.integration.process import until

NOBODY = 2**31 - 1


@pytest.fixture
def parent() -> Iterator[subprocess.Popen[bytes]]:
    """Yield a process with a child of its own, and both asleep."""
    with subprocess.Popen(["sh", "-c", "sleep 600 & wait; sleep 600"]) as made:
        try:
            tree = ProcessTree(made.pid)
            until(lambda: [each.letter for each in tree.look().values()] == ["S", "S"])
            yield made
        finally:
            for pid in tree.look():
                os.kill(pid, 9)


def test_a_tree_is_a_process_and_what_it_has_started(parent: subprocess.Popen[bytes]) -> None:
    tree = ProcessTree(parent.pid)
    (child,) = set(tree.look()) - {parent.pid}
    assert (list(tree.look()), tree.children) == ([parent.pid, child], [child])
    os.kill(child, 9)
    until(lambda: child not in tree.look())
    until(lambda: len(tree.look()) == 2 and child not in tree.children)
    assert tree.children == [pid for pid in tree.look() if pid != parent.pid]
    assert not tree.is_exhausted
    resource.prlimit(parent.pid, resource.RLIMIT_NOFILE, (1, 1))
    until(lambda: bool(tree.look()) and tree.is_exhausted)


def test_the_end_of_a_process_is_seen_at_once_and_leaves_nothing(parent: subprocess.Popen[bytes]) -> None:
    tree = ProcessTree(parent.pid)
    pids = list(tree.look())
    assert select.select([tree.ended], [], [], 0)[0] == []
    for pid in pids:
        os.kill(pid, 9)
    assert select.select([tree.ended], [], [], 60)[0]
    parent.wait()
    until(lambda: (tree.look(), list(tree.children)) == ({}, []))


def test_a_child_that_has_ended_is_none_at_the_very_next_look_though_its_parent_does_not_ask() -> None:
    """Before, a process of a pool that had ended was told of when the pool replaced it, up to two seconds later."""
    with subprocess.Popen(["sh", "-c", "sleep 600 & exec sleep 600"]) as parent:
        tree = ProcessTree(parent.pid)
        until(lambda: bool(tree.look()) and len(tree.children) == 1)
        (child,) = tree.children
        os.kill(child, 9)
        until(lambda: tree.look()[child].letter == "Z")
        assert list(tree.children) == []
        assert child in tree.look()
        assert list(tree.children) == []
        parent.kill()


def test_there_is_no_tree_of_a_process_that_is_gone() -> None:
    tree = ProcessTree(NOBODY)
    assert (tree.ended, tree.look()) == (-1, {})
    assert Task(NOBODY).look() == TaskState("", b"")
    with pytest.raises(FileNotFoundError):
        list(threads_of(NOBODY))


def test_what_sleeps_shows_no_activity_and_what_runs_does(parent: subprocess.Popen[bytes]) -> None:
    tree, ours = ProcessTree(parent.pid), Task(os.getpid())
    assert activity_of(tree.look().values()) == activity_of(tree.look().values())
    assert activity_of([ours.look()]) != activity_of([ours.look()])


@pytest.mark.parametrize("states", [[], [TaskState("S", b"1 2 3"), TaskState("S", b"")]])
def test_where_the_kernel_says_nothing_the_activity_is_unknown(states: list[TaskState]) -> None:
    assert activity_of(states) is None


def test_each_thread_is_a_task_of_its_own() -> None:
    over = threading.Event()
    sleeper = threading.Thread(target=over.wait)
    sleeper.start()
    task = Task(f"self/task/{sleeper.native_id}")
    until(lambda: task.look().letter == "S")
    assert any(each.look().is_runnable for _, each in threads_of(os.getpid()))
    over.set()
    sleeper.join()
    until(lambda: task.look() == TaskState("", b""))
