from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from devices.commands.model import Arguments, BatchDanger, CommandKind
from devices.commands.table import MANY, SPECS, dangers, faults, needs_silence

DOCUMENT = (Path(__file__).parents[3] / "docs" / "commands.md").read_text(encoding="utf-8")


def span(length: timedelta) -> str:
    hours = length // timedelta(hours=1)
    return f"{hours} h" if hours else f"{length // timedelta(minutes=1)} min"


def test_the_table_in_the_document_is_that_of_the_code() -> None:
    found = re.findall(r"^\| `([a-z]+)` \| (\S+) \| (\S+) \| (.+?) \| (.+?) \| (\w+) \|$", DOCUMENT, re.MULTILINE)
    wanted = [
        (
            kind.value,
            f"`{next(iter(spec.takes))}`" if spec.takes else "–",
            f"{spec.most:,}",
            span(spec.lasts),
            span(spec.answer_within),
            spec.proof.value,
        )
        for kind, spec in SPECS.items()
    ]
    assert found == wanted
    assert set(SPECS) == set(CommandKind)


@pytest.mark.parametrize(
    ("kind", "arguments", "codes"),
    [
        (CommandKind.VOLUME, Arguments(volume_pct=0), []),
        (CommandKind.VOLUME, Arguments(volume_pct=100), []),
        (CommandKind.VOLUME, Arguments(volume_pct=101), ["OUT_OF_RANGE"]),
        (CommandKind.VOLUME, Arguments(volume_pct=-1), ["OUT_OF_RANGE"]),
        (CommandKind.VOLUME, Arguments(), ["MISSING"]),
        (CommandKind.VOLUME, Arguments(is_audible=True), ["MISSING", "NOT_TAKEN"]),
        (CommandKind.SELFTEST, Arguments(is_audible=True), []),
        (CommandKind.SELFTEST, Arguments(volume_pct=5), ["NOT_TAKEN"]),
        (CommandKind.REBOOT, Arguments(), []),
        (CommandKind.QUARANTINE, Arguments(alerts_pass=True), []),
        (CommandKind.REVOKE, Arguments(alerts_pass=True), ["NOT_TAKEN"]),
        (CommandKind.LOG, Arguments(volume_pct=5, is_audible=True), ["NOT_TAKEN", "NOT_TAKEN"]),
    ],
)
def test_arguments_are_those_that_the_command_takes(kind: CommandKind, arguments: Arguments, codes: list[str]) -> None:
    assert [fault.code for fault in faults(kind, arguments)] == codes


@pytest.mark.parametrize("kind", CommandKind)
def test_silence_is_needed_by_what_is_heard(kind: CommandKind) -> None:
    assert needs_silence(kind, Arguments()) == (kind is CommandKind.REBOOT)
    assert needs_silence(CommandKind.SELFTEST, Arguments(is_audible=True))


@pytest.mark.parametrize(
    ("kind", "arguments", "devices", "found"),
    [
        (CommandKind.RESYNC, Arguments(), MANY, ()),
        (CommandKind.RESYNC, Arguments(), MANY + 1, (BatchDanger.MANY,)),
        (CommandKind.REBOOT, Arguments(), 1, ()),
        (CommandKind.REBOOT, Arguments(), 2, (BatchDanger.REBOOT_SEVERAL,)),
        (CommandKind.SELFTEST, Arguments(is_audible=True), 1, ()),
        (CommandKind.SELFTEST, Arguments(is_audible=True), 2, (BatchDanger.AUDIBLE_SEVERAL,)),
        (CommandKind.VOLUME, Arguments(volume_pct=70), 1, ()),
        (CommandKind.VOLUME, Arguments(volume_pct=71), 1, (BatchDanger.ABOVE_CAP,)),
        (CommandKind.QUARANTINE, Arguments(), 1, (BatchDanger.SILENCES,)),
        (CommandKind.QUARANTINE, Arguments(alerts_pass=True), 1, (BatchDanger.RESTRICTS,)),
        (CommandKind.RELEASE, Arguments(), MANY + 1, (BatchDanger.MANY, BatchDanger.LIFTS)),
        (CommandKind.REVOKE, Arguments(), 1, (BatchDanger.SILENCES, BatchDanger.LASTS)),
        (CommandKind.RETIRE, Arguments(), 1, (BatchDanger.SILENCES, BatchDanger.LASTS)),
        (CommandKind.VOLUME, Arguments(volume_pct=71), MANY + 1, (BatchDanger.MANY, BatchDanger.ABOVE_CAP)),
    ],
)
def test_what_is_dangerous_needs_another_person(
    kind: CommandKind, arguments: Arguments, devices: int, found: tuple[BatchDanger, ...]
) -> None:
    assert dangers(kind, arguments, devices, cap_pct=70) == found


def test_what_nobody_undoes_from_afar_is_done_to_few() -> None:
    lasting = {kind for kind in CommandKind if BatchDanger.LASTS in dangers(kind, Arguments(), 1, cap_pct=70)}
    assert {SPECS[kind].most for kind in lasting} == {MANY}
    assert min(SPECS[kind].most for kind in CommandKind if kind not in lasting) > MANY
