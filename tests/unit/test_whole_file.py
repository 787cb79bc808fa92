from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from cms.whole_file import write_whole


def test_the_file_is_replaced_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "head.json"
    for text in ("one", "two"):
        write_whole(path, text)
        assert path.read_text() == text
    assert list(tmp_path.iterdir()) == [path]


_LIMITED = """
import resource, sys
from pathlib import Path
from cms.whole_file import write_whole
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, 1_000))
try:
    write_whole(Path(sys.argv[1]), "x" * 100_000)
except OSError:
    print("refused")
"""


def test_what_cannot_be_written_keeps_the_old_text_and_leaves_no_part_of_the_new(tmp_path: Path) -> None:
    """On a full disk a retry per second would otherwise leave a file each time."""
    path = tmp_path / "head.json"
    write_whole(path, "old")
    told = subprocess.run([sys.executable, "-c", _LIMITED, str(path)], capture_output=True, text=True, check=True)
    assert told.stdout == "refused\n"
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_text() == "old"
