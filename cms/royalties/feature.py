"""Royalties: the province's table, and what authors get."""

from cms.platform.feature import Feature, Screens

FEATURE = Feature(
    "cms.royalties",
    screens=(Screens("web.reports", ("views",)),),
    api=("api",),
    problem_words=("labels:PROBLEMS",),
    field_words="labels:FIELDS",
)
