"""`script/manage demo_logins [--brief]`: who can log in to the demo and how."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from jasenpalvelu.accounts.services.demo import DemoLogin, NotEmbedded, current_code, demo_logins


class Command(BaseCommand):
    help = "Print the demo logins: e-mail, password, current code of the authenticator app and its secret."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--brief", action="store_true", help="one line for each login")

    def handle(self, *args: Any, brief: bool, **options: Any) -> None:
        try:
            logins = demo_logins()
        except NotEmbedded as error:
            raise CommandError("Demo logins exist only on the embedded database.") from error
        if not logins:
            self.stdout.write("There are no demo logins yet: script/manage demo makes them.")
            return
        self.stdout.write(f"Password of every demo login: {logins[0].password}")
        for login in logins:
            self.stdout.write(_line(login) if brief else _block(login))
        self.stdout.write("A fresh code, and the last code sent by e-mail: script/manage demo_code EMAIL")


def _line(login: DemoLogin) -> str:
    code = f"code {current_code(login.totp_secret)}" if login.totp_secret else "no second factor"
    return f"  {login.email:<44} {login.role or login.full_name:<48} {code}"


def _block(login: DemoLogin) -> str:
    rows = [f"\n{login.full_name}" + (f", {login.role}" if login.role else ""), f"  {login.email}"]
    if login.totp_secret:
        rows += [
            f"  code now  {current_code(login.totp_secret)}",
            f"  secret    {login.totp_secret}",
            f"  {login.otpauth}",
        ]
    else:
        rows.append("  no second factor: the code sent by e-mail is enough")
    return "\n".join(rows)
