import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("communications", "0003_contact_log"),
        ("members", "0036_who_writes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Survey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("poll", "poll"),
                            ("survey", "survey"),
                            ("situation", "situation survey of associations"),
                        ],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("title_fi", models.CharField(max_length=120, verbose_name="title in Finnish")),
                ("title_sv", models.CharField(blank=True, max_length=120, verbose_name="title in Swedish")),
                ("title_en", models.CharField(blank=True, max_length=120, verbose_name="title in English")),
                (
                    "languages",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=2),
                        default=list,
                        size=None,
                        verbose_name="languages",
                    ),
                ),
                (
                    "grade",
                    models.CharField(
                        choices=[("open", "open"), ("pseudonymous", "pseudonymous"), ("secret", "secret")],
                        max_length=12,
                        verbose_name="what is known of the respondent",
                    ),
                ),
                (
                    "audience",
                    models.CharField(
                        choices=[
                            ("members", "all members"),
                            ("segment", "a segment"),
                            ("letter", "those who get the letter it is in"),
                            ("link", "anybody with the link"),
                            ("units", "associations"),
                        ],
                        max_length=8,
                        verbose_name="who is asked",
                    ),
                ),
                ("spec", models.JSONField(verbose_name="questions")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "draft"),
                            ("open", "open"),
                            ("closed", "closed"),
                            ("archived", "archived"),
                        ],
                        default="draft",
                        max_length=8,
                        verbose_name="state",
                    ),
                ),
                ("closes_on", models.DateField(blank=True, null=True, verbose_name="last day to answer")),
                (
                    "changeable",
                    models.BooleanField(
                        default=False, verbose_name="the answer may be changed until the end"
                    ),
                ),
                (
                    "shown",
                    models.CharField(
                        choices=[
                            ("never", "not shown"),
                            ("answered", "after answering"),
                            ("closed", "when the survey has closed"),
                        ],
                        default="never",
                        max_length=8,
                        verbose_name="results to respondents",
                    ),
                ),
                (
                    "kept_months",
                    models.PositiveSmallIntegerField(
                        default=12,
                        help_text="Counted from the day the survey closes.",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(60),
                        ],
                        verbose_name="who answered is forgotten after, months",
                    ),
                ),
                ("code", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("opened_at", models.DateTimeField(null=True, verbose_name="opened")),
                (
                    "settled_at",
                    models.DateTimeField(help_text="Since when it is known who is asked", null=True),
                ),
                ("closed_at", models.DateTimeField(null=True, verbose_name="closed")),
                ("forgotten_at", models.DateTimeField(null=True, verbose_name="respondents forgotten")),
                ("job_id", models.UUIDField(null=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "segment",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="members.segment",
                        verbose_name="segment",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="surveys",
                        to="members.orgunit",
                        verbose_name="unit",
                    ),
                ),
            ],
            options={
                "verbose_name": "survey",
                "verbose_name_plural": "surveys",
            },
        ),
        migrations.CreateModel(
            name="SecretAnswer",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("answers", models.JSONField(verbose_name="answers")),
                (
                    "survey",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="secret_answers",
                        to="communications.survey",
                        verbose_name="survey",
                    ),
                ),
            ],
            options={
                "verbose_name": "secret answer",
                "verbose_name_plural": "secret answers",
            },
        ),
        migrations.CreateModel(
            name="SurveyInvitation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "for_unit",
                    models.BooleanField(default=False, verbose_name="the association itself is asked"),
                ),
                ("language", models.CharField(default="fi", max_length=2, verbose_name="language")),
                ("member_type", models.CharField(blank=True, max_length=20, verbose_name="type")),
                ("age_band", models.CharField(blank=True, max_length=5, verbose_name="age")),
                (
                    "left_out",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("no_email", "no e-mail address"),
                            ("deceased", "deceased"),
                            ("restricted", "the use of the data is restricted"),
                            ("refused", "the message could not be sent"),
                        ],
                        max_length=10,
                        verbose_name="why not sent",
                    ),
                ),
                ("version", models.PositiveSmallIntegerField(default=1)),
                ("sent_at", models.DateTimeField(null=True, verbose_name="sent")),
                ("reminded_at", models.DateTimeField(null=True, verbose_name="reminded")),
                ("answered_on", models.DateField(null=True, verbose_name="answered")),
                ("draft", models.JSONField(null=True, verbose_name="draft")),
                ("draft_at", models.DateTimeField(null=True)),
                (
                    "draft_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="draft written by",
                    ),
                ),
                (
                    "party",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="survey_invitations",
                        to="members.party",
                        verbose_name="respondent",
                    ),
                ),
                (
                    "survey",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="invitations",
                        to="communications.survey",
                        verbose_name="survey",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="members.orgunit",
                        verbose_name="association",
                    ),
                ),
            ],
            options={
                "verbose_name": "invitation to a survey",
                "verbose_name_plural": "invitations to surveys",
            },
        ),
        migrations.CreateModel(
            name="SurveyAnswer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("answers", models.JSONField(verbose_name="answers")),
                (
                    "survey",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="answers",
                        to="communications.survey",
                        verbose_name="survey",
                    ),
                ),
                (
                    "invitation",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="answer",
                        to="communications.surveyinvitation",
                        verbose_name="invitation",
                    ),
                ),
            ],
            options={
                "verbose_name": "answer to a survey",
                "verbose_name_plural": "answers to surveys",
            },
        ),
        migrations.AddIndex(
            model_name="survey",
            index=models.Index(fields=["unit", "-created_at"], name="survey_of_unit"),
        ),
        migrations.AddConstraint(
            model_name="survey",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("opened_at", None), ("state", "draft")),
                    models.Q(models.Q(("state", "draft"), _negated=True), ("opened_at__isnull", False)),
                    _connector="OR",
                ),
                name="survey_opened",
            ),
        ),
        migrations.AddConstraint(
            model_name="survey",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("audience", "link"), _negated=True), ("grade", "secret"), _connector="OR"
                ),
                name="survey_link_is_secret",
            ),
        ),
        migrations.AddConstraint(
            model_name="survey",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("audience", "units"), ("grade", "open"), ("kind", "situation")),
                    models.Q(
                        models.Q(("kind", "situation"), _negated=True),
                        models.Q(("audience", "units"), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="survey_situation_of_units",
            ),
        ),
        migrations.AddConstraint(
            model_name="survey",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("changeable", False), models.Q(("grade", "secret"), _negated=True), _connector="OR"
                ),
                name="survey_secret_is_final",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="survey",
            trigger=pgtrigger.compiler.Trigger(
                name="track_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _mutation uuid;",
                    func="_mutation := nullif(current_setting('jasenpalvelu.mutation', true), '')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM new_rows) THEN\n    RAISE EXCEPTION 'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)',\n      TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r.\"id\"::text, NULL::bigint, r.\"unit_id\", NULL::bigint, 'I',\n  NULL::jsonb, jsonb_strip_nulls(to_jsonb(r) - ARRAY['created_at', 'job_id']::text[]) FROM new_rows r;\nRETURN NULL;",
                    hash="9891bf697a248a3579949103108658de79c91caa",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_track_insert_c99c5",
                    referencing="REFERENCING NEW TABLE AS new_rows ",
                    table="communications_survey",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="survey",
            trigger=pgtrigger.compiler.Trigger(
                name="track_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _mutation uuid;",
                    func='_mutation := nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM new_rows) THEN\n    RAISE EXCEPTION \'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)\',\n      TG_TABLE_NAME USING ERRCODE = \'insufficient_privilege\';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nIF EXISTS (SELECT 1 FROM new_rows n WHERE NOT EXISTS (SELECT 1 FROM old_rows o WHERE o."id" = n."id")) THEN\n  RAISE EXCEPTION \'The key of a row in % cannot be changed\', TG_TABLE_NAME USING ERRCODE = \'restrict_violation\';\nEND IF;\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r."id"::text, NULL::bigint, r."unit_id", NULL::bigint, \'U\',\n  to_jsonb(o) - ARRAY[\'created_at\', \'job_id\']::text[] - d.same, to_jsonb(r) - ARRAY[\'created_at\', \'job_id\']::text[] - d.same\nFROM new_rows r JOIN old_rows o ON o."id" = r."id"\nCROSS JOIN LATERAL (SELECT array_remove(ARRAY[CASE WHEN o."id" IS NOT DISTINCT FROM r."id" THEN \'id\' END, CASE WHEN o."unit_id" IS NOT DISTINCT FROM r."unit_id" THEN \'unit_id\' END, CASE WHEN o."kind" IS NOT DISTINCT FROM r."kind" THEN \'kind\' END, CASE WHEN o."title_fi" IS NOT DISTINCT FROM r."title_fi" THEN \'title_fi\' END, CASE WHEN o."title_sv" IS NOT DISTINCT FROM r."title_sv" THEN \'title_sv\' END, CASE WHEN o."title_en" IS NOT DISTINCT FROM r."title_en" THEN \'title_en\' END, CASE WHEN o."languages" IS NOT DISTINCT FROM r."languages" THEN \'languages\' END, CASE WHEN o."grade" IS NOT DISTINCT FROM r."grade" THEN \'grade\' END, CASE WHEN o."audience" IS NOT DISTINCT FROM r."audience" THEN \'audience\' END, CASE WHEN o."segment_id" IS NOT DISTINCT FROM r."segment_id" THEN \'segment_id\' END, CASE WHEN o."spec" IS NOT DISTINCT FROM r."spec" THEN \'spec\' END, CASE WHEN o."state" IS NOT DISTINCT FROM r."state" THEN \'state\' END, CASE WHEN o."closes_on" IS NOT DISTINCT FROM r."closes_on" THEN \'closes_on\' END, CASE WHEN o."changeable" IS NOT DISTINCT FROM r."changeable" THEN \'changeable\' END, CASE WHEN o."shown" IS NOT DISTINCT FROM r."shown" THEN \'shown\' END, CASE WHEN o."kept_months" IS NOT DISTINCT FROM r."kept_months" THEN \'kept_months\' END, CASE WHEN o."code" IS NOT DISTINCT FROM r."code" THEN \'code\' END, CASE WHEN o."created_by_id" IS NOT DISTINCT FROM r."created_by_id" THEN \'created_by_id\' END, CASE WHEN o."opened_at" IS NOT DISTINCT FROM r."opened_at" THEN \'opened_at\' END, CASE WHEN o."settled_at" IS NOT DISTINCT FROM r."settled_at" THEN \'settled_at\' END, CASE WHEN o."closed_at" IS NOT DISTINCT FROM r."closed_at" THEN \'closed_at\' END, CASE WHEN o."forgotten_at" IS NOT DISTINCT FROM r."forgotten_at" THEN \'forgotten_at\' END], NULL) AS same) d\nWHERE cardinality(d.same) < 22;\nRETURN NULL;',
                    hash="75691acc2f8cb7eeec7f37aefae636a2cf6b14a2",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_track_update_8df95",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="communications_survey",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="survey",
            trigger=pgtrigger.compiler.Trigger(
                name="track_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _mutation uuid;",
                    func="_mutation := nullif(current_setting('jasenpalvelu.mutation', true), '')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM old_rows) THEN\n    RAISE EXCEPTION 'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)',\n      TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r.\"id\"::text, NULL::bigint, r.\"unit_id\", NULL::bigint, 'D',\n  jsonb_strip_nulls(to_jsonb(r) - ARRAY['created_at', 'job_id']::text[]), NULL::jsonb FROM old_rows r;\nRETURN NULL;",
                    hash="d36215592e8c77bb105a57d92b6fcb305c74a766",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_track_delete_8d380",
                    referencing="REFERENCING OLD TABLE AS old_rows ",
                    table="communications_survey",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="survey",
            trigger=pgtrigger.compiler.Trigger(
                name="no_truncate",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="IF coalesce(current_setting('jasenpalvelu.maintenance', true), '') <> 'truncate' THEN\n  RAISE EXCEPTION 'TRUNCATE of % would leave no history', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';\nEND IF;\nRETURN NULL;",
                    hash="19993dd515075d2e4888befca095991764a56a74",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_no_truncate_402a6",
                    table="communications_survey",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="surveyinvitation",
            constraint=models.UniqueConstraint(fields=("survey", "party"), name="surveyinvitation_once"),
        ),
        migrations.AddConstraint(
            model_name="surveyinvitation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("for_unit", True)),
                fields=("survey", "unit"),
                name="surveyinvitation_unit",
            ),
        ),
    ]
