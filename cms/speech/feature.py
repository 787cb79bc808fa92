"""Speech: voices, phrases, pronunciations."""

from cms.platform.feature import Feature, Screens

FEATURE = Feature(
    "cms.speech",
    screens=(Screens("web.bulletins", ("views.phrases", "views.pronunciations", "views.spoken", "views.voices")),),
    api=("api.phrases", "api.pronunciations", "api.voices"),
    commands=(
        ("words", "cli.pronunciations:words"),
        ("speak", "cli.speak:speak"),
        ("voices", "cli.voices:voices"),
    ),
)
