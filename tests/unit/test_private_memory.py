from __future__ import annotations

import ctypes

from cms.platform.process.private_memory import keep_memory_private

GET_DUMPABLE, SET_DUMPABLE = 3, 4


def test_a_process_can_keep_its_memory_to_itself() -> None:
    prctl = ctypes.CDLL(None).prctl
    assert prctl(GET_DUMPABLE, 0, 0, 0, 0) == 1
    try:
        keep_memory_private()
        assert prctl(GET_DUMPABLE, 0, 0, 0, 0) == 0
    finally:
        prctl(SET_DUMPABLE, 1, 0, 0, 0)
