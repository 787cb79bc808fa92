"""Training world: exercises for staff, marked by the server, with a certificate."""

from cms.platform.feature import Feature, Screens

FEATURE = Feature("cms.training", screens=(Screens("", ("views.practice",)),))
