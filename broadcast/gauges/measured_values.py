"""Measured values within a Vietnamese sentence, for texts that are read aloud and shown on boards."""

from collections.abc import Mapping
from typing import Final

from broadcast.gauges.model import Gauge, GaugeKind, GaugeUnit

_UNITS: Final[Mapping[GaugeUnit, str]] = {
    GaugeUnit.MM_H: "mm trong 1 giờ",
    GaugeUnit.MM_DAY: "mm trong 24 giờ",
    GaugeUnit.M: "m",
    GaugeUnit.CM: "cm",
    GaugeUnit.M3_S: "mét khối trên giây",
}
_KINDS: Final[Mapping[GaugeKind, str]] = {
    GaugeKind.RAIN: "Lượng mưa",
    GaugeKind.RIVER: "Mực nước",
    GaugeKind.RESERVOIR: "Mực nước hồ",
    GaugeKind.OUTFLOW: "Lưu lượng xả",
}


def figure(value: float) -> str:
    """Write a value with the decimal comma, without needless zeros."""
    return f"{value:.2f}".rstrip("0").rstrip(".").replace(".", ",")


def measured(gauge: Gauge, value: float) -> str:
    """Return the value with its quantity, place and unit: "Mực nước tại Sông Lũy 5,2 m"."""
    return f"{_KINDS[gauge.kind]} tại {gauge.name} {figure(value)} {_UNITS[gauge.unit]}"
