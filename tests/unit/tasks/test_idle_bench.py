"""Processor time of a group of processes, as the bench of an idle server adds it up."""

from __future__ import annotations

import subprocess
import sys

from bench.speed.idle import group_cpu_ms

SPINS = "import time\nwhile time.process_time() < 0.2: pass\nprint('spun', flush=True)\ninput()"


def test_the_time_of_a_group_is_that_of_all_its_processes() -> None:
    spin = f'{sys.executable} -c "{SPINS}"'
    with subprocess.Popen(
        ["/bin/sh", "-c", f"{spin} <&0; :"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    ) as group:
        assert group.stdout is not None
        assert group.stdout.readline() == b"spun\n"
        assert group_cpu_ms(group.pid) >= 150
        group.communicate(b"\n")
    assert group_cpu_ms(group.pid) == 0
