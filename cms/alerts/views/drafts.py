"""Drafts of alerts from hazard and form: the first draft, the next version, and one that updates an alert."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from broadcast.alerts import message_templates
from broadcast.alerts.hazards import HAZARDS, TEXTS, Hazard
from broadcast.alerts.model import Alert, AlertFacts, AlertKind, Audience, Purpose
from broadcast.bulletins.model import Targets
from broadcast.speech.normalization import VIETNAMESE
from cms.alerts import forms as alert_form
from cms.alerts.service.draft_fields import AlertDraft, WordingDraft
from cms.platform.web import area_picker, messages
from province.people import Action

# An update of an alert that is about to expire gets the template's length instead.
_LEFT_MIN = timedelta(minutes=10)


def first_draft(kind: AlertKind, hazard: Hazard, on: date) -> AlertDraft:
    """Fill a draft with the template's text, level and length; with the user's own place if there is just one."""
    template, tree = HAZARDS[hazard], messages.tree()
    nodes = area_picker.forest(tree, Targets(), on, Action.ALERT_RAISE)
    targets = Targets((nodes[0].id,)) if len(nodes) == 1 and not nodes[0].children else Targets()
    authority = f"Ban Chỉ huy phòng thủ dân sự {nodes[0].name}" if nodes else ""
    facts = AlertFacts(place=alert_form.place_of(targets), advice=TEXTS[VIETNAMESE][hazard].advice, authority=authority)
    written = message_templates.written(hazard, facts, VIETNAMESE)
    return AlertDraft(
        kind,
        hazard,
        template.level,
        headline=written.headline,
        audience=Audience(targets),
        facts=facts,
        wordings=(WordingDraft(VIETNAMESE, written.text),),
    )


def next_draft(found: alert_form.Read, alert: Alert) -> AlertDraft:
    """Return the fields read from the form as the next version of this alert."""
    return replace(
        AlertDraft.of(alert),
        level=found.level,
        headline=found.headline,
        audience=found.audience,
        facts=found.facts,
        wordings=tuple(WordingDraft.of(each) for each in found.wordings),
        rounds=found.rounds,
        expires_at=found.expires_at,
        is_minor=found.is_minor,
        is_silent=found.is_silent,
    )


def updating_draft(found: Alert, now: datetime, *, is_minor: bool) -> AlertDraft:
    """Return all of the alert's content as a draft that is to replace it."""
    return replace(
        AlertDraft.of(found),
        expires_at=found.expires_at if found.expires_at - now > _LEFT_MIN else None,
        purpose=Purpose.UPDATE,
        updates_id=found.id,
        is_minor=is_minor,
        cap_ref="",
    )
