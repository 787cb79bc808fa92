"""Listening tests: two voices compared by people's ears."""

from cms.platform.feature import Feature, Screens

FEATURE = Feature(
    "cms.listening",
    screens=(Screens("web.bulletins", ("views",)),),
    problem_words=("labels:PROBLEMS",),
    template_words=(("listening_words", "labels"),),
)
