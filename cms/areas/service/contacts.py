"""Contacts of an area: set them; areas below without contacts of their own inherit them."""

import re
from collections.abc import Sequence

import msgspec

from cms.areas.repository import Places
from cms.platform.store.uow import UnitOfWork
from province.areas import AreaId
from province.call import Call
from province.contacts import Contact
from province.errors import Problem, problem_if, refuse, too_long
from province.people import Action

CONTACTS_MAX = 10
NAME_MAX = 100
PHONE_MAX = 30
_PHONE = re.compile(r"\+?[\d .()-]+")
_DIGITS_MIN, _DIGITS_MAX = 3, 15
"""From 113 to the longest number there is (ITU-T E.164)."""


def problems_of(contacts: Sequence[Contact]) -> list[Problem]:
    """Return all problems; fields are named ``name-1``, ``duty-1``, ``phone-1`` and so on."""
    found: list[Problem] = []
    found += problem_if(len(contacts) > CONTACTS_MAX, "contacts", "TOO_MANY", count=len(contacts), max=CONTACTS_MAX)
    for number, contact in enumerate(contacts, start=1):
        for field, text, most in (
            ("name", contact.name, NAME_MAX),
            ("duty", contact.duty, NAME_MAX),
            ("phone", contact.phone, PHONE_MAX),
        ):
            found += too_long(f"{field}-{number}", text, most)
        found += problem_if(not contact.name, f"name-{number}", "MISSING")
        found += problem_if(not _is_phone(contact.phone), f"phone-{number}", "NOT_A_PHONE")
    return found


def set_contacts(unit: UnitOfWork, area_id: AreaId, contacts: Sequence[Contact], *, call: Call) -> bool:
    """Replace the area's contacts (none: those of the area above apply); return whether anything changed.

    The log keeps the previous ones. The caller commits.

    Raises:
        NotAllowedError: the actor may not enter contacts there.
        UnknownAreaError: no such area.
        InvalidError: with all problems.
    """
    tree = unit[Places].tree()
    tree.get(area_id)
    call.require(Action.CONTACT_WRITE, (area_id,), tree)
    wanted = tuple(Contact(each.name.strip(), each.duty.strip(), each.phone.strip()) for each in contacts)
    refuse(problems_of(wanted))
    before = unit[Places].own_contacts(area_id)
    if wanted == before:
        return False
    unit[Places].set_contacts(area_id, wanted)
    detail = {"before": msgspec.to_builtins(before), "after": msgspec.to_builtins(wanted)}
    unit.record(call.event("area.contacts_set", area_id, **detail))
    return True


def _is_phone(text: str) -> bool:
    digits = sum(sign.isdecimal() for sign in text)
    return bool(_PHONE.fullmatch(text)) and _DIGITS_MIN <= digits <= _DIGITS_MAX
