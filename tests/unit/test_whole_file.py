from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cms.platform.process.atomic_file import made_once, write_secret, write_whole


def test_the_file_is_replaced_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "head.json"
    for text in ("one", "two"):
        write_whole(path, text)
        assert path.read_text() == text
    assert list(tmp_path.iterdir()) == [path]


_LIMITED = """
import resource, sys
from pathlib import Path
from cms.platform.process.atomic_file import write_whole
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
    output = subprocess.run([sys.executable, "-c", _LIMITED, str(path)], capture_output=True, text=True, check=True)
    assert output.stdout == "refused\n"
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_text() == "old"


def test_a_secret_is_replaced_whole_and_read_by_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "ca.key"
    for data in (b"one", b"two", b"two"):
        write_secret(path, data)
        assert path.read_bytes() == data
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_those_who_start_together_agree_on_one_secret(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "web.secret"
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda number: made_once(path, lambda: b"%d" % number), range(64)))
    assert found == {path.read_bytes()}
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(path.parent.iterdir()) == [path]
