"""docs/architecture.md: its walks name files that hand over to each other, its changes count what they name."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
PACKAGES = "cms|broadcast|devices|media|province|firmware_sim|bench|tests|scripts"
STEP = re.compile(r"^(\d+)\. `([\w/.]+)`(?: \(`(\w+)`\))?: \S", re.MULTILINE)
WALKS = {
    title: [(path, by) for _, path, by in STEP.findall(body)]
    for title, body in re.findall(r"^### (.+? to .+?)\n(.*?)(?=^##)", TEXT, flags=re.MULTILINE | re.DOTALL)
}


@cache
def imported(path: str) -> frozenset[str]:
    """Return the files of ours that a file imports, those that a package passes on included."""
    found: set[str] = set()
    for node in ast.walk(ast.parse((ROOT / path).read_bytes())):
        match node:
            case ast.ImportFrom(module=str(module)):
                names = [module, *(f"{module}.{alias.name}" for alias in node.names)]
            case ast.Import():
                names = [alias.name for alias in node.names]
            case _:
                continue
        for name in names:
            module_path = name.replace(".", "/")
            if (ROOT / f"{module_path}.py").exists():
                found.add(f"{module_path}.py")
            elif (ROOT / module_path / "__init__.py").exists() and module_path != str(Path(path).parent):
                found |= imported(f"{module_path}/__init__.py")
    return frozenset(found)


def test_there_are_four_walks() -> None:
    assert len(WALKS) == 4


@pytest.mark.parametrize("title", WALKS)
def test_a_walk_is_numbered_and_as_long_as_its_title_says(title: str) -> None:
    body = re.split(r"^##", TEXT.split(f"### {title}\n")[1], maxsplit=1, flags=re.MULTILINE)[0]
    numbers = [int(number) for number in re.findall(r"^(\d+)\. ", body, flags=re.MULTILINE)]
    assert numbers == list(range(1, len(WALKS[title]) + 1))
    assert title.endswith(f": {len(numbers)} files")


@pytest.mark.parametrize(
    ("before", "path", "by"),
    [
        pytest.param([path for path, _ in steps[:at]], path, by, id=path)
        for steps in WALKS.values()
        for at, (path, by) in enumerate(steps)
        if at
    ],
)
def test_a_file_of_a_walk_calls_one_before_it_is_called_or_gets_the_word(before: list[str], path: str, by: str) -> None:
    if by:
        word = re.compile(rf"\b{by}\b")
        assert word.search((ROOT / path).read_text(encoding="utf-8"))
        assert any(word.search((ROOT / each).read_text(encoding="utf-8")) for each in before)
    else:
        assert any(path in imported(each) or each in imported(path) for each in before)


def test_the_table_of_changes_counts_the_files_that_it_names() -> None:
    section = TEXT.split("\n## Ten changes\n")[1].split("\n## ")[0]
    rows = [[cell.strip() for cell in row.split("|")] for row in re.findall(r"^\| (.*) \|$", section, re.MULTILINE)][1:]
    assert len(rows) == 10
    for change, files, _, which in rows:
        named = re.findall(r"`([\w/]+\.\w+)`", which.split(" · ")[0])
        assert [path for path in named if not (ROOT / path).is_file()] == [], change
        assert int(files) == len(named) + which.split(" · ")[0].count("a new "), change


@pytest.mark.parametrize("document", [*sorted((ROOT / "docs").glob("*.md")), *ROOT.glob("*.md")], ids=lambda d: d.name)
def test_every_path_that_a_document_names_exists(document: Path) -> None:
    """Decisions in docs/adr name the files of their time."""
    named = re.findall(rf"`((?:{PACKAGES})/[\w/.]*)`", document.read_text(encoding="utf-8"))
    assert [path for path in named if not (ROOT / path).exists()] == []
