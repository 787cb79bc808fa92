"""Shelters of communes, said and shown where an alert asks people to leave."""

from cms.platform.feature import Feature

FEATURE = Feature("cms.shelters", field_words="labels:FIELDS", commands=(("shelters", "cli:shelters"),))
