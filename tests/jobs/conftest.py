import pytest

from jasenpalvelu.accounts.models import User
from jasenpalvelu.jobs.models import Job
from jasenpalvelu.jobs.services import enqueue
from tests.jobs import handlers


@pytest.fixture
def owner(db: None) -> User:
    return User.objects.create(email="tiina@example.org", full_name="Tiina Tekijä", language="fi")


@pytest.fixture
def work(db: None) -> None:
    handlers.make_table()


@pytest.fixture
def counting(work: None, owner: User) -> Job:
    return enqueue(kind="test.count", title="Lasketaan", owner=owner, params={"size": 25}, total=25)
