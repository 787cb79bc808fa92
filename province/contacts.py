"""Contacts of an area, with an audit trail: people to call when its loudspeakers do not answer."""

from dataclasses import dataclass

from province.areas import AreaId


@dataclass(frozen=True, slots=True)
class Contact:
    """A person on duty; ``duty`` is their office, ``phone`` as it is written for people."""

    name: str
    duty: str
    phone: str

    @property
    def dial(self) -> str:
        """The telephone number alone, as a telephone takes it."""
        return "".join(sign for sign in self.phone if sign.isdecimal() or sign == "+")


@dataclass(frozen=True, slots=True)
class Contacts:
    """The effective ones of an area, whom to call first comes first; ``area_id`` is where they are entered."""

    area_id: AreaId | None = None
    people: tuple[Contact, ...] = ()
