"""`manage.py add_unit …`: a regional union or an association under a unit that exists."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from jasenpalvelu.common import clock
from members.management.people import unit_of
from members.models import OrgUnit, UnitKind
from members.services.base_data import UNIT_KINDS
from members.services.founding import ROOT_KIND
from members.services.units import create_unit

KINDS = [row[0] for row in UNIT_KINDS if row[0] != ROOT_KIND]


class Command(BaseCommand):
    help = "Make a unit; its addresses, account and rules are filled in on its page."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--kind", required=True, choices=KINDS)
        parser.add_argument("--name", required=True, help="name in Finnish")
        parser.add_argument("--name-sv", default="", help="name in Swedish")
        parser.add_argument(
            "--parent", required=True, help="number of the unit above, or its address in links"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        name, parent = options["name"].strip(), unit_of(options["parent"])
        if not name:
            raise CommandError("The name is empty.")
        if UnitKind.objects.get(pk=options["kind"]).level <= parent.kind.level:
            raise CommandError(f"A unit of this kind does not belong under {parent.name_fi}.")
        if OrgUnit.objects.filter(name_fi=name).exists():
            raise CommandError(f"There is a unit {name} already. Nothing was changed.")
        unit = create_unit(
            kind=options["kind"],
            name_fi=name,
            name_sv=options["name_sv"].strip(),
            on=clock.today(),
            parent=parent,
            actor=None,
        )
        self.stdout.write(f"{unit.name_fi} is unit {unit.number} under {parent.name_fi}.")
