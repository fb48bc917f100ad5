"""`manage.py appoint …`: give a person a post, and with it rights, in a unit."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand

from jasenpalvelu.common import clock
from members.management.people import add_person, appointee, explained, unit_of
from members.services import founding
from members.services.base_data import ROLES


class Command(BaseCommand):
    help = "Give a person a post in a unit, with a login."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--unit", required=True, help="number of the unit, or its address in links")
        parser.add_argument("--role", required=True, help=", ".join(ROLES))
        parser.add_argument("--until", type=date.fromisoformat, help="last day of the post, 2028-12-31")
        add_person(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        with explained():
            mandate = founding.appoint(
                unit=unit_of(options["unit"]),
                role=options["role"],
                who=appointee(options),
                on=clock.today(),
                until=options["until"],
            )
        until = f" until {mandate.valid_to}" if mandate.valid_to else ""
        post = f"{mandate.template.name_fi}, {mandate.unit.name_fi}{until}"
        self.stdout.write(f"{mandate.party.display_name}: {post}.")
