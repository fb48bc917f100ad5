"""`script/manage demo_code EMAIL`: the codes a demo login needs right now."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from jasenpalvelu.accounts.models import User
from jasenpalvelu.accounts.services.demo import NotEmbedded, demo_code, last_mailed_code


class Command(BaseCommand):
    help = "Print the current code of a demo login's authenticator app and the last code sent to its e-mail."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, email: str, **options: Any) -> None:
        try:
            app_code, mailed = demo_code(email), last_mailed_code(email)
        except NotEmbedded as error:
            raise CommandError("Demo logins exist only on the embedded database.") from error
        except User.DoesNotExist as error:
            raise CommandError(f"There is no demo login {email}. See script/manage demo_logins.") from error
        self.stdout.write(f"authenticator app  {app_code or '-'}")
        self.stdout.write(f"last e-mail        {mailed or '-'}")
