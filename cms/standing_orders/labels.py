"""Labels of standing orders, their bounds in words, and sentences for what the checks find."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from broadcast.gauges.model import Gauge, GaugeId, GaugeRule
from broadcast.standing_orders.cap_warnings import CENTRAL
from broadcast.standing_orders.gauge_warnings import SEVERITIES, rule_name, rule_of
from broadcast.standing_orders.model import (
    AlertStandingOrderStatus,
    Firing,
    FiringVerdict,
    HoldReason,
    OrderEndCause,
    SourceId,
    StandingBounds,
    WarningSeverity,
)
from cms.alerts.labels import HAZARD, LEVEL
from cms.gauges.labels import UNIT
from cms.platform.web import formats
from cms.platform.web.languages import _
from cms.platform.web.languages import lazy as __
from cms.platform.web.wording import LabelText, Sentence

STATUS: Final[dict[str, LabelText]] = {
    AlertStandingOrderStatus.PROPOSED: __("Waits for a second person"),
    AlertStandingOrderStatus.AGREED: __("In effect"),
    AlertStandingOrderStatus.SUSPENDED: __("Suspended"),
    AlertStandingOrderStatus.ENDED: __("Has ended"),
}
STATUS_TONE: Final[dict[str, str]] = {
    AlertStandingOrderStatus.PROPOSED: "wait",
    AlertStandingOrderStatus.AGREED: "good",
    AlertStandingOrderStatus.SUSPENDED: "wait",
}
END_CAUSE: Final[dict[str, LabelText]] = {
    OrderEndCause.PERSON: __("Ended by a person"),
    OrderEndCause.EXPIRED: __("Its time was over"),
    OrderEndCause.LOST_RIGHT: __("One of its two people lost the right over it"),
}
SEVERITY: Final[dict[int, LabelText]] = {
    WarningSeverity.MINOR: __("Minor"),
    WarningSeverity.MODERATE: __("Moderate"),
    WarningSeverity.SEVERE: __("Severe"),
    WarningSeverity.EXTREME: __("Extreme"),
}
VERDICT: Final[dict[str, LabelText]] = {
    FiringVerdict.RIGHT: __("Right: people had to be warned"),
    FiringVerdict.NEEDLESS: __("Needless: a true warning, but no danger here"),
    FiringVerdict.FALSE: __("False: there was no such danger"),
}
VERDICT_TONE: Final[dict[str, str]] = {FiringVerdict.RIGHT: "good", FiringVerdict.FALSE: "bad"}
HELD: Final[dict[str, LabelText]] = {
    HoldReason.OFF: __("the province has switched standing orders off"),
    HoldReason.SUSPENDED: __("the order is suspended"),
    HoldReason.OVER: __("the order is over"),
    HoldReason.NOT_BEGUN: __("the order has not begun yet"),
    HoldReason.OUTSIDE_HOURS: __("outside the hours of the order"),
    HoldReason.USED_UP: __("the order has fired as often as it may"),
    HoldReason.TOO_SOON: __("too soon after the last firing"),
    HoldReason.CHANGED: __("its content is not what the two people agreed to"),
    HoldReason.RULE_CHANGED: __("the rule of gauges is not what the two people agreed to"),
    HoldReason.LOST_RIGHT: __("one of its two people has lost the right over it"),
    HoldReason.NOT_PROVED: __("it is not proved that the message comes from the order's source"),
    HoldReason.NOT_FIRST: __("the message is an update, not a new warning"),
    HoldReason.STALE: __("the message came too late"),
    HoldReason.SENT_LATER: __("the message says that it was sent in the future"),
    HoldReason.EXPIRED: __("the message has expired"),
    HoldReason.FAR_AHEAD: __("the event is far ahead, so that two people have time to decide"),
    HoldReason.FAULTY: __("the message has faults, or had to be mended"),
    HoldReason.UNCLEAR: __("the name of the event does not say which hazard it is"),
    HoldReason.UNCERTAIN: __("the source is not certain"),
    HoldReason.MIXED: __("parts of the message have different severities"),
    HoldReason.ESCALATES: __("the message is more severe than the one that sounded"),
    HoldReason.IN_FORCE: __("people's own alert of this hazard is in force there"),
    HoldReason.BURST: __("too many firings within an hour"),
    HoldReason.INCOMPLETE: __("the alert of the order can no longer be sent as it is"),
}
EVENT: Final[Mapping[str, LabelText]] = {
    "alert_order.proposed": __("Proposed"),
    "alert_order.agreed": __("Agreed to by a second person"),
    "alert_order.suspended": __("Suspended"),
    "alert_order.ended": __("Ended"),
    "alert_order.fired": __("Sounded by itself"),
    "alert_order.repeated": __("The same event from another source: not sounded again"),
    "alert_order.held": __("Did not sound: left to people"),
    "alert_order.reviewed": __("Firing reviewed"),
}
FIELDS: Final[dict[str, LabelText]] = {
    "sources": __("Sources of warnings"),
    "hazards": __("Hazards"),
    "severity_min": __("Severity at least"),
    "valid_from": __("Valid from"),
    "valid_until": __("Last day"),
    "firings_max": __("Number of firings at most"),
    "rest_minutes": __("Minutes between two firings"),
    "lasts_minutes": __("Each alert lasts, minutes"),
    "daily_from": __("Each day from"),
    "daily_until": __("Each day until"),
    "verdict": __("Verdict"),
    "remark": __("Remark"),
}
PROBLEMS: Final[Mapping[str, Sentence]] = {
    "OVER_A_YEAR": __("A standing order holds for one year at most. Choose an earlier day."),
    "ENDS_BEFORE": __("This is over before it begins, or lies in the past. Choose a later day."),
    "SOURCE_UNKNOWN": __("These are no sources that prove their warnings any more: %(sources)s. Choose others."),
    "RULE_CHANGED": __("A rule of gauges has changed since this was proposed. Have it proposed again."),
    "GAUGES_ARE_REAL": __("Gauges measure what is real. Leave out their rules: only an exercise may sound a drill."),
    "GAUGES_APART": __("Rules of gauges need a standing order of their own. Choose either them or other sources."),
    "RULE_NEVER_FIRES": __(
        "The rule “%(rule)s” would never sound this. Choose its hazard, a severity that its limits reach, and an alert "
        "for places of its gauges."
    ),
    "HAZARD_UNNAMED": __("A standing order is for named hazards. Leave out “another emergency”."),
    "NOT_A_WARNING": __("Only a warning can be ordered beforehand, no all-clear."),
}


def source_name(source: str) -> str:
    """Return the source in words."""
    kind, _space, name = source.partition(" ")
    if kind == "sender":
        return _("%(name)s, with the signature of its pinned signer", name=name)
    if kind == "gauge":
        return _("rule of gauges “%(name)s”", name=rule_name(SourceId(source)))
    if source == CENTRAL:
        return _("emergencies of the central source system")
    return _("feed “%(name)s”, over an encrypted connection", name=name)


def cause_of(firing: Firing) -> str:
    """Return what the firing was caused by, in a sentence."""
    source = source_name(firing.source)
    if rule_of(firing.source) is not None:
        return _("Because of: %(source)s. Measured: %(values)s.", source=source, values=firing.identifier)
    return _("Because of: %(source)s, message %(identifier)s.", source=source, identifier=firing.identifier)


def rule_lines(rule: GaugeRule, gauges: Mapping[GaugeId, Gauge], severity_min: WarningSeverity) -> list[str]:
    """Return at what the rule fires an order of that severity: how many gauges, then the limits of each."""
    within = formats.number(round(rule.window_s / 60))
    agree = _(
        "%(n)s of %(all)s gauges within %(minutes)s minutes",
        n=rule.agree_least,
        all=len(rule.limits),
        minutes=within,
    )
    held = formats.number(round(rule.hold_s / 60))
    lines = [f"{agree}; {_('held for %(minutes)s minutes', minutes=held)}" if rule.hold_s else agree]
    levels = [level for level, severity in SEVERITIES.items() if severity >= severity_min]
    for own in rule.limits:
        gauge = gauges.get(own.gauge_id)
        limits = [(level, limit) for level in levels if (limit := own.at(level)) is not None]
        if gauge is not None and limits:
            said = ", ".join(
                f"{formats.decimal(limit, 2)} {UNIT[gauge.unit]} ({LEVEL[level]})" for level, limit in limits
            )
            lines.append(_("%(gauge)s from %(limits)s", gauge=gauge.name, limits=said))
    return lines


def hours(bounds: StandingBounds) -> str:
    """Return the hours of the day in words."""
    if bounds.daily_from == bounds.daily_until:
        return _("at any hour")
    return _(
        "each day from %(begins)s to %(ends)s", begins=f"{bounds.daily_from:%H:%M}", ends=f"{bounds.daily_until:%H:%M}"
    )


def bounds_lines(bounds: StandingBounds) -> list[tuple[str, str]]:
    """Return the bounds in words: what each is about, and what holds."""
    last = bounds.valid_until_at - timedelta(seconds=1)
    begins, ends = (formats.day(formats.local(at).date()) for at in (bounds.valid_from_at, last))
    return [
        (_("Sources of warnings"), "; ".join(map(source_name, bounds.sources))),
        (_("Hazards"), ", ".join(str(HAZARD[each]) for each in bounds.hazards)),
        (_("Severity at least"), str(SEVERITY[bounds.severity_min])),
        (_("When"), _("%(begins)s to %(ends)s, %(hours)s", begins=begins, ends=ends, hours=hours(bounds))),
        (
            _("How often at most"),
            _(
                "%(n)s times at most, %(minutes)s minutes apart at least",
                n=bounds.firings_max,
                minutes=bounds.rest_minutes,
            ),
        ),
        (_("Each alert lasts"), _("%(n)s minutes", n=bounds.lasts_minutes)),
    ]
