import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('communications', '0010_deliveries_without_checks'),
        ('members', '0038_join_campaign'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Campaign',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('code', models.SlugField(max_length=24, unique=True, verbose_name='code in links')),
                ('description', models.TextField(blank=True, max_length=1000, verbose_name='what it is about')),
                ('goal', models.CharField(choices=[('members', 'new members admitted'), ('applications', 'applications'), ('answers', 'answers to surveys'), ('calls', 'people reached by phone'), ('downloads', 'materials downloaded')], default='members', max_length=12, verbose_name='goal')),
                ('target', models.PositiveIntegerField(validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(1000000)], verbose_name='how many')),
                ('starts_on', models.DateField(verbose_name='first day')),
                ('ends_on', models.DateField(verbose_name='last day')),
                ('recruits', models.BooleanField(default=False, verbose_name='members get links of their own')),
                ('closed_at', models.DateTimeField(null=True, verbose_name='closed')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('segment', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.segment', verbose_name='segment')),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='campaigns', to='members.orgunit', verbose_name='unit')),
            ],
            options={
                'verbose_name': 'campaign',
                'verbose_name_plural': 'campaigns',
            },
        ),
        migrations.CreateModel(
            name='CampaignCall',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('open', 'to call'), ('reached', 'reached'), ('later', 'call again later'), ('no_answer', 'no answer'), ('refused', 'does not want to be called')], default='open', max_length=10, verbose_name='how it went')),
                ('called_at', models.DateTimeField(null=True, verbose_name='called')),
                ('called_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='calls', to='communications.campaign', verbose_name='campaign')),
                ('party', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='members.party', verbose_name='member')),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='members.orgunit', verbose_name='association')),
            ],
        ),
        migrations.CreateModel(
            name='CampaignJoin',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('on', models.DateField(verbose_name='applied')),
                ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='joins', to='communications.campaign', verbose_name='campaign')),
                ('membership', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='campaign_join', to='members.membership')),
                ('referrer', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='members.party', verbose_name='invited by')),
            ],
        ),
        migrations.CreateModel(
            name='CampaignStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('announcement', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='communications.announcement', verbose_name='announcement')),
                ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='steps', to='communications.campaign', verbose_name='campaign')),
                ('mailing', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='communications.mailing', verbose_name='letter')),
                ('material', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='communications.material', verbose_name='material')),
                ('survey', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='communications.survey', verbose_name='survey')),
            ],
        ),
        migrations.AddConstraint(
            model_name='campaign',
            constraint=models.CheckConstraint(condition=models.Q(('ends_on__gte', models.F('starts_on'))), name='campaign_period'),
        ),
        migrations.AddConstraint(
            model_name='campaign',
            constraint=models.CheckConstraint(condition=models.Q(('target__gte', 1)), name='campaign_target'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='campaign',
            trigger=pgtrigger.compiler.Trigger(name='track_insert', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _mutation uuid;', func='_mutation := nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM new_rows) THEN\n    RAISE EXCEPTION \'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)\',\n      TG_TABLE_NAME USING ERRCODE = \'insufficient_privilege\';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r."id"::text, NULL::bigint, r."unit_id", NULL::bigint, \'I\',\n  NULL::jsonb, jsonb_strip_nulls(to_jsonb(r) - ARRAY[\'updated_at\', \'search_vector\']::text[]) FROM new_rows r;\nRETURN NULL;', hash='723a628c3149710abbf481d1ec3c45d5faf110d3', level='STATEMENT', operation='INSERT', pgid='pgtrigger_track_insert_6fcd5', referencing='REFERENCING NEW TABLE AS new_rows ', table='communications_campaign', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='campaign',
            trigger=pgtrigger.compiler.Trigger(name='track_update', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _mutation uuid;', func='_mutation := nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM new_rows) THEN\n    RAISE EXCEPTION \'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)\',\n      TG_TABLE_NAME USING ERRCODE = \'insufficient_privilege\';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nIF EXISTS (SELECT 1 FROM new_rows n WHERE NOT EXISTS (SELECT 1 FROM old_rows o WHERE o."id" = n."id")) THEN\n  RAISE EXCEPTION \'The key of a row in % cannot be changed\', TG_TABLE_NAME USING ERRCODE = \'restrict_violation\';\nEND IF;\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r."id"::text, NULL::bigint, r."unit_id", NULL::bigint, \'U\',\n  to_jsonb(o) - ARRAY[\'updated_at\', \'search_vector\']::text[] - d.same, to_jsonb(r) - ARRAY[\'updated_at\', \'search_vector\']::text[] - d.same\nFROM new_rows r JOIN old_rows o ON o."id" = r."id"\nCROSS JOIN LATERAL (SELECT array_remove(ARRAY[CASE WHEN o."id" IS NOT DISTINCT FROM r."id" THEN \'id\' END, CASE WHEN o."unit_id" IS NOT DISTINCT FROM r."unit_id" THEN \'unit_id\' END, CASE WHEN o."name" IS NOT DISTINCT FROM r."name" THEN \'name\' END, CASE WHEN o."code" IS NOT DISTINCT FROM r."code" THEN \'code\' END, CASE WHEN o."description" IS NOT DISTINCT FROM r."description" THEN \'description\' END, CASE WHEN o."goal" IS NOT DISTINCT FROM r."goal" THEN \'goal\' END, CASE WHEN o."target" IS NOT DISTINCT FROM r."target" THEN \'target\' END, CASE WHEN o."starts_on" IS NOT DISTINCT FROM r."starts_on" THEN \'starts_on\' END, CASE WHEN o."ends_on" IS NOT DISTINCT FROM r."ends_on" THEN \'ends_on\' END, CASE WHEN o."segment_id" IS NOT DISTINCT FROM r."segment_id" THEN \'segment_id\' END, CASE WHEN o."recruits" IS NOT DISTINCT FROM r."recruits" THEN \'recruits\' END, CASE WHEN o."closed_at" IS NOT DISTINCT FROM r."closed_at" THEN \'closed_at\' END, CASE WHEN o."created_at" IS NOT DISTINCT FROM r."created_at" THEN \'created_at\' END], NULL) AS same) d\nWHERE cardinality(d.same) < 13;\nRETURN NULL;', hash='f433d318415b4bf7c2abfef73cdf8b00e1b3fcf3', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_track_update_020c5', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='communications_campaign', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='campaign',
            trigger=pgtrigger.compiler.Trigger(name='track_delete', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _mutation uuid;', func='_mutation := nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM old_rows) THEN\n    RAISE EXCEPTION \'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)\',\n      TG_TABLE_NAME USING ERRCODE = \'insufficient_privilege\';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r."id"::text, NULL::bigint, r."unit_id", NULL::bigint, \'D\',\n  jsonb_strip_nulls(to_jsonb(r) - ARRAY[\'updated_at\', \'search_vector\']::text[]), NULL::jsonb FROM old_rows r;\nRETURN NULL;', hash='6226089044e6daf5c5d27b746ce142982f6b4a6b', level='STATEMENT', operation='DELETE', pgid='pgtrigger_track_delete_ef012', referencing='REFERENCING OLD TABLE AS old_rows ', table='communications_campaign', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='campaign',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF coalesce(current_setting('jasenpalvelu.maintenance', true), '') <> 'truncate' THEN\n  RAISE EXCEPTION 'TRUNCATE of % would leave no history', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';\nEND IF;\nRETURN NULL;", hash='b34dfff3df13329cb539afa3d54e9f69f884c58e', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_ea2b2', table='communications_campaign', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='campaigncall',
            constraint=models.UniqueConstraint(fields=('campaign', 'party'), name='campaigncall_once'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='campaigncall',
            trigger=pgtrigger.compiler.Trigger(name='track_insert', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _mutation uuid;', func='_mutation := nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM new_rows) THEN\n    RAISE EXCEPTION \'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)\',\n      TG_TABLE_NAME USING ERRCODE = \'insufficient_privilege\';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r."id"::text, r."party_id", NULL::bigint, NULL::bigint, \'I\',\n  NULL::jsonb, jsonb_strip_nulls(to_jsonb(r) - ARRAY[\'updated_at\', \'search_vector\']::text[]) FROM new_rows r;\nRETURN NULL;', hash='95eff7d3d409f9a50d95f0eb08aa7ac8a35e8765', level='STATEMENT', operation='INSERT', pgid='pgtrigger_track_insert_e49e4', referencing='REFERENCING NEW TABLE AS new_rows ', table='communications_campaigncall', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='campaigncall',
            trigger=pgtrigger.compiler.Trigger(name='track_update', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _mutation uuid;', func='_mutation := nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM new_rows) THEN\n    RAISE EXCEPTION \'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)\',\n      TG_TABLE_NAME USING ERRCODE = \'insufficient_privilege\';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nIF EXISTS (SELECT 1 FROM new_rows n WHERE NOT EXISTS (SELECT 1 FROM old_rows o WHERE o."id" = n."id")) THEN\n  RAISE EXCEPTION \'The key of a row in % cannot be changed\', TG_TABLE_NAME USING ERRCODE = \'restrict_violation\';\nEND IF;\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r."id"::text, r."party_id", NULL::bigint, NULL::bigint, \'U\',\n  to_jsonb(o) - ARRAY[\'updated_at\', \'search_vector\']::text[] - d.same, to_jsonb(r) - ARRAY[\'updated_at\', \'search_vector\']::text[] - d.same\nFROM new_rows r JOIN old_rows o ON o."id" = r."id"\nCROSS JOIN LATERAL (SELECT array_remove(ARRAY[CASE WHEN o."id" IS NOT DISTINCT FROM r."id" THEN \'id\' END, CASE WHEN o."campaign_id" IS NOT DISTINCT FROM r."campaign_id" THEN \'campaign_id\' END, CASE WHEN o."party_id" IS NOT DISTINCT FROM r."party_id" THEN \'party_id\' END, CASE WHEN o."unit_id" IS NOT DISTINCT FROM r."unit_id" THEN \'unit_id\' END, CASE WHEN o."state" IS NOT DISTINCT FROM r."state" THEN \'state\' END, CASE WHEN o."called_at" IS NOT DISTINCT FROM r."called_at" THEN \'called_at\' END, CASE WHEN o."called_by_id" IS NOT DISTINCT FROM r."called_by_id" THEN \'called_by_id\' END], NULL) AS same) d\nWHERE cardinality(d.same) < 7;\nRETURN NULL;', hash='85465bd61b1d991574e7a3a0e553b2f791a3ad14', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_track_update_d70fc', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='communications_campaigncall', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='campaigncall',
            trigger=pgtrigger.compiler.Trigger(name='track_delete', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _mutation uuid;', func='_mutation := nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM old_rows) THEN\n    RAISE EXCEPTION \'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)\',\n      TG_TABLE_NAME USING ERRCODE = \'insufficient_privilege\';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r."id"::text, r."party_id", NULL::bigint, NULL::bigint, \'D\',\n  jsonb_strip_nulls(to_jsonb(r) - ARRAY[\'updated_at\', \'search_vector\']::text[]), NULL::jsonb FROM old_rows r;\nRETURN NULL;', hash='d40a4f198c35ef7fa34158602ced4acdcc22fb7a', level='STATEMENT', operation='DELETE', pgid='pgtrigger_track_delete_2f239', referencing='REFERENCING OLD TABLE AS old_rows ', table='communications_campaigncall', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='campaigncall',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF coalesce(current_setting('jasenpalvelu.maintenance', true), '') <> 'truncate' THEN\n  RAISE EXCEPTION 'TRUNCATE of % would leave no history', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';\nEND IF;\nRETURN NULL;", hash='1f6e46574c40cee6102a152b1ff8c5c59cfb33fc', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_3ddc9', table='communications_campaigncall', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='campaigncall',
            trigger=pgtrigger.compiler.Trigger(name='refuses_merged', sql=pgtrigger.compiler.UpsertTriggerSql(func="PERFORM 1 FROM members_party p WHERE p.id IN (SELECT n.party_id FROM new_rows n) ORDER BY p.id FOR KEY SHARE;\nIF EXISTS (SELECT 1 FROM members_party p WHERE p.id IN (SELECT n.party_id FROM new_rows n) AND p.merged_into_id IS NOT NULL) THEN\n  RAISE EXCEPTION 'A row of % belongs to a member who has been joined to another', TG_TABLE_NAME\n    USING ERRCODE = 'restrict_violation';\nEND IF;\nRETURN NULL;", hash='85c7bd1d8690edc4e1874415494cac1014f47622', level='STATEMENT', operation='INSERT', pgid='pgtrigger_refuses_merged_ff31c', referencing='REFERENCING NEW TABLE AS new_rows ', table='communications_campaigncall', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='campaignjoin',
            index=models.Index(fields=['campaign', 'on'], name='campaignjoin_of_campaign'),
        ),
        migrations.AddConstraint(
            model_name='campaignstep',
            constraint=models.UniqueConstraint(fields=('campaign', 'mailing', 'survey', 'announcement', 'material'), name='campaignstep_once', nulls_distinct=False),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='campaignstep',
            trigger=pgtrigger.compiler.Trigger(name='track_insert', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _mutation uuid;', func='_mutation := nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM new_rows) THEN\n    RAISE EXCEPTION \'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)\',\n      TG_TABLE_NAME USING ERRCODE = \'insufficient_privilege\';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r."id"::text, NULL::bigint, (SELECT c.unit_id FROM communications_campaign c WHERE c.id = r.campaign_id), NULL::bigint, \'I\',\n  NULL::jsonb, jsonb_strip_nulls(to_jsonb(r) - ARRAY[\'updated_at\', \'search_vector\']::text[]) FROM new_rows r;\nRETURN NULL;', hash='26e75fa8170350a6a96e436ff05cd0caf74db53c', level='STATEMENT', operation='INSERT', pgid='pgtrigger_track_insert_569e9', referencing='REFERENCING NEW TABLE AS new_rows ', table='communications_campaignstep', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='campaignstep',
            trigger=pgtrigger.compiler.Trigger(name='track_update', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _mutation uuid;', func='_mutation := nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM new_rows) THEN\n    RAISE EXCEPTION \'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)\',\n      TG_TABLE_NAME USING ERRCODE = \'insufficient_privilege\';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nIF EXISTS (SELECT 1 FROM new_rows n WHERE NOT EXISTS (SELECT 1 FROM old_rows o WHERE o."id" = n."id")) THEN\n  RAISE EXCEPTION \'The key of a row in % cannot be changed\', TG_TABLE_NAME USING ERRCODE = \'restrict_violation\';\nEND IF;\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r."id"::text, NULL::bigint, (SELECT c.unit_id FROM communications_campaign c WHERE c.id = r.campaign_id), NULL::bigint, \'U\',\n  to_jsonb(o) - ARRAY[\'updated_at\', \'search_vector\']::text[] - d.same, to_jsonb(r) - ARRAY[\'updated_at\', \'search_vector\']::text[] - d.same\nFROM new_rows r JOIN old_rows o ON o."id" = r."id"\nCROSS JOIN LATERAL (SELECT array_remove(ARRAY[CASE WHEN o."id" IS NOT DISTINCT FROM r."id" THEN \'id\' END, CASE WHEN o."campaign_id" IS NOT DISTINCT FROM r."campaign_id" THEN \'campaign_id\' END, CASE WHEN o."mailing_id" IS NOT DISTINCT FROM r."mailing_id" THEN \'mailing_id\' END, CASE WHEN o."survey_id" IS NOT DISTINCT FROM r."survey_id" THEN \'survey_id\' END, CASE WHEN o."announcement_id" IS NOT DISTINCT FROM r."announcement_id" THEN \'announcement_id\' END, CASE WHEN o."material_id" IS NOT DISTINCT FROM r."material_id" THEN \'material_id\' END], NULL) AS same) d\nWHERE cardinality(d.same) < 6;\nRETURN NULL;', hash='b0a780b3bbe2bc532ac9a51a9882070a24edcbc4', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_track_update_34bf4', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='communications_campaignstep', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='campaignstep',
            trigger=pgtrigger.compiler.Trigger(name='track_delete', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _mutation uuid;', func='_mutation := nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM old_rows) THEN\n    RAISE EXCEPTION \'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)\',\n      TG_TABLE_NAME USING ERRCODE = \'insufficient_privilege\';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r."id"::text, NULL::bigint, (SELECT c.unit_id FROM communications_campaign c WHERE c.id = r.campaign_id), NULL::bigint, \'D\',\n  jsonb_strip_nulls(to_jsonb(r) - ARRAY[\'updated_at\', \'search_vector\']::text[]), NULL::jsonb FROM old_rows r;\nRETURN NULL;', hash='7dbf916e5ebc7c2b6c3ea0c3d76a3461287bf307', level='STATEMENT', operation='DELETE', pgid='pgtrigger_track_delete_0c4f0', referencing='REFERENCING OLD TABLE AS old_rows ', table='communications_campaignstep', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='campaignstep',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF coalesce(current_setting('jasenpalvelu.maintenance', true), '') <> 'truncate' THEN\n  RAISE EXCEPTION 'TRUNCATE of % would leave no history', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';\nEND IF;\nRETURN NULL;", hash='92cbfe19e10a27e254606583af4934d0fda2223b', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_b05df', table='communications_campaignstep', when='BEFORE')),
        ),
    ]
