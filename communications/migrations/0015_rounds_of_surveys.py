"""A round of the letters in which a survey asks people is a letter of the outbox."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("communications", "0014_single_messages_in_turn"),
        ("jobs", "0002_file_needs"),
        ("members", "0038_join_campaign"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="mailing",
            name="track_update",
        ),
        migrations.AddField(
            model_name="mailing",
            name="reminding",
            field=models.BooleanField(default=False, editable=False),
        ),
        migrations.AddField(
            model_name="mailing",
            name="survey",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="rounds",
                to="communications.survey",
            ),
        ),
        migrations.AddField(
            model_name="mailing",
            name="unlisted",
            field=models.BooleanField(default=False, editable=False),
        ),
        migrations.AlterField(
            model_name="mailing",
            name="kind",
            field=models.CharField(
                choices=[
                    ("newsletter", "newsletter"),
                    ("invitation", "invitation to answer"),
                    ("sms", "text message"),
                ],
                default="newsletter",
                max_length=12,
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="mailing",
            trigger=pgtrigger.compiler.Trigger(
                name="track_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _mutation uuid;",
                    func='_mutation := nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM new_rows) THEN\n    RAISE EXCEPTION \'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)\',\n      TG_TABLE_NAME USING ERRCODE = \'insufficient_privilege\';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nIF EXISTS (SELECT 1 FROM new_rows n WHERE NOT EXISTS (SELECT 1 FROM old_rows o WHERE o."id" = n."id")) THEN\n  RAISE EXCEPTION \'The key of a row in % cannot be changed\', TG_TABLE_NAME USING ERRCODE = \'restrict_violation\';\nEND IF;\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r."id"::text, NULL::bigint, r."unit_id", NULL::bigint, \'U\',\n  to_jsonb(o) - ARRAY[\'changed_at\', \'summary\']::text[] - d.same, to_jsonb(r) - ARRAY[\'changed_at\', \'summary\']::text[] - d.same\nFROM new_rows r JOIN old_rows o ON o."id" = r."id"\nCROSS JOIN LATERAL (SELECT array_remove(ARRAY[CASE WHEN o."id" IS NOT DISTINCT FROM r."id" THEN \'id\' END, CASE WHEN o."uuid" IS NOT DISTINCT FROM r."uuid" THEN \'uuid\' END, CASE WHEN o."unit_id" IS NOT DISTINCT FROM r."unit_id" THEN \'unit_id\' END, CASE WHEN o."kind" IS NOT DISTINCT FROM r."kind" THEN \'kind\' END, CASE WHEN o."title" IS NOT DISTINCT FROM r."title" THEN \'title\' END, CASE WHEN o."topic_id" IS NOT DISTINCT FROM r."topic_id" THEN \'topic_id\' END, CASE WHEN o."segment_id" IS NOT DISTINCT FROM r."segment_id" THEN \'segment_id\' END, CASE WHEN o."audience" IS NOT DISTINCT FROM r."audience" THEN \'audience\' END, CASE WHEN o."survey_id" IS NOT DISTINCT FROM r."survey_id" THEN \'survey_id\' END, CASE WHEN o."reminding" IS NOT DISTINCT FROM r."reminding" THEN \'reminding\' END, CASE WHEN o."unlisted" IS NOT DISTINCT FROM r."unlisted" THEN \'unlisted\' END, CASE WHEN o."paper" IS NOT DISTINCT FROM r."paper" THEN \'paper\' END, CASE WHEN o."archive" IS NOT DISTINCT FROM r."archive" THEN \'archive\' END, CASE WHEN o."reply_to" IS NOT DISTINCT FROM r."reply_to" THEN \'reply_to\' END, CASE WHEN o."state" IS NOT DISTINCT FROM r."state" THEN \'state\' END, CASE WHEN o."version" IS NOT DISTINCT FROM r."version" THEN \'version\' END, CASE WHEN o."created_by_id" IS NOT DISTINCT FROM r."created_by_id" THEN \'created_by_id\' END, CASE WHEN o."created_at" IS NOT DISTINCT FROM r."created_at" THEN \'created_at\' END, CASE WHEN o."sender_id" IS NOT DISTINCT FROM r."sender_id" THEN \'sender_id\' END, CASE WHEN o."approved_by_id" IS NOT DISTINCT FROM r."approved_by_id" THEN \'approved_by_id\' END, CASE WHEN o."approved_at" IS NOT DISTINCT FROM r."approved_at" THEN \'approved_at\' END, CASE WHEN o."scheduled_at" IS NOT DISTINCT FROM r."scheduled_at" THEN \'scheduled_at\' END, CASE WHEN o."frozen_at" IS NOT DISTINCT FROM r."frozen_at" THEN \'frozen_at\' END, CASE WHEN o."release_at" IS NOT DISTINCT FROM r."release_at" THEN \'release_at\' END, CASE WHEN o."finished_at" IS NOT DISTINCT FROM r."finished_at" THEN \'finished_at\' END, CASE WHEN o."job_id" IS NOT DISTINCT FROM r."job_id" THEN \'job_id\' END], NULL) AS same) d\nWHERE cardinality(d.same) < 26;\nRETURN NULL;',
                    hash="edbb2250883b2553114abbf18fbdf659741d42e7",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_track_update_fb278",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="communications_mailing",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="mailing",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "invitation"), ("survey__isnull", False)),
                    models.Q(
                        models.Q(("kind", "invitation"), _negated=True),
                        ("reminding", False),
                        ("survey", None),
                        ("unlisted", False),
                    ),
                    _connector="OR",
                ),
                name="mailing_round_of_survey",
            ),
        ),
        migrations.AddConstraint(
            model_name="mailing",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("state__in", ("scheduled", "frozen", "sending", "paused")), ("survey__isnull", False)
                ),
                fields=("survey",),
                name="mailing_one_round",
            ),
        ),
    ]
