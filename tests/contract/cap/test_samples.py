"""CAP samples: each gets its recorded verdict from the command, without access to files and networks."""

from __future__ import annotations

import builtins
import csv
import json
import socket
from pathlib import Path

import pytest
from click.testing import CliRunner

from cms.exchange.cap.check import check
from cms.exchange.cli.cap import cap

SAMPLES = Path(__file__).parent / "samples"
WRITTEN = ("verdict", "kind", "airs", "code")


def expected() -> dict[str, dict[str, str]]:
    with (SAMPLES / "EXPECTED.tsv").open(encoding="utf-8", newline="") as file:
        return {row["file"]: row for row in csv.DictReader(file, delimiter="\t")}


EXPECTED = expected()


def test_every_sample_is_expected_and_every_expected_one_is_there() -> None:
    assert {path.name for path in SAMPLES.glob("*.xml")} == set(EXPECTED)


def test_the_command_says_of_each_sample_what_is_written_down() -> None:
    files = sorted(str(path) for path in SAMPLES.glob("*.xml"))
    result = CliRunner().invoke(cap, ["check", "--json", *files])
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [row["file"] for row in rows] == files
    said = {Path(row["file"]).name: [row[name] for name in WRITTEN] for row in rows}
    assert said == {name: [row[column] for column in WRITTEN] for name, row in EXPECTED.items()}
    assert result.exit_code == 1


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_sample_is_judged_without_opening_anything(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    document = (SAMPLES / name).read_bytes()
    check(document)  # lazy imports happen now

    def forbidden(*_args: object, **_named: object) -> None:
        raise AssertionError("something was opened")

    monkeypatch.setattr(socket, "socket", forbidden)
    monkeypatch.setattr(socket, "create_connection", forbidden)
    monkeypatch.setattr(socket, "getaddrinfo", forbidden)
    monkeypatch.setattr(builtins, "open", forbidden)
    monkeypatch.setattr("io.open", forbidden)
    monkeypatch.setattr("os.open", forbidden)
    verdict = check(document).verdict
    monkeypatch.undo()
    assert verdict == EXPECTED[name]["verdict"]


def test_a_refused_message_is_never_handed_on() -> None:
    for name, row in EXPECTED.items():
        judgement = check((SAMPLES / name).read_bytes())
        assert (judgement.message is None) == (row["verdict"] == "refuse"), name
