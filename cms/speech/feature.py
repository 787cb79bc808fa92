"""Speech: voices, phrases, pronunciations."""

from cms.platform.feature import Feature, Screens

FEATURE = Feature(
    "cms.speech",
    screens=(Screens("web.bulletins", ("views.phrases", "views.previews", "views.spoken")),),
    problem_words=("labels:PROBLEMS",),
    api=("api",),
    commands=(
        ("words", "cli:words"),
        ("speak", "cli:speak"),
        ("voices", "cli:voices"),
    ),
)
