"""Making, closing and reopening accounts. There is no open signup: accounts come from invitations, members and the demo."""

from collections.abc import Callable
from dataclasses import dataclass

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.module_loading import import_string

from jasenpalvelu.accounts.managers import normal_email
from jasenpalvelu.accounts.models import User


class EmailTaken(ValueError):
    """Another account already uses the address."""


@dataclass(frozen=True)
class MemberContact:
    """What the register answers about an address: the name and language for the account to be made."""

    full_name: str
    language: str = ""


@transaction.atomic
def create_account(
    *, email: str, full_name: str, language: str = "", password: str | None = None, verified: bool = False
) -> User:
    """A new account with its login address. Without a password it opens by an e-mailed code or a passkey.

    `verified`: the address is known to be the person's own; otherwise the first code entered proves it.
    Raises EmailTaken.
    """
    address = normal_email(email)
    if User.objects.filter(email=address).exists() or EmailAddress.objects.filter(email=address).exists():
        raise EmailTaken(address)
    user = User.objects.create_user(address, password, full_name=full_name, language=language)
    EmailAddress.objects.create(user=user, email=address, verified=verified, primary=True)
    return user


def account_for_member(email: str) -> User | None:
    """An account for an address the register knows as a member's contact point; None for anyone else.

    Asked when a login code is requested for an address without an account. The account gives no rights by itself, and
    nobody gets into it without the code sent to the address.
    """
    lookup = _member_lookup()
    contact = lookup(normal_email(email)) if lookup else None
    if contact is None:
        return None
    try:
        return create_account(email=email, full_name=contact.full_name, language=contact.language)
    except EmailTaken:  # a closed account stays closed
        return None
    except IntegrityError:  # the same person asked twice at the same moment
        return User.objects.filter(email=normal_email(email), is_active=True).first()


def verified_emails(user: User) -> list[str]:
    """Addresses the person has proved to be theirs; the register links parties to the account by these."""
    found = EmailAddress.objects.filter(user_id=user.pk, verified=True).order_by("-primary", "email")
    return list(found.values_list("email", flat=True))


@transaction.atomic
def change_address(*, user: User, email: str) -> None:
    """The account is opened with the address from now on, and no longer with the old one. Raises EmailTaken."""
    address = normal_email(email)
    others = EmailAddress.objects.filter(email=address).exclude(user=user)
    if others.exists() or User.objects.filter(email=address).exclude(pk=user.pk).exists():
        raise EmailTaken(address)
    EmailAddress.objects.filter(user=user).delete()
    EmailAddress.objects.create(user=user, email=address, verified=True, primary=True)
    User.objects.filter(pk=user.pk).update(email=address)
    user.email = address


def guarded(user: User, new: str) -> bool:
    """Whether a change to the address waits for the owner of the old one; the layers above know whose does."""
    path = settings.ACCOUNTS_EMAIL_GUARD
    return bool(path) and bool(import_string(path)(user, new))


@transaction.atomic
def make_operator(*, email: str, full_name: str) -> User:
    """An account that may open the maintenance site, where a second factor is always asked. An existing one is raised."""
    user = User.objects.filter(email=normal_email(email)).first()
    if user is None:
        user = create_account(email=email, full_name=full_name)
    User.objects.filter(pk=user.pk).update(is_staff=True, is_superuser=True)
    user.is_staff = user.is_superuser = True
    return user


@transaction.atomic
def forget_second_factors(*, user: User) -> None:
    """For someone who has lost the phone and the recovery codes: all factors go and all sessions end."""
    Authenticator.objects.filter(user=user).delete()
    _end_sessions(user)


@transaction.atomic
def close_account(*, user: User) -> None:
    """Nobody can log in with the account any more; its open sessions end. Reopened by `reopen_account`."""
    User.objects.filter(pk=user.pk).update(is_active=False)
    user.is_active = False
    _end_sessions(user)


def reopen_account(*, user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=True)
    user.is_active = True


def _end_sessions(user: User) -> None:
    for session in UserSession.objects.filter(user=user):
        session.end()


def _member_lookup() -> Callable[[str], MemberContact | None] | None:
    path = settings.ACCOUNTS_MEMBER_LOOKUP
    return import_string(path) if path else None
