"""Import: a member list of --persons rows, checked and saved into a register of as many, then taken back."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from jasenpalvelu.accounts.models import User
from jasenpalvelu.jobs.models import Job, State
from jasenpalvelu.jobs.services import running
from members.models import ImportBatch, MembershipType, OrgUnit, Party
from members.services.importing import batches
from tests.benchmarks import Figure
from tests.data import member_files

ON = date(2026, 11, 22)


def measure(persons: int) -> Iterator[Figure]:
    members = member_files.Parish(seed=7, size=persons).fill()
    data = member_files.as_csv([replace(m, payer="") for m in members])
    size = f"{persons} rows, {len(data) / 1e6:.0f} MB CSV, register of {Party.objects.count()} parties"
    unit = OrgUnit.objects.filter(kind__has_members=True).order_by("pk").first()
    manager = {"party_login__party__mandates__template__code": "register_manager"}
    actor = User.objects.filter(**manager).order_by("pk").first()
    assert unit is not None
    assert actor is not None
    for code, name in (("farmer", "Maatalousyrittäjä"), ("personal", "Henkilöjäsen")):
        assert MembershipType.objects.filter(federation_code=code).exists(), name
    began = time.perf_counter()
    batch = batches.upload(actor=actor, unit=unit, name="jasenet.csv", data=data, classes=frozenset("ABC"))
    mapping = {int(column): key for column, key in batch.mapping.items()}
    options = {"bases_from": "2026-01-01", "bases_area": "whole", "birth_purpose": "mittaus"}
    job = batches.start_check(actor=actor, batch=batch, mapping=mapping, options=options, on=ON)
    work(job)
    checked = time.perf_counter()
    batch.refresh_from_db()
    batches.choose_rest(batch=batch, choice="create")
    ready = batches.ready(batch)
    work(batches.start_commit(actor=actor, batch=batch, on=ON))
    saved = time.perf_counter()
    verdicts = ", ".join(f"{key} {n}" for key, n in sorted(batch.counts.items()))
    yield Figure("import check", checked - began, "s", f"{size}; {verdicts}")
    yield Figure("import saving", saved - checked, "s", f"{ready} rows saved")
    yield Figure("import in all", saved - began, "s", size)
    yield Figure("import speed", persons / (saved - began), "rows/s", size)
    began = time.perf_counter()
    work(batches.start_rollback(actor=actor, batch=ImportBatch.objects.get(pk=batch.pk), on=ON))
    yield Figure("import taking back", time.perf_counter() - began, "s", f"{ready} rows")
    batches.discard(batch=ImportBatch.objects.get(pk=batch.pk))


def work(job: Job) -> None:
    """What a worker does, without one."""
    while running.run(job_id=job.pk):
        pass
    job.refresh_from_db()
    assert job.state == State.DONE, f"{job.state}: {job.message} {job.log}"
