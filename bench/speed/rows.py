"""Output of a bench: rows of figures, as JSON lines or as a table for people."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass

import click


@dataclass(frozen=True, slots=True)
class Row:
    """One figure; ``baseline``: the figure it is compared with; ``ratio``: the figure divided by the baseline."""

    metric: str
    n: int
    value: float
    unit: str
    baseline: float | None = None
    ratio: float | None = None

    @classmethod
    def against(cls, metric: str, n: int, value: float, unit: str, *, baseline: float) -> Row:
        return cls(
            metric, n, round(value, 3), unit, round(baseline, 3), round(value / baseline, 2) if baseline else None
        )


def print_rows(rows: Iterable[Row], *, as_json: bool) -> None:
    """Print each row as soon as it is known."""
    if not as_json:
        click.echo(f"{'metric':<44}{'n':>8}{'value':>14} {'unit':<6}{'baseline':>12}{'ratio':>8}")
    for row in rows:
        if as_json:
            click.echo(json.dumps(asdict(row)))
        else:
            baseline = "" if row.baseline is None else f"{row.baseline:g}"
            ratio = "" if row.ratio is None else f"{row.ratio:g}"
            click.echo(f"{row.metric:<44}{row.n:>8}{row.value:>14g} {row.unit:<6}{baseline:>12}{ratio:>8}")
