"""``loa words``: the province's dictionary of pronunciations."""

import click

from broadcast.speech.dictionary import key_of
from broadcast.speech.readings import Saying
from cms.areas.repository import Places
from cms.platform.cli.command_context import opened, operator_call
from cms.speech.repository.pronunciations import Pronunciations
from cms.speech.service import dictionary
from province.areas import AreaId
from province.errors import NotFoundError


@click.group()
def words() -> None:
    """Manage pronunciations: written form, spoken form, area."""


@words.command("list")
@click.option("--area", default="", help="Only what holds for this area, in the order it is asked.")
def list_words(area: str) -> None:
    """List written form, spoken form and area."""
    with opened() as context, context.uow.reading() as uow:
        tree = uow[Places].tree()
        areas = tree.chain(AreaId(area)) if area else tuple(each.id for each in tree)
        for word in uow[Pronunciations].in_areas(areas):
            case = "  (case)" if word.saying.is_case_sensitive else ""
            click.echo(f"{word.saying.written}\t{word.saying.spoken}\t{word.area_id}{case}")


@words.command()
@click.argument("area_id")
@click.argument("written")
@click.argument("spoken")
@click.option("--case", is_flag=True, help="Only as it is written here, capitals and all.")
def teach(area_id: str, written: str, spoken: str, *, case: bool) -> None:
    """Say WRITTEN as SPOKEN from now on, in AREA_ID and below. Harmless when repeated."""
    with opened() as context:
        word = dictionary.teach(
            context.uow(),
            area_id=AreaId(area_id),
            saying=Saying(written, spoken, case),
            call=operator_call(context),
        )
        click.echo(f"{word.saying.written} is said {word.saying.spoken} in {word.area_id}")


@words.command()
@click.argument("area_id")
@click.argument("written")
def forget(area_id: str, written: str) -> None:
    """Let AREA_ID say WRITTEN as the areas above it do, or as the rules find."""
    with opened() as context:
        with context.uow.reading() as uow:
            word = uow[Pronunciations].find(AreaId(area_id), written)
        if word is None:
            raise NotFoundError("word", key_of(written))
        dictionary.forget(context.uow(), word.id, call=operator_call(context))
        click.echo(f"{area_id} says nothing of its own for {written}")
