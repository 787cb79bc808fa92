"""Speech: voices, phrases, pronunciations."""

from cms.platform.feature import Feature, Screens

FEATURE = Feature(
    "cms.speech",
    screens=(Screens("web.bulletins", ("views.phrases", "views.spoken")),),
    api=("api",),
    commands=(
        ("words", "cli:words"),
        ("speak", "cli:speak"),
        ("voices", "cli:voices"),
    ),
)
