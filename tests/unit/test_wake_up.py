"""Wake-up of a loop: set before or during its wait, or by a file of its own."""

from __future__ import annotations

import os
import threading

from cms.platform.process.wake_up import WakeUp

LONG_S = 600.0


def test_it_ends_one_wait_however_often_it_was_set() -> None:
    woken = WakeUp()
    woken.set()
    woken.set()
    woken.wait([], LONG_S)
    other = threading.Thread(target=woken.wait, args=([], LONG_S))
    other.start()
    woken.set()
    other.join()
    woken.wait([], -1)


def test_a_file_that_is_readable_ends_the_wait() -> None:
    reads, writes = os.pipe()
    os.write(writes, b"!")
    WakeUp().wait([reads], LONG_S)
    os.close(reads)
    os.close(writes)
