"""Entries of the same member are joined and parted; pairs tell how likely they are and who has asked about them."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0016_mandates_with_conditions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Merge',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('mutation_id', models.UUIDField(editable=False)),
                ('merged_at', models.DateTimeField(verbose_name='joined on')),
                ('record', models.JSONField(default=dict)),
            ],
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='party',
            name='track_update',
        ),
        migrations.AddField(
            model_name='duplicatepair',
            name='asked_at',
            field=models.DateTimeField(null=True, verbose_name='asked at'),
        ),
        migrations.AddField(
            model_name='duplicatepair',
            name='asked_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='duplicatepair',
            name='asked_for',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='members.orgunit', verbose_name='asked by the association'),
        ),
        migrations.AddField(
            model_name='duplicatepair',
            name='score',
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='duplicatepair',
            name='tellable',
            field=models.BooleanField(default=False, help_text='enough agrees to tell one side that there may be another'),
        ),
        migrations.AddField(
            model_name='party',
            name='merged_into',
            field=models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='merged', to='members.party', verbose_name='joined to'),
        ),
        migrations.AlterField(
            model_name='duplicatepair',
            name='unit',
            field=models.ForeignKey(help_text='the association whose import found it; empty: the scan', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='members.orgunit', verbose_name='found by'),
        ),
        migrations.AddIndex(
            model_name='duplicatepair',
            index=models.Index(condition=models.Q(('decided_at__isnull', True)), fields=['-score', 'id'], name='duplicatepair_likeliest'),
        ),
        migrations.AddIndex(
            model_name='party',
            index=models.Index(condition=models.Q(('merged_into__isnull', False)), fields=['merged_into'], name='party_merged'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='contactpoint',
            trigger=pgtrigger.compiler.Trigger(name='refuses_merged', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF EXISTS (SELECT 1 FROM new_rows n JOIN members_party p ON p.id IN (n.party_id) WHERE p.merged_into_id IS NOT NULL) THEN\n  RAISE EXCEPTION 'A row of % belongs to a member who has been joined to another', TG_TABLE_NAME\n    USING ERRCODE = 'restrict_violation';\nEND IF;\nRETURN NULL;", hash='259c0a4dafc29afbd86726dd9776212cdb9943f3', level='STATEMENT', operation='INSERT', pgid='pgtrigger_refuses_merged_41622', referencing='REFERENCING NEW TABLE AS new_rows ', table='members_contactpoint', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='holding',
            trigger=pgtrigger.compiler.Trigger(name='refuses_merged', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF EXISTS (SELECT 1 FROM new_rows n JOIN members_party p ON p.id IN (n.responsible_id) WHERE p.merged_into_id IS NOT NULL) THEN\n  RAISE EXCEPTION 'A row of % belongs to a member who has been joined to another', TG_TABLE_NAME\n    USING ERRCODE = 'restrict_violation';\nEND IF;\nRETURN NULL;", hash='fbb45540a44a454826f40ff51ca39606f2fe9d36', level='STATEMENT', operation='INSERT', pgid='pgtrigger_refuses_merged_c1f89', referencing='REFERENCING NEW TABLE AS new_rows ', table='members_holding', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='holdingmember',
            trigger=pgtrigger.compiler.Trigger(name='refuses_merged', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF EXISTS (SELECT 1 FROM new_rows n JOIN members_party p ON p.id IN (n.party_id) WHERE p.merged_into_id IS NOT NULL) THEN\n  RAISE EXCEPTION 'A row of % belongs to a member who has been joined to another', TG_TABLE_NAME\n    USING ERRCODE = 'restrict_violation';\nEND IF;\nRETURN NULL;", hash='7d05c16587c13bed2125fff9ffd61300fc21973b', level='STATEMENT', operation='INSERT', pgid='pgtrigger_refuses_merged_45e5f', referencing='REFERENCING NEW TABLE AS new_rows ', table='members_holdingmember', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='membership',
            trigger=pgtrigger.compiler.Trigger(name='refuses_merged', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF EXISTS (SELECT 1 FROM new_rows n JOIN members_party p ON p.id IN (n.party_id) WHERE p.merged_into_id IS NOT NULL) THEN\n  RAISE EXCEPTION 'A row of % belongs to a member who has been joined to another', TG_TABLE_NAME\n    USING ERRCODE = 'restrict_violation';\nEND IF;\nRETURN NULL;", hash='fb406285f1c6314429bb89ccef4fd9dba259ed34', level='STATEMENT', operation='INSERT', pgid='pgtrigger_refuses_merged_410da', referencing='REFERENCING NEW TABLE AS new_rows ', table='members_membership', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='party',
            trigger=pgtrigger.compiler.Trigger(name='track_update', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _mutation uuid;', func='_mutation := nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM new_rows) THEN\n    RAISE EXCEPTION \'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)\',\n      TG_TABLE_NAME USING ERRCODE = \'insufficient_privilege\';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nIF EXISTS (SELECT 1 FROM new_rows n WHERE NOT EXISTS (SELECT 1 FROM old_rows o WHERE o."id" = n."id")) THEN\n  RAISE EXCEPTION \'The key of a row in % cannot be changed\', TG_TABLE_NAME USING ERRCODE = \'restrict_violation\';\nEND IF;\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r."id"::text, r."id", NULL::bigint, NULL::bigint, \'U\',\n  to_jsonb(o) - ARRAY[\'sort_key\', \'search\', \'search_contact\', \'created_at\']::text[] - d.same, to_jsonb(r) - ARRAY[\'sort_key\', \'search\', \'search_contact\', \'created_at\']::text[] - d.same\nFROM new_rows r JOIN old_rows o ON o."id" = r."id"\nCROSS JOIN LATERAL (SELECT array_remove(ARRAY[CASE WHEN o."id" IS NOT DISTINCT FROM r."id" THEN \'id\' END, CASE WHEN o."kind" IS NOT DISTINCT FROM r."kind" THEN \'kind\' END, CASE WHEN o."member_number" IS NOT DISTINCT FROM r."member_number" THEN \'member_number\' END, CASE WHEN o."display_name" IS NOT DISTINCT FROM r."display_name" THEN \'display_name\' END, CASE WHEN o."language" IS NOT DISTINCT FROM r."language" THEN \'language\' END, CASE WHEN o."home_municipality" IS NOT DISTINCT FROM r."home_municipality" THEN \'home_municipality\' END, CASE WHEN o."non_disclosure" IS NOT DISTINCT FROM r."non_disclosure" THEN \'non_disclosure\' END, CASE WHEN o."non_disclosure_until" IS NOT DISTINCT FROM r."non_disclosure_until" THEN \'non_disclosure_until\' END, CASE WHEN o."invoice_channel" IS NOT DISTINCT FROM r."invoice_channel" THEN \'invoice_channel\' END, CASE WHEN o."merged_into_id" IS NOT DISTINCT FROM r."merged_into_id" THEN \'merged_into_id\' END], NULL) AS same) d\nWHERE cardinality(d.same) < 10;\nRETURN NULL;', hash='143d2c4beae824604f0a317675731457f14a32c3', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_track_update_655bf', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='members_party', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='partylink',
            trigger=pgtrigger.compiler.Trigger(name='refuses_merged', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF EXISTS (SELECT 1 FROM new_rows n JOIN members_party p ON p.id IN (n.party_id, n.other_id) WHERE p.merged_into_id IS NOT NULL) THEN\n  RAISE EXCEPTION 'A row of % belongs to a member who has been joined to another', TG_TABLE_NAME\n    USING ERRCODE = 'restrict_violation';\nEND IF;\nRETURN NULL;", hash='cf29151b472cad18be664bec6221c498bf9858ec', level='STATEMENT', operation='INSERT', pgid='pgtrigger_refuses_merged_0168f', referencing='REFERENCING NEW TABLE AS new_rows ', table='members_partylink', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='party',
            constraint=models.CheckConstraint(condition=models.Q(('merged_into__isnull', True), models.Q(('merged_into', models.F('pk')), _negated=True), _connector='OR'), name='party_not_merged_into_itself'),
        ),
        migrations.AddField(
            model_name='merge',
            name='merged',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='merge', to='members.party', verbose_name='was joined'),
        ),
        migrations.AddField(
            model_name='merge',
            name='survivor',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='merges', to='members.party', verbose_name='goes on'),
        ),
        migrations.AddConstraint(
            model_name='merge',
            constraint=models.CheckConstraint(condition=models.Q(('survivor', models.F('merged')), _negated=True), name='merge_of_two'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='merge',
            trigger=pgtrigger.compiler.Trigger(name='track_insert', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _mutation uuid;', func='_mutation := nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM new_rows) THEN\n    RAISE EXCEPTION \'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)\',\n      TG_TABLE_NAME USING ERRCODE = \'insufficient_privilege\';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r."id"::text, r."survivor_id", NULL::bigint, NULL::bigint, \'I\',\n  NULL::jsonb, jsonb_strip_nulls(to_jsonb(r) - ARRAY[\'record\']::text[]) FROM new_rows r;\nRETURN NULL;', hash='3cb666219ca188f1dfaed53a5e4fdcc937791fba', level='STATEMENT', operation='INSERT', pgid='pgtrigger_track_insert_943b2', referencing='REFERENCING NEW TABLE AS new_rows ', table='members_merge', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='merge',
            trigger=pgtrigger.compiler.Trigger(name='track_update', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _mutation uuid;', func='_mutation := nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM new_rows) THEN\n    RAISE EXCEPTION \'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)\',\n      TG_TABLE_NAME USING ERRCODE = \'insufficient_privilege\';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nIF EXISTS (SELECT 1 FROM new_rows n WHERE NOT EXISTS (SELECT 1 FROM old_rows o WHERE o."id" = n."id")) THEN\n  RAISE EXCEPTION \'The key of a row in % cannot be changed\', TG_TABLE_NAME USING ERRCODE = \'restrict_violation\';\nEND IF;\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r."id"::text, r."survivor_id", NULL::bigint, NULL::bigint, \'U\',\n  to_jsonb(o) - ARRAY[\'record\']::text[] - d.same, to_jsonb(r) - ARRAY[\'record\']::text[] - d.same\nFROM new_rows r JOIN old_rows o ON o."id" = r."id"\nCROSS JOIN LATERAL (SELECT array_remove(ARRAY[CASE WHEN o."id" IS NOT DISTINCT FROM r."id" THEN \'id\' END, CASE WHEN o."survivor_id" IS NOT DISTINCT FROM r."survivor_id" THEN \'survivor_id\' END, CASE WHEN o."merged_id" IS NOT DISTINCT FROM r."merged_id" THEN \'merged_id\' END, CASE WHEN o."mutation_id" IS NOT DISTINCT FROM r."mutation_id" THEN \'mutation_id\' END, CASE WHEN o."merged_at" IS NOT DISTINCT FROM r."merged_at" THEN \'merged_at\' END], NULL) AS same) d\nWHERE cardinality(d.same) < 5;\nRETURN NULL;', hash='b78ea3df8a92a79171f0032718b15546ca0b4377', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_track_update_4c152', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='members_merge', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='merge',
            trigger=pgtrigger.compiler.Trigger(name='track_delete', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _mutation uuid;', func='_mutation := nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM old_rows) THEN\n    RAISE EXCEPTION \'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)\',\n      TG_TABLE_NAME USING ERRCODE = \'insufficient_privilege\';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r."id"::text, r."survivor_id", NULL::bigint, NULL::bigint, \'D\',\n  jsonb_strip_nulls(to_jsonb(r) - ARRAY[\'record\']::text[]), NULL::jsonb FROM old_rows r;\nRETURN NULL;', hash='1f9442495c1e5dc9781c14a6257cf04b80bb0a87', level='STATEMENT', operation='DELETE', pgid='pgtrigger_track_delete_8bba1', referencing='REFERENCING OLD TABLE AS old_rows ', table='members_merge', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='merge',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF coalesce(current_setting('jasenpalvelu.maintenance', true), '') <> 'truncate' THEN\n  RAISE EXCEPTION 'TRUNCATE of % would leave no history', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';\nEND IF;\nRETURN NULL;", hash='3abffbc1addbed4dc8702b04e1942198385509e8', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_512f9', table='members_merge', when='BEFORE')),
        ),
    ]
