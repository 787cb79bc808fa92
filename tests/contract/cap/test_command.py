from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bench.cap_fuzz import FuzzResult, fuzz_command
from cms.exchange.cap.reader import MAX_BYTES
from cms.exchange.cli.cap import cap
from tests.unit.cap.signers import rsa_signer

SAMPLES = Path(__file__).parent / "samples"
ALERT, CANCEL, BAD = (str(SAMPLES / f"{name}.xml") for name in ("alert", "cancel", "polygon_three_pairs"))
SENDER = "pctt@lamdong.example.vn"


def run(*words: str) -> Result:
    return CliRunner().invoke(cap, words)


def fuzzed(*words: str) -> Result:
    return CliRunner().invoke(fuzz_command, words)


def rows(*words: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in run("check", "--json", *words).stdout.splitlines()]


def test_it_ends_with_0_when_nothing_is_refused_and_with_1_when_something_is() -> None:
    assert run("check", ALERT, CANCEL).exit_code == 0
    assert run("check", ALERT, BAD).exit_code == 1


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("no-such-file.xml",),
        (str(SAMPLES),),
        (ALERT, "--at", "tomorrow"),
        (ALERT, "--at", "2026-10-12T14:05:00"),
        (ALERT, "--signer", "a"),
        (ALERT, "--signer", f"a={ALERT}"),
        (ALERT, "--superior", "a"),
    ],
)
def test_wrong_use_ends_with_2(words: tuple[str, ...]) -> None:
    assert run("check", *words).exit_code == 2


def test_a_file_that_cannot_be_read_is_wrong_use(monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(*_args: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", closed)
    assert run("check", ALERT).exit_code == 2


def test_people_get_sentences() -> None:
    said = run("check", BAD).stdout
    assert "refuse alert (POLYGON_TOO_SHORT), could lead to nothing" in said
    assert "POLYGON_TOO_SHORT /alert/info[1]/area[1]/polygon[1]" in said


def test_a_row_has_exactly_the_six_fields() -> None:
    (row,) = rows(BAD)
    assert list(row) == ["file", "verdict", "kind", "airs", "code", "findings"]
    assert row["findings"][0] == {  # type: ignore[index]
        "code": "POLYGON_TOO_SHORT",
        "path": "/alert/info[1]/area[1]/polygon[1]",
        "detail": "3 pairs",
    }


def test_a_file_beyond_the_limit_is_refused_without_being_read_to_its_end(tmp_path: Path) -> None:
    big = tmp_path / "big.xml"
    big.write_bytes(Path(ALERT).read_bytes() + b" " * MAX_BYTES)
    (row,) = rows(str(big))
    assert row["code"] == "TOO_BIG"
    assert row["findings"][0]["detail"] == f"{MAX_BYTES + 1} bytes"  # type: ignore[index]


def test_files_are_judged_each_by_itself_unless_they_are_a_sequence() -> None:
    assert [row["code"] for row in rows(ALERT, ALERT)] == ["UNSIGNED", "UNSIGNED"]
    assert [row["code"] for row in rows(ALERT, BAD, ALERT, "--sequence")] == [
        "UNSIGNED",
        "POLYGON_TOO_SHORT",
        "DUPLICATE",
    ]


def test_a_time_can_be_given_at_which_it_is_all_over() -> None:
    assert rows(ALERT, "--at", "2026-10-20T12:00:01+07:00")[0]["code"] == "EXPIRED"
    assert rows(ALERT, "--at", "2026-10-20T12:00:00+07:00")[0]["code"] == "UNSIGNED"
    assert run("check", ALERT, "--at", "now").exit_code == 0


def test_a_superior_may_cancel(tmp_path: Path) -> None:
    del tmp_path
    foreign = str(SAMPLES / "cancel_by_another_sender.xml")
    assert rows(foreign)[0]["code"] == "FOREIGN_REFERENCE"
    assert rows(foreign, "--superior", f"ai-do@khac.example.vn={SENDER}")[0]["airs"] == "draft_cancel"


def test_a_signed_file_is_accepted_with_the_signer_s_certificate(tmp_path: Path) -> None:
    signer = rsa_signer()
    signed, certificate = tmp_path / "signed.xml", tmp_path / "signer.pem"
    signed.write_bytes(signer.sign(Path(ALERT).read_bytes()))
    certificate.write_bytes(signer.pem)
    assert rows(str(signed))[0]["code"] == "SIGNER_UNKNOWN"
    (row,) = rows(str(signed), "--signer", f"{SENDER}={certificate}")
    assert (row["verdict"], row["code"], row["airs"]) == ("accept", "VERIFIED", "draft_alert")


def test_fuzzing_tells_what_it_saw() -> None:
    result = fuzzed("--n", "50", "--seed", "3", "--json")
    row = json.loads(result.stdout)
    assert (row["documents"], row["raised"], result.exit_code) == (50, 0, 0)
    assert "documents: 5" in fuzzed("--n", "5").stdout


def test_fuzzing_ends_with_1_when_something_was_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.cap_fuzz.fuzz", lambda _n, _seed: FuzzResult(raised=["Traceback"]))
    result = fuzzed("--n", "1")
    assert (result.exit_code, result.stderr) == (1, "Traceback\n")
