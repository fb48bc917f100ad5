"""One long piece of work: what it is, how far it has come, who holds it."""

import uuid
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from jasenpalvelu.common.queue import DatabaseClock, Leased, free


class State(models.TextChoices):
    QUEUED = "queued", _("Waiting for its turn")
    RUNNING = "running", _("Under way")
    PAUSED = "paused", _("Paused")
    DONE = "done", _("Ready")
    FAILED = "failed", _("Stopped")
    CANCELLED = "cancelled", _("Cancelled")


ACTIVE = (State.QUEUED, State.RUNNING, State.PAUSED)
WORKABLE = (State.QUEUED, State.RUNNING)


class Wish(models.TextChoices):
    """What a person asked for while a step was running; honoured between two steps."""

    NONE = "", _("nothing")
    PAUSE = "pause", _("pause")
    CANCEL = "cancel", _("cancel")


FOLDER = "jobs"


def folder(job_id: uuid.UUID) -> str:
    """Where everything a job writes lies under MEDIA_ROOT, which no web server serves. All of it is removed in time."""
    return f"{FOLDER}/{job_id}"


def result_path(job: "Job", filename: str) -> str:
    return f"{folder(job.pk)}/{filename}"


class JobQuerySet(models.QuerySet["Job"]):
    def active(self) -> "JobQuerySet":
        return self.filter(state__in=ACTIVE)

    def due(self) -> "JobQuerySet":
        """Jobs a worker could take now: nobody holds them and no back-off is running."""
        waited = models.Q(not_before__isnull=True) | models.Q(not_before__lte=DatabaseClock())
        return free(self.filter(waited, state__in=WORKABLE))

    def visible_to(self, scope: Any) -> "JobQuerySet":
        """Jobs of the units over which one holds the job's capability, and one's own as long as what it needed is held.

        Whoever leaves a post leaves its files: an export made as a secretary is not fetched afterwards, nor by somebody
        who has another post in the association now. `scope` is `members.scope.Scope`, not named here because that layer
        lies above.
        """
        if scope.user is None or not scope.grants:
            return self.none()
        # Made under no capability that was told: then some right over the unit, whichever.
        free = models.Q(unit_id__isnull=True) | scope.any_unit_filter("unit_id")
        own = models.Q(free, needs="", capability="") | self._still_held(scope)
        colleagues = models.Q(pk__isnull=True)
        for capability in sorted({grant.capability for grant in scope.grants}):
            colleagues |= models.Q(scope.unit_filter("unit_id", capability), capability=capability)
            own |= models.Q(needs="", capability=capability, unit_id__isnull=True)
        return self.filter(models.Q(own, owner_id=scope.user.pk) | colleagues)

    def _still_held(self, scope: Any) -> models.Q:
        """One's own jobs whose needed capability is still held over every unit they tell of."""
        alike: dict[frozenset[int], set[str]] = {}
        for capability in {grant.capability for grant in scope.grants}:
            alike.setdefault(scope.unit_ids(capability), set()).add(capability)
        held = models.Q(pk__isnull=True)
        for units in sorted(alike, key=sorted):
            held |= models.Q(needs__in=sorted(alike[units]), units__contained_by=sorted(units))
        return held


class Job(Leased):
    """`params` is what was asked and never changes; `cursor` is the handler's own note of where it is.

    `facts` (label → value), `phases` ({text, state, number, note}), `timeline` ({at, text, detail}) and `attention`
    ({name, url, what, then}) are words for people, in the owner's language.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("kind"), max_length=60)
    title = models.CharField(_("title"), max_length=200)
    detail = models.CharField(_("detail"), max_length=300, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("started by"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    unit_id = models.BigIntegerField(_("unit"), null=True)
    capability = models.CharField(_("capability"), max_length=40, blank=True)
    # Under which capability over which units the owner had it made. Without it the job and its file are gone for the owner too.
    needs = models.CharField(_("needed capability"), max_length=40, blank=True)
    units = ArrayField(models.BigIntegerField(), verbose_name=_("units concerned"), default=list)
    dedupe_key = models.CharField(_("key"), max_length=120, blank=True)
    params = models.JSONField(_("parameters"), default=dict)
    cursor = models.JSONField(_("cursor"), default=dict)

    state = models.CharField(_("state"), max_length=10, choices=State, default=State.QUEUED)
    wish = models.CharField(_("wish"), max_length=10, choices=Wish, default=Wish.NONE, blank=True)
    total = models.PositiveIntegerField(_("total"), null=True)
    done = models.PositiveIntegerField(_("done"), default=0)
    failed = models.PositiveIntegerField(_("did not succeed"), default=0)
    facts = models.JSONField(_("facts"), default=dict)
    phases = models.JSONField(_("phases"), default=list)
    timeline = models.JSONField(_("timeline"), default=list)
    attention = models.JSONField(_("needs attention"), default=list)
    message = models.CharField(_("message"), max_length=500, blank=True)
    log = models.TextField(_("error log"), blank=True)

    result = models.FileField(_("file"), upload_to=result_path, max_length=200, blank=True)
    result_name = models.CharField(_("file name"), max_length=120, blank=True)
    result_url = models.CharField(_("result page"), max_length=300, blank=True)
    result_label = models.CharField(_("name of the result page"), max_length=120, blank=True)

    failures = models.PositiveIntegerField(_("failures in a row"), default=0)
    not_before = models.DateTimeField(_("not before"), null=True)
    worked = models.DurationField(_("time worked"), default=timedelta)
    created_at = models.DateTimeField(_("created"), db_default=Now())
    started_at = models.DateTimeField(_("started"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        indexes = [
            models.Index(fields=["owner", "-created_at", "-id"], name="job_owner"),
            models.Index(fields=["unit_id", "-created_at", "-id"], name="job_unit"),
            models.Index(fields=["created_at"], name="job_workable", condition=models.Q(state__in=WORKABLE)),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "dedupe_key"],
                name="job_once_at_a_time",
                condition=models.Q(state__in=ACTIVE) & ~models.Q(dedupe_key=""),
            ),
            models.CheckConstraint(
                condition=models.Q(finished_at__isnull=False) | models.Q(state__in=ACTIVE),
                name="job_end_has_time",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_active(self) -> bool:
        return self.state in ACTIVE
