"""Table of remote commands: arguments, dangers, how long each holds, and what proves it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from devices.commands.model import Arguments, BatchDanger, CommandKind


class CommandProof(StrEnum):
    """Evidence by which the server takes a command as done.

    ANSWER: the device's answer · REBIRTH: a start under another boot id · RESULT: an answer with measurements ·
    SYNC: the request that names the command · FILE: the whole log · SETTING: the server has it so, and neither asks the
    device nor waits for it: it follows its retained message, or its connection is refused.
    """

    ANSWER = "answer"
    REBIRTH = "rebirth"
    RESULT = "result"
    SYNC = "sync"
    FILE = "file"
    SETTING = "setting"


@dataclass(frozen=True, slots=True)
class Spec:
    """Rules of one kind. ``lasts``: how long a device that was away still obeys.

    ``answer_within``: how long the rest is waited for after its first answer, or after the end of that.
    ``needs_silence``: nothing may sound there, or be about to. ``most``: the most devices in one batch.
    """

    proof: CommandProof
    lasts: timedelta
    answer_within: timedelta
    takes: frozenset[str] = frozenset()
    needs_silence: bool = False
    most: int = 5_000


MANY: Final = 20
"""With more devices than this another person has to agree: a slip of the hand must not reach a district."""
SET_MAX: Final = 200
"""The most devices set at once: it is one transaction, and an alert must not wait for it."""
SPECS: Final[Mapping[CommandKind, Spec]] = {
    CommandKind.VOLUME: Spec(CommandProof.ANSWER, timedelta(days=1), timedelta(minutes=1), frozenset({"volume_pct"})),
    # A loudspeaker that restarts the day after would surprise people.
    CommandKind.REBOOT: Spec(CommandProof.REBIRTH, timedelta(hours=1), timedelta(minutes=5), needs_silence=True),
    CommandKind.SELFTEST: Spec(
        CommandProof.RESULT, timedelta(hours=1), timedelta(minutes=1), frozenset({"is_audible"}), needs_silence=True
    ),
    CommandKind.RESYNC: Spec(CommandProof.SYNC, timedelta(days=1), timedelta(minutes=1)),
    CommandKind.LOG: Spec(CommandProof.FILE, timedelta(days=1), timedelta(minutes=5)),
    CommandKind.QUARANTINE: Spec(
        CommandProof.SETTING, timedelta(days=1), timedelta(minutes=1), frozenset({"alerts_pass"}), most=SET_MAX
    ),
    CommandKind.RELEASE: Spec(CommandProof.SETTING, timedelta(days=1), timedelta(minutes=1), most=SET_MAX),
    # These cannot be undone remotely: each pole has to be visited.
    CommandKind.REVOKE: Spec(CommandProof.SETTING, timedelta(days=1), timedelta(minutes=1), most=MANY),
    CommandKind.RETIRE: Spec(CommandProof.SETTING, timedelta(days=1), timedelta(minutes=1), most=MANY),
}
SOON: Final = timedelta(minutes=10)
"""Devices on air within this are shown before, and left out where silence is needed."""
_ALWAYS: Final[Mapping[CommandKind, tuple[BatchDanger, ...]]] = {
    CommandKind.QUARANTINE: (BatchDanger.SILENCES,),
    CommandKind.RELEASE: (BatchDanger.LIFTS,),
    CommandKind.REVOKE: (BatchDanger.SILENCES, BatchDanger.LASTS),
    CommandKind.RETIRE: (BatchDanger.SILENCES, BatchDanger.LASTS),
}
AGREE_WITHIN: Final = timedelta(days=1)
"""A batch that was not agreed to within this lapses: the person who asked has moved on."""


@dataclass(frozen=True, slots=True)
class ArgumentFault:
    """One thing wrong with the arguments: which, a stable code, and figures for the sentence."""

    field: str
    code: str
    detail: Mapping[str, str | int]


def faults(kind: CommandKind, arguments: Arguments) -> list[ArgumentFault]:
    """Return everything that is wrong with the arguments."""
    found = []
    takes = SPECS[kind].takes
    if "volume_pct" in takes:
        if arguments.volume_pct is None:
            found.append(ArgumentFault("volume_pct", "MISSING", {}))
        elif not 0 <= arguments.volume_pct <= 100:  # noqa: PLR2004 - per cent
            found.append(ArgumentFault("volume_pct", "OUT_OF_RANGE", {"min": 0, "max": 100}))
    elif arguments.volume_pct is not None:
        found.append(ArgumentFault("volume_pct", "NOT_TAKEN", {}))
    if arguments.is_audible and "is_audible" not in takes:
        found.append(ArgumentFault("is_audible", "NOT_TAKEN", {}))
    if arguments.alerts_pass and "alerts_pass" not in takes:
        found.append(ArgumentFault("alerts_pass", "NOT_TAKEN", {}))
    return found


def is_setting(kind: CommandKind) -> bool:
    """Return whether it is a setting of the server, without a message that the device would have to answer."""
    return SPECS[kind].proof is CommandProof.SETTING


def needs_silence(kind: CommandKind, arguments: Arguments) -> bool:
    """Return whether devices on air, or about to be, are left out: for a restart, and for a tone that people hear."""
    return SPECS[kind].needs_silence and (kind is not CommandKind.SELFTEST or arguments.is_audible)


def dangers(kind: CommandKind, arguments: Arguments, devices: int, cap_pct: int) -> tuple[BatchDanger, ...]:
    """Return the reasons for another person's agreement; empty where none is needed.

    ``cap_pct``: the lowest volume cap of the areas meant.
    """
    found = []
    if devices > MANY:
        found.append(BatchDanger.MANY)
    if kind is CommandKind.REBOOT and devices > 1:
        found.append(BatchDanger.REBOOT_SEVERAL)
    if arguments.is_audible and devices > 1:
        found.append(BatchDanger.AUDIBLE_SEVERAL)
    if arguments.volume_pct is not None and arguments.volume_pct > cap_pct:
        found.append(BatchDanger.ABOVE_CAP)
    if arguments.alerts_pass and kind is CommandKind.QUARANTINE:
        return (*found, BatchDanger.RESTRICTS)
    return (*found, *_ALWAYS.get(kind, ()))
