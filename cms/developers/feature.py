"""Pages for developers of other systems: every call of the API with examples, errors and webhooks."""

from cms.platform.feature import Feature, Screens

FEATURE = Feature(
    "cms.developers",
    screens=(Screens("", ("views",)),),
    template_words=(("developer_words", "labels"),),
    problem_words=("labels:PROBLEMS",),
    field_words="labels:FIELDS",
)
