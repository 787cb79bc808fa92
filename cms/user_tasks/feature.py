"""Tasks of people: what waits for a person, and who is asked."""

from cms.platform.feature import Feature

FEATURE = Feature("cms.user_tasks", template_words=(("task_words", "labels"),))
