"""Consistency of what alerts, all-clears and boards say in one place."""

from cms.platform.feature import Feature, Screens

FEATURE = Feature(
    "cms.alert_contradictions",
    screens=(Screens("web.alerts", ("views",)),),
    template_words=(("contradiction_words", "labels"),),
)
