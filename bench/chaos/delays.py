"""Delays of a chaos run as a table by group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import click

from bench.percentiles import percentile


def print_delays(groups: Mapping[str, Sequence[float]]) -> None:
    """Print seconds by group: how many, the median, p95, p99 and the worst."""
    width = max(map(len, groups))
    click.echo(f"{'delay':<{width}}{'n':>7}{'p50 s':>9}{'p95 s':>9}{'p99 s':>9}{'worst s':>9}")
    for name, values in groups.items():
        figures = (*(percentile(values, share) for share in (0.5, 0.95, 0.99)), max(values, default=float("nan")))
        click.echo(f"{name:<{width}}{len(values):>7}" + "".join(f"{each:>9.2f}" for each in figures))
