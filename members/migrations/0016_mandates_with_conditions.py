"""Roles of units, the longest period and conditions of a mandate, and changes of e-mail addresses that wait.

A training was a day on each mandate; it is a fact about the person, so it becomes a row of its own.
"""

from typing import Any

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


def gather_trainings(apps: Any, editor: Any) -> None:
    """The latest day each person's training was good for; when it was passed is known no better than when the post began."""
    mandates = apps.get_model("members", "Mandate").objects.exclude(training_valid_to=None)
    found: dict[int, tuple[Any, Any]] = {}
    for row in mandates.order_by("training_valid_to", "pk"):
        first = min(row.valid_from or row.training_valid_to, row.training_valid_to)
        found[row.party_id] = (first, row.training_valid_to)
    if not found:
        return
    act = apps.get_model("audit", "Mutation").objects.create(kind="setup.base_data")
    with editor.connection.cursor() as cursor:
        cursor.execute("SELECT set_config('jasenpalvelu.mutation', %s, true)", [str(act.pk)])
    training = apps.get_model("members", "Training")
    training.objects.bulk_create(
        training(party_id=party, valid_from=first, valid_to=last) for party, (first, last) in found.items()
    )
    with editor.connection.cursor() as cursor:
        cursor.execute("SELECT set_config('jasenpalvelu.mutation', '', true)")


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0015_cards_and_inspection'),
        ('audit', '0002_frozen_columns'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='EmailChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('use', models.CharField(choices=[('login', 'login'), ('contact', 'register')], max_length=8, verbose_name='use')),
                ('old', models.CharField(blank=True, max_length=254, verbose_name='old address')),
                ('new', models.CharField(blank=True, max_length=254, verbose_name='new address')),
                ('state', models.CharField(choices=[('waiting', 'waits'), ('done', 'done'), ('stopped', 'stopped')], default='waiting', max_length=8, verbose_name='state')),
                ('asked_at', models.DateTimeField(verbose_name='asked at')),
                ('effective_at', models.DateTimeField(verbose_name='takes effect at')),
                ('decided_at', models.DateTimeField(null=True, verbose_name='decided at')),
                ('seen_at', models.DateTimeField(null=True, verbose_name='seen by the person at')),
            ],
            options={
                'verbose_name': 'change of an e-mail address',
                'verbose_name_plural': 'changes of e-mail addresses',
            },
        ),
        migrations.CreateModel(
            name='Training',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('valid_from', models.DateField(verbose_name='passed on')),
                ('valid_to', models.DateField(verbose_name='valid until')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='how it was shown')),
            ],
            options={
                'verbose_name': 'training',
                'verbose_name_plural': 'trainings',
            },
        ),
        migrations.AlterModelOptions(
            name='mandate',
            options={'verbose_name': 'mandate', 'verbose_name_plural': 'mandates'},
        ),
        migrations.AlterModelOptions(
            name='roletemplate',
            options={'verbose_name': 'role', 'verbose_name_plural': 'roles'},
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='mandate',
            name='track_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='roletemplate',
            name='track_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='roletemplate',
            name='track_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='roletemplate',
            name='track_delete',
        ),
        migrations.AddField(
            model_name='mandate',
            name='end_reason',
            field=models.CharField(blank=True, max_length=200, verbose_name='why it ended early'),
        ),
        migrations.AddField(
            model_name='mandate',
            name='granted_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='given by'),
        ),
        migrations.AddField(
            model_name='roletemplate',
            name='active',
            field=models.BooleanField(default=True, verbose_name='can be given'),
        ),
        migrations.AddField(
            model_name='roletemplate',
            name='longest_months',
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='longest period, months'),
        ),
        migrations.AddField(
            model_name='roletemplate',
            name='unit',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='roles', to='members.orgunit', verbose_name='unit'),
        ),
        migrations.AlterField(
            model_name='mandate',
            name='decision',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='members.decision', verbose_name='decision'),
        ),
        migrations.AlterField(
            model_name='roletemplate',
            name='name_en',
            field=models.CharField(max_length=80, verbose_name='name in English'),
        ),
        migrations.AlterField(
            model_name='roletemplate',
            name='name_fi',
            field=models.CharField(max_length=80, verbose_name='name in Finnish'),
        ),
        migrations.AlterField(
            model_name='roletemplate',
            name='name_sv',
            field=models.CharField(max_length=80, verbose_name='name in Swedish'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='mandate',
            trigger=pgtrigger.compiler.Trigger(name='track_update', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _mutation uuid;', func='_mutation := nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM new_rows) THEN\n    RAISE EXCEPTION \'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)\',\n      TG_TABLE_NAME USING ERRCODE = \'insufficient_privilege\';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nIF EXISTS (SELECT 1 FROM new_rows n WHERE NOT EXISTS (SELECT 1 FROM old_rows o WHERE o."id" = n."id")) THEN\n  RAISE EXCEPTION \'The key of a row in % cannot be changed\', TG_TABLE_NAME USING ERRCODE = \'restrict_violation\';\nEND IF;\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r."id"::text, r."party_id", r."unit_id", NULL::bigint, \'U\',\n  to_jsonb(o) - ARRAY[\'updated_at\', \'search_vector\']::text[] - d.same, to_jsonb(r) - ARRAY[\'updated_at\', \'search_vector\']::text[] - d.same\nFROM new_rows r JOIN old_rows o ON o."id" = r."id"\nCROSS JOIN LATERAL (SELECT array_remove(ARRAY[CASE WHEN o."id" IS NOT DISTINCT FROM r."id" THEN \'id\' END, CASE WHEN o."valid_from" IS NOT DISTINCT FROM r."valid_from" THEN \'valid_from\' END, CASE WHEN o."valid_to" IS NOT DISTINCT FROM r."valid_to" THEN \'valid_to\' END, CASE WHEN o."party_id" IS NOT DISTINCT FROM r."party_id" THEN \'party_id\' END, CASE WHEN o."unit_id" IS NOT DISTINCT FROM r."unit_id" THEN \'unit_id\' END, CASE WHEN o."template_id" IS NOT DISTINCT FROM r."template_id" THEN \'template_id\' END, CASE WHEN o."listed_units" IS NOT DISTINCT FROM r."listed_units" THEN \'listed_units\' END, CASE WHEN o."decision_id" IS NOT DISTINCT FROM r."decision_id" THEN \'decision_id\' END, CASE WHEN o."granted_by_id" IS NOT DISTINCT FROM r."granted_by_id" THEN \'granted_by_id\' END, CASE WHEN o."end_reason" IS NOT DISTINCT FROM r."end_reason" THEN \'end_reason\' END], NULL) AS same) d\nWHERE cardinality(d.same) < 10;\nRETURN NULL;', hash='963453520221d0d9c11053e3a72f50009e2bf44d', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_track_update_5c09d', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='members_mandate', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='roletemplate',
            trigger=pgtrigger.compiler.Trigger(name='track_insert', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _mutation uuid;', func='_mutation := nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM new_rows) THEN\n    RAISE EXCEPTION \'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)\',\n      TG_TABLE_NAME USING ERRCODE = \'insufficient_privilege\';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r."id"::text, NULL::bigint, r."unit_id", NULL::bigint, \'I\',\n  NULL::jsonb, jsonb_strip_nulls(to_jsonb(r) - ARRAY[\'updated_at\', \'search_vector\']::text[]) FROM new_rows r;\nRETURN NULL;', hash='f3a00fa932c36fc80b806db64d1f1d1143b877f5', level='STATEMENT', operation='INSERT', pgid='pgtrigger_track_insert_bf2c1', referencing='REFERENCING NEW TABLE AS new_rows ', table='members_roletemplate', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='roletemplate',
            trigger=pgtrigger.compiler.Trigger(name='track_update', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _mutation uuid;', func='_mutation := nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM new_rows) THEN\n    RAISE EXCEPTION \'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)\',\n      TG_TABLE_NAME USING ERRCODE = \'insufficient_privilege\';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nIF EXISTS (SELECT 1 FROM new_rows n WHERE NOT EXISTS (SELECT 1 FROM old_rows o WHERE o."id" = n."id")) THEN\n  RAISE EXCEPTION \'The key of a row in % cannot be changed\', TG_TABLE_NAME USING ERRCODE = \'restrict_violation\';\nEND IF;\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r."id"::text, NULL::bigint, r."unit_id", NULL::bigint, \'U\',\n  to_jsonb(o) - ARRAY[\'updated_at\', \'search_vector\']::text[] - d.same, to_jsonb(r) - ARRAY[\'updated_at\', \'search_vector\']::text[] - d.same\nFROM new_rows r JOIN old_rows o ON o."id" = r."id"\nCROSS JOIN LATERAL (SELECT array_remove(ARRAY[CASE WHEN o."id" IS NOT DISTINCT FROM r."id" THEN \'id\' END, CASE WHEN o."code" IS NOT DISTINCT FROM r."code" THEN \'code\' END, CASE WHEN o."unit_id" IS NOT DISTINCT FROM r."unit_id" THEN \'unit_id\' END, CASE WHEN o."name_fi" IS NOT DISTINCT FROM r."name_fi" THEN \'name_fi\' END, CASE WHEN o."name_sv" IS NOT DISTINCT FROM r."name_sv" THEN \'name_sv\' END, CASE WHEN o."name_en" IS NOT DISTINCT FROM r."name_en" THEN \'name_en\' END, CASE WHEN o."requires_mfa" IS NOT DISTINCT FROM r."requires_mfa" THEN \'requires_mfa\' END, CASE WHEN o."requires_training" IS NOT DISTINCT FROM r."requires_training" THEN \'requires_training\' END, CASE WHEN o."longest_months" IS NOT DISTINCT FROM r."longest_months" THEN \'longest_months\' END, CASE WHEN o."active" IS NOT DISTINCT FROM r."active" THEN \'active\' END], NULL) AS same) d\nWHERE cardinality(d.same) < 10;\nRETURN NULL;', hash='20cd53db5c0556d50928b95b3c43b134bb0feb7a', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_track_update_3c90b', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='members_roletemplate', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='roletemplate',
            trigger=pgtrigger.compiler.Trigger(name='track_delete', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _mutation uuid;', func='_mutation := nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM old_rows) THEN\n    RAISE EXCEPTION \'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)\',\n      TG_TABLE_NAME USING ERRCODE = \'insufficient_privilege\';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r."id"::text, NULL::bigint, r."unit_id", NULL::bigint, \'D\',\n  jsonb_strip_nulls(to_jsonb(r) - ARRAY[\'updated_at\', \'search_vector\']::text[]), NULL::jsonb FROM old_rows r;\nRETURN NULL;', hash='dcac687bab8832b34cdc2fbb49ab7f2d74c1d721', level='STATEMENT', operation='DELETE', pgid='pgtrigger_track_delete_dc684', referencing='REFERENCING OLD TABLE AS old_rows ', table='members_roletemplate', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='roletemplate',
            constraint=models.CheckConstraint(condition=models.Q(('longest_months', 0), _negated=True), name='roletemplate_longest'),
        ),
        migrations.AddField(
            model_name='emailchange',
            name='asked_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='asked by'),
        ),
        migrations.AddField(
            model_name='emailchange',
            name='party',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='email_changes', to='members.party', verbose_name='person'),
        ),
        migrations.AddField(
            model_name='emailchange',
            name='user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='login'),
        ),
        migrations.AddField(
            model_name='training',
            name='party',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='trainings', to='members.party', verbose_name='person'),
        ),
        migrations.AddField(
            model_name='training',
            name='recorded_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='recorded by'),
        ),
        migrations.AddIndex(
            model_name='emailchange',
            index=models.Index(condition=models.Q(('state', 'waiting')), fields=['effective_at'], name='emailchange_due'),
        ),
        migrations.AddConstraint(
            model_name='emailchange',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'waiting')), fields=('party', 'use'), name='emailchange_one_waits'),
        ),
        migrations.AddConstraint(
            model_name='emailchange',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('use', 'login'), ('user__isnull', False)), models.Q(('use', 'contact'), ('user__isnull', True)), _connector='OR'), name='emailchange_whose'),
        ),
        migrations.AddConstraint(
            model_name='emailchange',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', True), ('state', 'waiting')), models.Q(models.Q(('state', 'waiting'), _negated=True), ('decided_at__isnull', False)), _connector='OR'), name='emailchange_decided'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='emailchange',
            trigger=pgtrigger.compiler.Trigger(name='track_insert', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _mutation uuid;', func='_mutation := nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM new_rows) THEN\n    RAISE EXCEPTION \'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)\',\n      TG_TABLE_NAME USING ERRCODE = \'insufficient_privilege\';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r."id"::text, r."party_id", NULL::bigint, NULL::bigint, \'I\',\n  NULL::jsonb, jsonb_strip_nulls(to_jsonb(r) - ARRAY[\'updated_at\', \'search_vector\']::text[]) FROM new_rows r;\nRETURN NULL;', hash='642c980e21f186a937abb87fd72ccc276109809d', level='STATEMENT', operation='INSERT', pgid='pgtrigger_track_insert_c9ca3', referencing='REFERENCING NEW TABLE AS new_rows ', table='members_emailchange', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='emailchange',
            trigger=pgtrigger.compiler.Trigger(name='track_update', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _mutation uuid;', func='_mutation := nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM new_rows) THEN\n    RAISE EXCEPTION \'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)\',\n      TG_TABLE_NAME USING ERRCODE = \'insufficient_privilege\';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nIF EXISTS (SELECT 1 FROM new_rows n WHERE NOT EXISTS (SELECT 1 FROM old_rows o WHERE o."id" = n."id")) THEN\n  RAISE EXCEPTION \'The key of a row in % cannot be changed\', TG_TABLE_NAME USING ERRCODE = \'restrict_violation\';\nEND IF;\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r."id"::text, r."party_id", NULL::bigint, NULL::bigint, \'U\',\n  to_jsonb(o) - ARRAY[\'updated_at\', \'search_vector\']::text[] - d.same, to_jsonb(r) - ARRAY[\'updated_at\', \'search_vector\']::text[] - d.same\nFROM new_rows r JOIN old_rows o ON o."id" = r."id"\nCROSS JOIN LATERAL (SELECT array_remove(ARRAY[CASE WHEN o."id" IS NOT DISTINCT FROM r."id" THEN \'id\' END, CASE WHEN o."party_id" IS NOT DISTINCT FROM r."party_id" THEN \'party_id\' END, CASE WHEN o."user_id" IS NOT DISTINCT FROM r."user_id" THEN \'user_id\' END, CASE WHEN o."use" IS NOT DISTINCT FROM r."use" THEN \'use\' END, CASE WHEN o."old" IS NOT DISTINCT FROM r."old" THEN \'old\' END, CASE WHEN o."new" IS NOT DISTINCT FROM r."new" THEN \'new\' END, CASE WHEN o."state" IS NOT DISTINCT FROM r."state" THEN \'state\' END, CASE WHEN o."asked_at" IS NOT DISTINCT FROM r."asked_at" THEN \'asked_at\' END, CASE WHEN o."asked_by_id" IS NOT DISTINCT FROM r."asked_by_id" THEN \'asked_by_id\' END, CASE WHEN o."effective_at" IS NOT DISTINCT FROM r."effective_at" THEN \'effective_at\' END, CASE WHEN o."decided_at" IS NOT DISTINCT FROM r."decided_at" THEN \'decided_at\' END, CASE WHEN o."seen_at" IS NOT DISTINCT FROM r."seen_at" THEN \'seen_at\' END], NULL) AS same) d\nWHERE cardinality(d.same) < 12;\nRETURN NULL;', hash='89586b1bb88a2e1111821a1ff1110d1e859f88fa', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_track_update_9aeff', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='members_emailchange', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='emailchange',
            trigger=pgtrigger.compiler.Trigger(name='track_delete', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _mutation uuid;', func='_mutation := nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM old_rows) THEN\n    RAISE EXCEPTION \'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)\',\n      TG_TABLE_NAME USING ERRCODE = \'insufficient_privilege\';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r."id"::text, r."party_id", NULL::bigint, NULL::bigint, \'D\',\n  jsonb_strip_nulls(to_jsonb(r) - ARRAY[\'updated_at\', \'search_vector\']::text[]), NULL::jsonb FROM old_rows r;\nRETURN NULL;', hash='9e546c3e86881db5970d91d470bc7cd295144b83', level='STATEMENT', operation='DELETE', pgid='pgtrigger_track_delete_e0010', referencing='REFERENCING OLD TABLE AS old_rows ', table='members_emailchange', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='emailchange',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF coalesce(current_setting('jasenpalvelu.maintenance', true), '') <> 'truncate' THEN\n  RAISE EXCEPTION 'TRUNCATE of % would leave no history', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';\nEND IF;\nRETURN NULL;", hash='9baa7e271f58e01c7583c9be8eb6f03b3c0f93d3', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_960a7', table='members_emailchange', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='training',
            index=models.Index(fields=['party', 'valid_to'], name='training_of_person'),
        ),
        migrations.AddConstraint(
            model_name='training',
            constraint=models.CheckConstraint(condition=models.Q(('valid_to__gte', models.F('valid_from'))), name='training_period'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='training',
            trigger=pgtrigger.compiler.Trigger(name='track_insert', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _mutation uuid;', func='_mutation := nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM new_rows) THEN\n    RAISE EXCEPTION \'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)\',\n      TG_TABLE_NAME USING ERRCODE = \'insufficient_privilege\';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r."id"::text, r."party_id", NULL::bigint, NULL::bigint, \'I\',\n  NULL::jsonb, jsonb_strip_nulls(to_jsonb(r) - ARRAY[\'updated_at\', \'search_vector\']::text[]) FROM new_rows r;\nRETURN NULL;', hash='d779df3c8bff847fbb4701681e4a4761db56d473', level='STATEMENT', operation='INSERT', pgid='pgtrigger_track_insert_ce24c', referencing='REFERENCING NEW TABLE AS new_rows ', table='members_training', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='training',
            trigger=pgtrigger.compiler.Trigger(name='track_update', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _mutation uuid;', func='_mutation := nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM new_rows) THEN\n    RAISE EXCEPTION \'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)\',\n      TG_TABLE_NAME USING ERRCODE = \'insufficient_privilege\';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nIF EXISTS (SELECT 1 FROM new_rows n WHERE NOT EXISTS (SELECT 1 FROM old_rows o WHERE o."id" = n."id")) THEN\n  RAISE EXCEPTION \'The key of a row in % cannot be changed\', TG_TABLE_NAME USING ERRCODE = \'restrict_violation\';\nEND IF;\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r."id"::text, r."party_id", NULL::bigint, NULL::bigint, \'U\',\n  to_jsonb(o) - ARRAY[\'updated_at\', \'search_vector\']::text[] - d.same, to_jsonb(r) - ARRAY[\'updated_at\', \'search_vector\']::text[] - d.same\nFROM new_rows r JOIN old_rows o ON o."id" = r."id"\nCROSS JOIN LATERAL (SELECT array_remove(ARRAY[CASE WHEN o."id" IS NOT DISTINCT FROM r."id" THEN \'id\' END, CASE WHEN o."party_id" IS NOT DISTINCT FROM r."party_id" THEN \'party_id\' END, CASE WHEN o."valid_from" IS NOT DISTINCT FROM r."valid_from" THEN \'valid_from\' END, CASE WHEN o."valid_to" IS NOT DISTINCT FROM r."valid_to" THEN \'valid_to\' END, CASE WHEN o."recorded_by_id" IS NOT DISTINCT FROM r."recorded_by_id" THEN \'recorded_by_id\' END, CASE WHEN o."note" IS NOT DISTINCT FROM r."note" THEN \'note\' END], NULL) AS same) d\nWHERE cardinality(d.same) < 6;\nRETURN NULL;', hash='4572efe0b8d6ce60406f4ad616f050b0b50feb79', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_track_update_adadc', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='members_training', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='training',
            trigger=pgtrigger.compiler.Trigger(name='track_delete', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _mutation uuid;', func='_mutation := nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM old_rows) THEN\n    RAISE EXCEPTION \'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)\',\n      TG_TABLE_NAME USING ERRCODE = \'insufficient_privilege\';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r."id"::text, r."party_id", NULL::bigint, NULL::bigint, \'D\',\n  jsonb_strip_nulls(to_jsonb(r) - ARRAY[\'updated_at\', \'search_vector\']::text[]), NULL::jsonb FROM old_rows r;\nRETURN NULL;', hash='0c462803ac52fcd42ed3a32b365beabf3199d9ba', level='STATEMENT', operation='DELETE', pgid='pgtrigger_track_delete_6dae8', referencing='REFERENCING OLD TABLE AS old_rows ', table='members_training', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='training',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF coalesce(current_setting('jasenpalvelu.maintenance', true), '') <> 'truncate' THEN\n  RAISE EXCEPTION 'TRUNCATE of % would leave no history', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';\nEND IF;\nRETURN NULL;", hash='1805426e41485d50ecd34e3b29156bd1a28170c6', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_27496', table='members_training', when='BEFORE')),
        ),
        migrations.RunPython(gather_trainings, migrations.RunPython.noop),
        migrations.RemoveField(
            model_name='mandate',
            name='training_valid_to',
        ),
    ]
