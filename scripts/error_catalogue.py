"""Table of error codes for people: ``python -m scripts.error_catalogue > docs/errors.md``."""

from cms.platform.errors import PROBLEMS
from cms.translations import in_default_language


def as_markdown() -> str:
    """Render ``docs/errors.md``."""
    lines = [
        "# Errors",
        "",
        "Every refusal carries a stable code. The API answers `application/problem+json` (RFC 9457) with `type`,",
        "`title`, `status`, `code` and the attributes of the error; screens say the sentence. Written from",
        "`cms/platform/errors.py` by `python -m scripts.error_catalogue > docs/errors.md`; a test compares the two.",
        "",
        "| code | status | type | meaning | remedy | câu hiển thị |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| `{row.code}` | {row.status.value} | `{row.uri}` | {row.title} | {row.remedy} "
        f"| {in_default_language(row.sentence)} |"
        for row in PROBLEMS.values()
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(as_markdown(), end="")  # noqa: T201 its purpose
