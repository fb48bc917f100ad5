"""`manage.py found_federation …`: the first unit and the first person with rights, in an empty register."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from jasenpalvelu.common import clock
from members.management.people import add_person, appointee, explained
from members.services import founding


class Command(BaseCommand):
    help = "Found the federation: base data, its own unit, and its first register manager."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--name", required=True, help="name of the federation in Finnish")
        parser.add_argument("--name-sv", default="", help="name in Swedish")
        add_person(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        with explained():
            root, mandate = founding.found(
                name_fi=options["name"].strip(),
                name_sv=options["name_sv"].strip(),
                manager=appointee(options),
                on=clock.today(),
            )
        self.stdout.write(f"{root.name_fi} is unit {root.number}.")
        self.stdout.write(f"{mandate.party.display_name}: {mandate.template.name_fi}.")
        self.stdout.write(
            f"Log in with a code sent to {options['email']}; a second factor is set up at the first login."
        )
