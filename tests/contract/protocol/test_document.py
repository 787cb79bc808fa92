"""``docs/protocol.md`` and ``devices/protocol`` say the same."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from devices.protocol import limits, messages
from devices.protocol.codec import RANK
from devices.protocol.messages import Code, CommandType, Wire
from devices.protocol.topics import TopicKind

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")
BODIES = {
    name: kind
    for name, kind in vars(messages).items()
    if isinstance(kind, type) and issubclass(kind, Wire) and kind is not Wire
}


def section(heading: str) -> str:
    level = heading.split(" ", maxsplit=1)[0]
    assert f"\n{heading}\n" in TEXT, heading
    after = TEXT.split(f"\n{heading}\n", 1)[1]
    return re.split(rf"^#{{1,{len(level)}}} ", after, maxsplit=1, flags=re.MULTILINE)[0]


def rows(text: str) -> Iterator[list[str]]:
    """Yield the cells of table rows whose first cell is code, without the back-ticks."""
    for line in text.splitlines():
        if line.startswith("| `"):
            yield [cell.strip().strip("`") for cell in line.strip("|").split("|")]


def test_the_topic_table_is_the_topics_of_the_code() -> None:
    assert {row[0] for row in rows(section("## Topics"))} == {kind.value for kind in TopicKind}


def test_every_body_has_its_table_and_nothing_else_has() -> None:
    described = set(re.findall(r"^### (\w+)$", section("## Messages"), flags=re.MULTILINE))
    assert described == set(BODIES)


@pytest.mark.parametrize("name", sorted(BODIES))
def test_a_bodys_table_lists_its_fields_in_order_with_their_defaults(name: str) -> None:
    found = [(row[0], row[2]) for row in rows(section(f"### {name}"))]
    assert found == [(field.encode_name, default_text(field)) for field in msgspec.structs.fields(BODIES[name])]


def default_text(field: msgspec.structs.FieldInfo) -> str:
    if field.default is not msgspec.NODEFAULT:
        return json.dumps(field.default)
    if field.default_factory is not msgspec.NODEFAULT:
        return json.dumps(field.default_factory())
    return "—"


def test_the_code_table_is_the_codes_of_the_code() -> None:
    assert [row[0] for row in rows(section("## Codes"))] == [code.value for code in Code]


def test_the_limit_table_is_the_limits_of_the_code() -> None:
    details = {row[0]: int(row[1]) for row in rows(section("## Limits"))}
    assert details == {name: value for name, value in vars(limits).items() if isinstance(value, int)}


def test_the_command_table_is_the_commands_of_the_code() -> None:
    assert {row[0] for row in rows(section("## Obeying a command"))} == {kind.value for kind in CommandType}


def test_the_ranks_are_those_of_the_code() -> None:
    found = re.findall(r"(\w+) (\d)[,.]", section("## Answers and records").replace("\n", " "))
    assert {standing: int(rank) for standing, rank in found} == {s.value: rank for s, rank in RANK.items()}


def test_the_vectors_named_are_the_vectors_there() -> None:
    there = {path.name for path in (Path(__file__).parent / "vectors").glob("*.json")}
    assert {row[0] for row in rows(section("## Golden vectors"))} == there
