"""Requests about one's own data, erasures, and events that may lose their words."""

import django.contrib.postgres.fields
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0021_joined_entries_wait'),
        ('audit', '0004_erasable'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='DataRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('access', 'see the data'), ('correction', 'correct the data'), ('erasure', 'erase the data'), ('restriction', 'restrict the use of the data'), ('objection', 'object to the use of the data')], max_length=12, verbose_name='what is asked')),
                ('channel', models.CharField(choices=[('portal', 'in the member service'), ('office', 'told to the office')], max_length=8, verbose_name='how it came')),
                ('state', models.CharField(choices=[('open', 'waits for an answer'), ('done', 'done'), ('refused', 'refused'), ('withdrawn', 'taken back')], default='open', max_length=10, verbose_name='state')),
                ('text', models.CharField(blank=True, max_length=1000, verbose_name='request in words')),
                ('received_on', models.DateField(verbose_name='received on')),
                ('due_on', models.DateField(verbose_name='answer by')),
                ('extension_reason', models.CharField(blank=True, max_length=300, verbose_name='why it takes longer')),
                ('answer', models.CharField(blank=True, max_length=1000, verbose_name='answer')),
                ('answered_on', models.DateField(blank=True, null=True, verbose_name='answered on')),
            ],
            options={
                'verbose_name': "request about one's data",
                'verbose_name_plural': "requests about one's data",
            },
        ),
        migrations.CreateModel(
            name='Erasure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('mutation_id', models.UUIDField(editable=False)),
                ('erased_at', models.DateTimeField(verbose_name='erased')),
                ('receipt', models.JSONField(default=dict)),
                ('again_on', models.DateField(null=True)),
            ],
            options={
                'verbose_name': 'erasure',
                'verbose_name_plural': 'erasures',
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='membershipevent',
            name='no_update',
        ),
        migrations.AlterField(
            model_name='rolegrant',
            name='capability',
            field=models.CharField(choices=[('units.view', 'see units'), ('units.edit', 'edit units'), ('members.view', 'see members'), ('members.edit', 'edit members'), ('members.admit', 'decide on applications'), ('members.import', 'import members'), ('members.export', 'export members'), ('mandates.grant', 'grant mandates'), ('nondisclosure.unmask', 'unmask non-disclosed data'), ('privacy.handle', "handle requests about one's data"), ('audit.view', 'see history and access log'), ('billing.view', 'see invoices'), ('billing.tables', 'edit fee tables'), ('billing.run', 'calculate and issue invoice runs'), ('billing.payments', 'book payments'), ('billing.settings', 'edit billing settings')], max_length=30),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='membershipevent',
            trigger=pgtrigger.compiler.Trigger(name='no_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='IF OLD."id" IS NOT DISTINCT FROM NEW."id" AND OLD."membership_id" IS NOT DISTINCT FROM NEW."membership_id" AND OLD."kind" IS NOT DISTINCT FROM NEW."kind" AND OLD."applied_on" IS NOT DISTINCT FROM NEW."applied_on" AND OLD."decided_on" IS NOT DISTINCT FROM NEW."decided_on" AND OLD."effective_on" IS NOT DISTINCT FROM NEW."effective_on" AND OLD."decision_id" IS NOT DISTINCT FROM NEW."decision_id" AND OLD."actor_id" IS NOT DISTINCT FROM NEW."actor_id" AND OLD."mutation_id" IS NOT DISTINCT FROM NEW."mutation_id" AND OLD."recorded_at" IS NOT DISTINCT FROM NEW."recorded_at" AND (NEW."reason" IS NOT DISTINCT FROM OLD."reason" OR NEW."reason" IS NULL OR NEW."reason" IN (\'\', \'–\')) AND (NEW."data" IS NOT DISTINCT FROM OLD."data" OR NEW."data" IS NULL OR NEW."data" <@ OLD."data" OR NEW."data" IN (\'{}\', \'[]\')) AND (true) AND EXISTS (SELECT 1 FROM audit_mutation m WHERE m.kind = \'privacy.erase\' AND m.id = nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid) THEN RETURN NEW; END IF; RAISE EXCEPTION \'Rows of % can only be added: % refused\', TG_TABLE_NAME, TG_OP USING ERRCODE = \'restrict_violation\';', hash='d94945eeae21fb3e308790dba0934218bdb3c316', operation='UPDATE', pgid='pgtrigger_no_update_695f0', table='members_membershipevent', when='BEFORE')),
        ),
        migrations.AddField(
            model_name='datarequest',
            name='handled_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='handled by'),
        ),
        migrations.AddField(
            model_name='datarequest',
            name='party',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='data_requests', to='members.party', verbose_name='whose data'),
        ),
        migrations.AddField(
            model_name='datarequest',
            name='unit',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.orgunit', verbose_name='who answers'),
        ),
        migrations.AddField(
            model_name='erasure',
            name='actor',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='erasure',
            name='party',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='erasures', to='members.party'),
        ),
        migrations.AddField(
            model_name='erasure',
            name='request',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='erasures', to='members.datarequest'),
        ),
        migrations.AddIndex(
            model_name='datarequest',
            index=models.Index(fields=['party', 'id'], name='datarequest_party'),
        ),
        migrations.AddIndex(
            model_name='datarequest',
            index=models.Index(condition=models.Q(('state', 'open')), fields=['unit', 'due_on'], name='datarequest_due'),
        ),
        migrations.AddIndex(
            model_name='datarequest',
            index=models.Index(fields=['unit', '-id'], name='datarequest_unit'),
        ),
        migrations.AddConstraint(
            model_name='datarequest',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'open'), models.Q(('kind', 'correction'), _negated=True)), fields=('party', 'kind'), name='datarequest_one_waits'),
        ),
        migrations.AddConstraint(
            model_name='datarequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('answered_on', None), ('state', 'open')), models.Q(models.Q(('state', 'open'), _negated=True), ('answered_on__isnull', False)), _connector='OR'), name='datarequest_answered'),
        ),
        migrations.AddConstraint(
            model_name='datarequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'refused'), _negated=True), models.Q(('answer', ''), _negated=True), _connector='OR'), name='datarequest_refusal_says_why'),
        ),
        migrations.AddConstraint(
            model_name='datarequest',
            constraint=models.CheckConstraint(condition=models.Q(('due_on__gt', models.F('received_on'))), name='datarequest_due_later'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='datarequest',
            trigger=pgtrigger.compiler.Trigger(name='track_insert', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _mutation uuid;', func='_mutation := nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM new_rows) THEN\n    RAISE EXCEPTION \'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)\',\n      TG_TABLE_NAME USING ERRCODE = \'insufficient_privilege\';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r."id"::text, r."party_id", r."unit_id", NULL::bigint, \'I\',\n  NULL::jsonb, jsonb_strip_nulls(to_jsonb(r) - ARRAY[\'updated_at\', \'search_vector\']::text[]) FROM new_rows r;\nRETURN NULL;', hash='25120936a6cf3c6e8d64394f6b3f90c8311c68b8', level='STATEMENT', operation='INSERT', pgid='pgtrigger_track_insert_9123c', referencing='REFERENCING NEW TABLE AS new_rows ', table='members_datarequest', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='datarequest',
            trigger=pgtrigger.compiler.Trigger(name='track_update', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _mutation uuid;', func='_mutation := nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM new_rows) THEN\n    RAISE EXCEPTION \'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)\',\n      TG_TABLE_NAME USING ERRCODE = \'insufficient_privilege\';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nIF EXISTS (SELECT 1 FROM new_rows n WHERE NOT EXISTS (SELECT 1 FROM old_rows o WHERE o."id" = n."id")) THEN\n  RAISE EXCEPTION \'The key of a row in % cannot be changed\', TG_TABLE_NAME USING ERRCODE = \'restrict_violation\';\nEND IF;\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r."id"::text, r."party_id", r."unit_id", NULL::bigint, \'U\',\n  to_jsonb(o) - ARRAY[\'updated_at\', \'search_vector\']::text[] - d.same, to_jsonb(r) - ARRAY[\'updated_at\', \'search_vector\']::text[] - d.same\nFROM new_rows r JOIN old_rows o ON o."id" = r."id"\nCROSS JOIN LATERAL (SELECT array_remove(ARRAY[CASE WHEN o."id" IS NOT DISTINCT FROM r."id" THEN \'id\' END, CASE WHEN o."party_id" IS NOT DISTINCT FROM r."party_id" THEN \'party_id\' END, CASE WHEN o."unit_id" IS NOT DISTINCT FROM r."unit_id" THEN \'unit_id\' END, CASE WHEN o."kind" IS NOT DISTINCT FROM r."kind" THEN \'kind\' END, CASE WHEN o."channel" IS NOT DISTINCT FROM r."channel" THEN \'channel\' END, CASE WHEN o."state" IS NOT DISTINCT FROM r."state" THEN \'state\' END, CASE WHEN o."text" IS NOT DISTINCT FROM r."text" THEN \'text\' END, CASE WHEN o."received_on" IS NOT DISTINCT FROM r."received_on" THEN \'received_on\' END, CASE WHEN o."due_on" IS NOT DISTINCT FROM r."due_on" THEN \'due_on\' END, CASE WHEN o."extension_reason" IS NOT DISTINCT FROM r."extension_reason" THEN \'extension_reason\' END, CASE WHEN o."answer" IS NOT DISTINCT FROM r."answer" THEN \'answer\' END, CASE WHEN o."answered_on" IS NOT DISTINCT FROM r."answered_on" THEN \'answered_on\' END, CASE WHEN o."handled_by_id" IS NOT DISTINCT FROM r."handled_by_id" THEN \'handled_by_id\' END], NULL) AS same) d\nWHERE cardinality(d.same) < 13;\nRETURN NULL;', hash='a37c56d83d61f07172b73e2dc207edd40c2b96a6', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_track_update_e3027', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='members_datarequest', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='datarequest',
            trigger=pgtrigger.compiler.Trigger(name='track_delete', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _mutation uuid;', func='_mutation := nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM old_rows) THEN\n    RAISE EXCEPTION \'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)\',\n      TG_TABLE_NAME USING ERRCODE = \'insufficient_privilege\';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r."id"::text, r."party_id", r."unit_id", NULL::bigint, \'D\',\n  jsonb_strip_nulls(to_jsonb(r) - ARRAY[\'updated_at\', \'search_vector\']::text[]), NULL::jsonb FROM old_rows r;\nRETURN NULL;', hash='d061eeac8a4c1531f76cc3a17679bc2b6db8d846', level='STATEMENT', operation='DELETE', pgid='pgtrigger_track_delete_44176', referencing='REFERENCING OLD TABLE AS old_rows ', table='members_datarequest', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='datarequest',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF coalesce(current_setting('jasenpalvelu.maintenance', true), '') <> 'truncate' THEN\n  RAISE EXCEPTION 'TRUNCATE of % would leave no history', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';\nEND IF;\nRETURN NULL;", hash='45a9a04de976004b2da6083d3ce6dca714ff9153', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_b8d4b', table='members_datarequest', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='datarequest',
            trigger=pgtrigger.compiler.Trigger(name='refuses_merged', sql=pgtrigger.compiler.UpsertTriggerSql(func="PERFORM 1 FROM members_party p WHERE p.id IN (SELECT n.party_id FROM new_rows n) ORDER BY p.id FOR KEY SHARE;\nIF EXISTS (SELECT 1 FROM members_party p WHERE p.id IN (SELECT n.party_id FROM new_rows n) AND p.merged_into_id IS NOT NULL) THEN\n  RAISE EXCEPTION 'A row of % belongs to a member who has been joined to another', TG_TABLE_NAME\n    USING ERRCODE = 'restrict_violation';\nEND IF;\nRETURN NULL;", hash='12f2e36b18374483ca524c226658174224d99cf9', level='STATEMENT', operation='INSERT', pgid='pgtrigger_refuses_merged_7dc9f', referencing='REFERENCING NEW TABLE AS new_rows ', table='members_datarequest', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='erasure',
            index=models.Index(condition=models.Q(('again_on__isnull', False)), fields=['again_on'], name='erasure_again'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='erasure',
            trigger=pgtrigger.compiler.Trigger(name='track_insert', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _mutation uuid;', func='_mutation := nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM new_rows) THEN\n    RAISE EXCEPTION \'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)\',\n      TG_TABLE_NAME USING ERRCODE = \'insufficient_privilege\';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r."id"::text, r."party_id", NULL::bigint, NULL::bigint, \'I\',\n  NULL::jsonb, jsonb_strip_nulls(to_jsonb(r) - ARRAY[\'updated_at\', \'search_vector\']::text[]) FROM new_rows r;\nRETURN NULL;', hash='06f3274511f836f6d2fde483e3d4fcdb969809fe', level='STATEMENT', operation='INSERT', pgid='pgtrigger_track_insert_a6472', referencing='REFERENCING NEW TABLE AS new_rows ', table='members_erasure', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='erasure',
            trigger=pgtrigger.compiler.Trigger(name='track_update', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _mutation uuid;', func='_mutation := nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM new_rows) THEN\n    RAISE EXCEPTION \'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)\',\n      TG_TABLE_NAME USING ERRCODE = \'insufficient_privilege\';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nIF EXISTS (SELECT 1 FROM new_rows n WHERE NOT EXISTS (SELECT 1 FROM old_rows o WHERE o."id" = n."id")) THEN\n  RAISE EXCEPTION \'The key of a row in % cannot be changed\', TG_TABLE_NAME USING ERRCODE = \'restrict_violation\';\nEND IF;\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r."id"::text, r."party_id", NULL::bigint, NULL::bigint, \'U\',\n  to_jsonb(o) - ARRAY[\'updated_at\', \'search_vector\']::text[] - d.same, to_jsonb(r) - ARRAY[\'updated_at\', \'search_vector\']::text[] - d.same\nFROM new_rows r JOIN old_rows o ON o."id" = r."id"\nCROSS JOIN LATERAL (SELECT array_remove(ARRAY[CASE WHEN o."id" IS NOT DISTINCT FROM r."id" THEN \'id\' END, CASE WHEN o."party_id" IS NOT DISTINCT FROM r."party_id" THEN \'party_id\' END, CASE WHEN o."request_id" IS NOT DISTINCT FROM r."request_id" THEN \'request_id\' END, CASE WHEN o."actor_id" IS NOT DISTINCT FROM r."actor_id" THEN \'actor_id\' END, CASE WHEN o."mutation_id" IS NOT DISTINCT FROM r."mutation_id" THEN \'mutation_id\' END, CASE WHEN o."erased_at" IS NOT DISTINCT FROM r."erased_at" THEN \'erased_at\' END, CASE WHEN o."receipt" IS NOT DISTINCT FROM r."receipt" THEN \'receipt\' END, CASE WHEN o."again_on" IS NOT DISTINCT FROM r."again_on" THEN \'again_on\' END], NULL) AS same) d\nWHERE cardinality(d.same) < 8;\nRETURN NULL;', hash='ecf4e38a8d3eb2bc169d62d2f31b06a871bc7b04', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_track_update_d15de', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='members_erasure', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='erasure',
            trigger=pgtrigger.compiler.Trigger(name='track_delete', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _mutation uuid;', func='_mutation := nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM old_rows) THEN\n    RAISE EXCEPTION \'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)\',\n      TG_TABLE_NAME USING ERRCODE = \'insufficient_privilege\';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r."id"::text, r."party_id", NULL::bigint, NULL::bigint, \'D\',\n  jsonb_strip_nulls(to_jsonb(r) - ARRAY[\'updated_at\', \'search_vector\']::text[]), NULL::jsonb FROM old_rows r;\nRETURN NULL;', hash='2c3d67e1084e0fbf7fb0e3fa6f0261d7a68e58d4', level='STATEMENT', operation='DELETE', pgid='pgtrigger_track_delete_c8edd', referencing='REFERENCING OLD TABLE AS old_rows ', table='members_erasure', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='erasure',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF coalesce(current_setting('jasenpalvelu.maintenance', true), '') <> 'truncate' THEN\n  RAISE EXCEPTION 'TRUNCATE of % would leave no history', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';\nEND IF;\nRETURN NULL;", hash='14c56a3dfbfa35a54ca7bc32219c06d43441b01b', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_1ce6a', table='members_erasure', when='BEFORE')),
        ),
    ]
