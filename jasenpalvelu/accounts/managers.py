"""How accounts are looked up and made. An address is always kept in lower case (see `User.Meta.constraints`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.base_user import BaseUserManager

if TYPE_CHECKING:
    from jasenpalvelu.accounts.models.user import User


def normal_email(email: str) -> str:
    """The one spelling of an address used as a login: trimmed and in lower case."""
    return email.strip().lower()


class UserManager(BaseUserManager["User"]):
    use_in_migrations = True

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=normal_email(username or ""))

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A new account. Without a password only an e-mailed code or a passkey opens it."""
        if not email.strip():
            raise ValueError("an account needs an e-mail address")
        user = self.model(email=normal_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, **fields, is_staff=True, is_superuser=True)
