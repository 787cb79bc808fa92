"""Call list of an alert: who was not warned, and who tells them by telephone."""

from cms.platform.feature import Feature, Screens

FEATURE = Feature(
    "cms.call_lists",
    screens=(Screens("web.alerts", ("views",)),),
    template_words=(("call_words", "labels"),),
)
