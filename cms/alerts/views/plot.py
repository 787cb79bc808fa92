"""Small charts: lines over time, bars side by side. SVG text without inline styles (CSP)."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup

WIDTH, HEIGHT = 480, 190
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 22, 12, 30
_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600, 43200, 86400)
_TICKS_MOST = 6
_SPAN_MIN_S = 10.0
_MINUTE_S = 60
_HOUR_S = 3600
_LOUDEST_LUFS, _SOFTEST_LUFS, _LUFS_STEP = 0, -50, 25


@dataclass(frozen=True)
class Bar:
    """One comparison: this time and, if there was one, the time before. ``full`` is the whole width, if known."""

    label: str
    now: float
    before: float | None
    said_now: str
    said_before: str
    full: float = 0.0


def lines_over_time(series: Mapping[str, Sequence[float]], total: int, until_s: float, label: str) -> Markup:
    """Draw cumulative counts: for each name the ascending seconds after the start at which one more came.

    ``name`` is the class of its line (``p-name``). ``until_s`` is the time elapsed.
    """
    span = max(_SPAN_MIN_S, until_s)
    parts = [*_rows(total), *_columns(span)]
    for name, instants in series.items():
        parts.append(
            Markup('<polyline class="p-{}" points="{}"/>').format(name, _points(instants, max(1, total), span, until_s))
        )
    return _svg(label, parts)


def levels_over_time(
    series: Mapping[str, tuple[float, Sequence[float | None]]], target_lufs: float, label: str
) -> Markup:
    """Draw loudness: for each name its length in seconds and its levels in equal steps (None: a gap in the line)."""
    span = max(_SPAN_MIN_S, *(length_s for length_s, _ in series.values()))
    parts = _columns(span)
    for lufs in (*range(_LOUDEST_LUFS, _SOFTEST_LUFS - 1, -_LUFS_STEP), target_lufs):
        name, y = "axis" if lufs == _SOFTEST_LUFS else "target" if lufs == target_lufs else "grid", _level_y(lufs)
        line = Markup('<line class="{}" x1="{}" x2="{}" y1="{}" y2="{}"/>').format(name, _LEFT, WIDTH - _RIGHT, y, y)
        parts += [line, Markup('<text x="{}" y="{}" text-anchor="end">{:g}</text>').format(_LEFT - 6, y + 4, lufs)]
    for name, (length_s, levels) in series.items():
        step_s = length_s / max(1, len(levels))
        points = [
            None if lufs is None else f"{_x((n + 1) * step_s, span)},{_level_y(lufs):g}"
            for n, lufs in enumerate(levels)
        ]
        for run in _runs(points):
            parts.append(Markup('<polyline class="p-{}" points="{}"/>').format(name, " ".join(run)))
    return _svg(label, parts)


def bars(rows: Sequence[Bar], label: str) -> Markup:
    """Draw pairs of bars, each pair on its own scale: each figure is compared with its own last value."""
    row_px, middle = 46, 170
    parts: list[Markup] = []
    for number, row in enumerate(rows):
        y = number * row_px
        most = max(row.now, row.before or 0.0, row.full, 1e-9)
        room = WIDTH - middle - 74
        parts.append(Markup('<text x="0" y="{}">{}</text>').format(y + 24, row.label))
        for at, value, said, name in (
            (y + 6, row.now, row.said_now, "now"),
            (y + 24, row.before, row.said_before, "before"),
        ):
            if value is None:
                continue
            width = round(max(1.0, room * value / most), 1)
            parts.append(
                Markup('<rect class="b-{}" x="{}" y="{}" width="{}" height="14"/>').format(name, middle, at, width)
            )
            parts.append(Markup('<text x="{}" y="{}">{}</text>').format(middle + width + 6, at + 12, said))
    return _svg(label, parts, height=max(1, len(rows)) * row_px)


def columns(heights: Sequence[float], names: Sequence[str], said_most: str, label: str) -> Markup:
    """Draw bars side by side over time, labelled below as far as there is room; ``said_most`` is the highest value."""
    most, room = max([*heights, 1e-9]), WIDTH - _LEFT - _RIGHT
    step, every = room / max(1, len(heights)), -(-len(heights) // _TICKS_MOST)
    parts = [
        Markup('<line class="{}" x1="{}" x2="{}" y1="{}" y2="{}"/>').format(name, _LEFT, WIDTH - _RIGHT, _y(at), _y(at))
        for name, at in (("grid", 1.0), ("axis", 0.0))
    ]
    parts.append(Markup('<text x="{}" y="{}" text-anchor="end">{}</text>').format(_LEFT - 6, _y(1.0) + 4, said_most))
    for number, (height, name) in enumerate(zip(heights, names, strict=True)):
        x, top = _LEFT + number * step, _y(height / most)
        if height:
            parts.append(
                Markup('<rect class="b-bar" x="{}" y="{}" width="{}" height="{}"/>').format(
                    round(x + step * 0.1, 1), top, round(step * 0.8, 1), round(_y(0.0) - top, 1)
                )
            )
        if number % every == 0:
            parts.append(Markup('<text x="{}" y="{}">{}</text>').format(round(x, 1), HEIGHT - 8, name))
    return _svg(label, parts)


def _svg(label: str, parts: Sequence[Markup], height: int = HEIGHT) -> Markup:
    return Markup('<svg class="plot" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        WIDTH, height, label, Markup().join(parts)
    )


def _rows(total: int) -> list[Markup]:
    found = []
    for part in (0.0, 0.5, 1.0) if total > 1 else (0.0, 1.0):
        y = _y(part)
        found.append(
            Markup(
                '<line class="{}" x1="{}" x2="{}" y1="{}" y2="{}"/><text x="{}" y="{}" text-anchor="end">{}</text>'
            ).format(
                "axis" if part == 0 else "grid", _LEFT, WIDTH - _RIGHT, y, y, _LEFT - 6, y + 4, round(total * part)
            )
        )
    return found


def _columns(span: float) -> list[Markup]:
    step = next((each for each in _STEPS_S if span / each <= _TICKS_MOST), _STEPS_S[-1])
    return [
        Markup('<text x="{}" y="{}" text-anchor="middle">{}</text>').format(
            _x(second, span), HEIGHT - 8, _clock(second)
        )
        for second in range(0, int(span) + 1, step)
    ]


def _points(instants: Sequence[float], total: int, span: float, until_s: float) -> str:
    """Return a step for each pixel at which the count rose: some hundred points at most, however many devices."""
    found = [f"{_LEFT},{_y(0):g}"]
    before, last = 0, _x(until_s, span)
    for x in range(_LEFT, last + 1):
        count = bisect_right(instants, span * (x + 0.5 - _LEFT) / (WIDTH - _LEFT - _RIGHT))
        if count != before:
            found += [f"{x},{_y(min(1.0, before / total)):g}", f"{x},{_y(min(1.0, count / total)):g}"]
            before = count
    return " ".join([*found, f"{last},{_y(min(1.0, before / total)):g}"])


def _runs(points: Sequence[str | None]) -> list[list[str]]:
    """Return the stretches without a gap."""
    return [[each for each in run if each] for whole, run in groupby(points, key=bool) if whole]


def _level_y(lufs: float) -> float:
    return _y((min(_LOUDEST_LUFS, max(_SOFTEST_LUFS, lufs)) - _SOFTEST_LUFS) / (_LOUDEST_LUFS - _SOFTEST_LUFS))


def _x(second: float, span: float) -> int:
    return round(_LEFT + (WIDTH - _LEFT - _RIGHT) * min(second, span) / span)


def _y(part: float) -> float:
    return round(HEIGHT - _BOTTOM - (HEIGHT - _BOTTOM - _TOP) * part, 1)


def _clock(second: float) -> str:
    if second < _MINUTE_S:
        return f"{second:g} s"
    if second < _HOUR_S:
        return f"{second // _MINUTE_S:g}′{second % _MINUTE_S:02g}"
    return f"{second // _HOUR_S:g} h {second % _HOUR_S // _MINUTE_S:02g}"
