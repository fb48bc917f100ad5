"""The numbers members had in earlier registers: searched for, shown on the member's page, referred to by later files."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0011_gather_search_terms'),
    ]

    operations = [
        migrations.CreateModel(
            name='FormerNumber',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=40, verbose_name='old member number')),
                ('source', models.CharField(max_length=200, verbose_name='source')),
                ('party', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='former_numbers', to='members.party')),
                ('unit', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='members.orgunit', verbose_name='association')),
            ],
            options={
                'indexes': [models.Index(fields=['number', 'unit'], name='formernumber_number')],
                'constraints': [models.UniqueConstraint(fields=('party', 'unit', 'number'), name='formernumber_once'), models.CheckConstraint(condition=models.Q(('number', ''), _negated=True), name='formernumber_given')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='formernumber',
            trigger=pgtrigger.compiler.Trigger(name='track_insert', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _mutation uuid;', func='_mutation := nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM new_rows) THEN\n    RAISE EXCEPTION \'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)\',\n      TG_TABLE_NAME USING ERRCODE = \'insufficient_privilege\';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r."id"::text, r."party_id", r."unit_id", NULL::bigint, \'I\',\n  NULL::jsonb, jsonb_strip_nulls(to_jsonb(r) - ARRAY[\'updated_at\', \'search_vector\']::text[]) FROM new_rows r;\nRETURN NULL;', hash='ed3fc2591d4cbb0622cd8147a2926dc2758de0da', level='STATEMENT', operation='INSERT', pgid='pgtrigger_track_insert_46210', referencing='REFERENCING NEW TABLE AS new_rows ', table='members_formernumber', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='formernumber',
            trigger=pgtrigger.compiler.Trigger(name='track_update', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _mutation uuid;', func='_mutation := nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM new_rows) THEN\n    RAISE EXCEPTION \'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)\',\n      TG_TABLE_NAME USING ERRCODE = \'insufficient_privilege\';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nIF EXISTS (SELECT 1 FROM new_rows n WHERE NOT EXISTS (SELECT 1 FROM old_rows o WHERE o."id" = n."id")) THEN\n  RAISE EXCEPTION \'The key of a row in % cannot be changed\', TG_TABLE_NAME USING ERRCODE = \'restrict_violation\';\nEND IF;\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r."id"::text, r."party_id", r."unit_id", NULL::bigint, \'U\',\n  to_jsonb(o) - ARRAY[\'updated_at\', \'search_vector\']::text[] - d.same, to_jsonb(r) - ARRAY[\'updated_at\', \'search_vector\']::text[] - d.same\nFROM new_rows r JOIN old_rows o ON o."id" = r."id"\nCROSS JOIN LATERAL (SELECT array_remove(ARRAY[CASE WHEN o."id" IS NOT DISTINCT FROM r."id" THEN \'id\' END, CASE WHEN o."party_id" IS NOT DISTINCT FROM r."party_id" THEN \'party_id\' END, CASE WHEN o."unit_id" IS NOT DISTINCT FROM r."unit_id" THEN \'unit_id\' END, CASE WHEN o."number" IS NOT DISTINCT FROM r."number" THEN \'number\' END, CASE WHEN o."source" IS NOT DISTINCT FROM r."source" THEN \'source\' END], NULL) AS same) d\nWHERE cardinality(d.same) < 5;\nRETURN NULL;', hash='beb4ddc7225e1337f569c269dca397bd4b2e4554', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_track_update_95949', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='members_formernumber', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='formernumber',
            trigger=pgtrigger.compiler.Trigger(name='track_delete', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _mutation uuid;', func='_mutation := nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM old_rows) THEN\n    RAISE EXCEPTION \'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)\',\n      TG_TABLE_NAME USING ERRCODE = \'insufficient_privilege\';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r."id"::text, r."party_id", r."unit_id", NULL::bigint, \'D\',\n  jsonb_strip_nulls(to_jsonb(r) - ARRAY[\'updated_at\', \'search_vector\']::text[]), NULL::jsonb FROM old_rows r;\nRETURN NULL;', hash='3ca0d45dd38f59c0d9d2ce2e9d7da7cb28706739', level='STATEMENT', operation='DELETE', pgid='pgtrigger_track_delete_2ef2d', referencing='REFERENCING OLD TABLE AS old_rows ', table='members_formernumber', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='formernumber',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF coalesce(current_setting('jasenpalvelu.maintenance', true), '') <> 'truncate' THEN\n  RAISE EXCEPTION 'TRUNCATE of % would leave no history', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';\nEND IF;\nRETURN NULL;", hash='f4de43c29a525191f6a2bc5019f714381eb831a8', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_a0c07', table='members_formernumber', when='BEFORE')),
        ),
    ]
