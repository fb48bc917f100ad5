"""`script/manage operator EMAIL --name NAME`: who may open the maintenance site. They log in by a code and set up a factor."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email

from jasenpalvelu.accounts.services.accounts import make_operator


class Command(BaseCommand):
    help = "Make an account, or raise an existing one, that may open the maintenance site."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", default="")

    def handle(self, *args: Any, email: str, name: str, **options: Any) -> None:
        try:
            validate_email(email)
        except ValidationError as error:
            raise CommandError(f"{email} is not an e-mail address.") from error
        user = make_operator(email=email, full_name=name)
        self.stdout.write(
            f"{user.email} may open /yllapito/ after logging in and setting up a second factor."
        )
