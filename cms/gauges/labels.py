"""Labels of gauges, and sentences about what a person typed for them."""

from broadcast.gauges.model import GaugeKind, GaugeTrouble, GaugeUnit, ReadingVerdict
from cms.platform.web import formats
from cms.platform.web.languages import lazy as __
from cms.platform.web.wording import LabelText, Sentence

KIND: dict[str, LabelText] = {
    GaugeKind.RIVER: __("River level"),
    GaugeKind.RAIN: __("Rain"),
    GaugeKind.RESERVOIR: __("Reservoir level"),
    GaugeKind.OUTFLOW: __("Outflow of a reservoir"),
}
UNIT: dict[str, LabelText] = {
    GaugeUnit.M: __("m"),
    GaugeUnit.CM: __("cm"),
    GaugeUnit.MM_H: __("mm in 1 hour"),
    GaugeUnit.MM_DAY: __("mm in 24 hours"),
    GaugeUnit.M3_S: __("m³/s"),
}
SPAN: dict[str, LabelText] = {"day": __("1 day"), "week": __("7 days"), "month": __("30 days")}
TROUBLE: dict[str, LabelText] = {
    GaugeTrouble.SILENT: __("Sends nothing"),
    GaugeTrouble.JUMPING: __("Values jump"),
    GaugeTrouble.STUCK: __("Value stands still"),
    GaugeTrouble.CLOCK: __("Clock is wrong"),
}
TROUBLE_HELP: dict[str, LabelText] = {
    GaugeTrouble.SILENT: __("No message for four intervals. Look at its power and its connection."),
    GaugeTrouble.JUMPING: __(
        "Values are out of range, or change faster than is possible. They count for no alert. Once the gauge is "
        "repaired, press “Trust again”."
    ),
    GaugeTrouble.STUCK: __("The value has not changed for too long. It counts for no alert until it moves."),
    GaugeTrouble.CLOCK: __("Its readings are dated in the future, or long ago. They count for no alert."),
}
STORED: dict[str, LabelText] = {
    ReadingVerdict.GOOD: __("used"),
    ReadingVerdict.LATE: __("came late"),
    ReadingVerdict.OUT_OF_RANGE: __("out of range"),
    ReadingVerdict.JUMP: __("jumped"),
}
EVENT: dict[str, LabelText] = {
    "gauge.added": __("Gauge added"),
    "gauge.edited": __("Gauge changed"),
    "gauge.secret_renewed": __("Secret renewed"),
    "gauge.trusted": __("Trusted again"),
    "gauge.retired": __("Gauge retired"),
    "gauge.trouble_found": __("Trouble found"),
    "gauge.trouble_ended": __("Trouble over"),
}
PROBLEMS: dict[str, Sentence] = {
    "NOT_A_VALUE": __("This is no number. Write it with digits, as 12,5."),
    "UNIT_OF_ANOTHER_KIND": __("This unit does not belong to what the gauge measures. Choose another."),
    "NOT_A_PLACE": __("This is no place on the map. Write latitude and longitude, as 10,9289; 108,1021."),
    "NOT_ABOVE_THE_LEAST": __("The largest value must be above the smallest one."),
    "NOT_A_STEP": __("Enter a change above 0."),
    "NOT_AN_INTERVAL": __("Enter minutes, from 0,2 to 1440."),
    "NOT_HOURS": __("Enter hours, from 0 (never) to 2160."),
    "NOT_MINUTES_OF_A_DAY": __("Enter minutes, at most 1440."),
    "NOT_A_FALL": __("Enter 0 or more, and less than the range of the gauges."),
    "NOT_SO_MANY": __("Enter a whole number from 1 to the number of gauges of this rule, %(max)s."),
    "GAUGE_IN_RULE": __("Rules still ask for this gauge: %(rules)s. Switch them off or take the gauge out first."),
    "GAUGE_TWICE": __("The same gauge is chosen twice."),
    "GAUGE_UNKNOWN": __("Choose a gauge in each row with limits."),
    "GAUGES_DIFFER": __("The gauges of one rule must have the same unit."),
    "LIMIT_MISSING": __("%(gauge)s has no limit. Enter at least one."),
    "LIMITS_NOT_RISING": __("%(gauge)s: each limit must be above the one before."),
    "FILE_TOO_LARGE": __("The file is larger than %(kb)s KB. Send a shorter course of events."),
    "NOT_A_SERIES": __(
        "This file has no course of events. Each line needs a time and a value, as 30/11/2026 14:00;4,12."
    ),
    "NOT_A_LINE": __("Line %(line)s has no time or no value. Write it as 30/11/2026 14:00;4,12."),
    "LIMIT_OUT_OF_RANGE": __("%(gauge)s: the limits must lie within its possible values."),
}


def minutes(length_s: int) -> str:
    """Return a length in minutes, with the decimal mark of the reader's language where it is needed."""
    whole, rest = divmod(length_s, 60)
    return formats.decimal(length_s / 60) if rest else formats.number(whole)
