"""Consistency of what alerts, all-clears and boards say in one place."""

from cms.platform.feature import Feature, Screens

FEATURE = Feature(
    "cms.alert_consistency",
    screens=(Screens("web.alerts", ("views",)),),
    template_words=(("consistency_words", "labels"),),
)
