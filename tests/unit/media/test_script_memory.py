"""Memory of spoken scripts: what was spoken before, or came too late, is not spoken again."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from math import inf

import numpy as np
import pytest

from media.kokoro.model import joined
from media.kokoro.prosody import Floats
from media.kokoro.script import Part, Script, ScriptSymbol
from media.kokoro.script_memory import KEPT, ScriptMemory

GONE_S = 0.0
"""Instant of the monotonic clock that is over."""


def script(symbol: str) -> Script:
    return Script((ScriptSymbol(symbol, Part.VOWEL, 0),), ("ngang",), (False,))


A, B, C = map(script, "aei")


class Speaker:
    """Speaker whose scripts are ready when the test lets them go on, and which fails as often as it is told."""

    def __init__(self) -> None:
        self.spoken: Counter[Script] = Counter()
        self.may_go_on = threading.Event()
        self.begun = threading.Semaphore(0)
        self.fails = 0

    def say(self, said: Script, rate: float) -> Floats:
        self.spoken[said] += 1
        self.begun.release()
        assert self.may_go_on.wait(60)
        if self.fails:
            self.fails -= 1
            raise RuntimeError("the model failed")
        return np.full(2400, rate / 10, np.float32)


@pytest.fixture
def speaker() -> Speaker:
    made = Speaker()
    made.may_go_on.set()
    return made


def test_a_script_that_was_spoken_is_not_spoken_again(speaker: Speaker) -> None:
    memory = ScriptMemory(speaker.say, 2)
    first = memory.say_all([A, B, A], 1.0)
    second = memory.say_all([C, A, B], 1.0)
    assert speaker.spoken == {A: 1, B: 1, C: 1}
    assert np.array_equal(first, joined([speaker.say(A, 1.0)] * 3))
    assert np.array_equal(first, second)


def test_another_rate_is_another_sound(speaker: Speaker) -> None:
    memory = ScriptMemory(speaker.say, 1)
    assert not np.array_equal(memory.say_all([A], 1.0), memory.say_all([A], 0.5))
    assert speaker.spoken == {A: 2}


def test_what_came_too_late_is_there_the_next_time_and_what_was_not_begun_is_dropped(speaker: Speaker) -> None:
    speaker.may_go_on.clear()
    memory = ScriptMemory(speaker.say, 1)

    def scripts() -> Iterator[Script]:
        yield A
        assert speaker.begun.acquire(timeout=60)
        yield B

    with pytest.raises(ValueError, match="2 of 2 scripts"):
        memory.say_all(scripts(), 1.0, GONE_S)
    speaker.may_go_on.set()
    memory.say_all([A], 1.0)
    memory.say_all([A], 1.0, GONE_S)
    memory.say_all([C], 1.0)
    assert speaker.spoken == {A: 1, C: 1}
    memory.say_all([A, B], 1.0, inf)
    assert speaker.spoken == {A: 1, B: 1, C: 1}


def test_a_script_on_which_the_model_failed_is_tried_again(speaker: Speaker) -> None:
    speaker.fails = 1
    memory = ScriptMemory(speaker.say, 1)
    with pytest.raises(RuntimeError, match="the model failed"):
        memory.say_all([A], 1.0)
    memory.say_all([A], 1.0)
    assert speaker.spoken == {A: 2}


def test_the_script_that_was_asked_for_longest_ago_is_forgotten(speaker: Speaker) -> None:
    memory = ScriptMemory(speaker.say, 1)
    others = [Script(A.symbols * count, A.tones, A.stopped) for count in range(2, KEPT + 1)]
    memory.say_all([A, *others], 1.0)
    memory.say_all([A, B], 1.0)
    memory.say_all([A, *others[1:]], 1.0)
    assert set(speaker.spoken.values()) == {1}
    memory.say_all(others[:1], 1.0)
    assert speaker.spoken[others[0]] == 2
