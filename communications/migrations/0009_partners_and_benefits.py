import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('communications', '0008_letter_pictures_and_templates'),
        ('members', '0037_consent_by_link'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='announcementread',
            name='announcement',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='reads', to='communications.announcement', verbose_name='announcement'),
        ),
        migrations.AlterField(
            model_name='announcementread',
            name='at',
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='read'),
        ),
        migrations.CreateModel(
            name='Partner',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('text_fi', models.TextField(blank=True, verbose_name='text in Finnish')),
                ('text_sv', models.TextField(blank=True, verbose_name='text in Swedish')),
                ('text_en', models.TextField(blank=True, verbose_name='text in English')),
                ('website', models.URLField(blank=True, verbose_name='website')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='e-mail')),
                ('phone', models.CharField(blank=True, max_length=30, verbose_name='phone')),
                ('ended_on', models.DateField(blank=True, null=True, verbose_name='ended on')),
                ('organisation', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='partnerships', to='members.party', verbose_name='organisation in the register')),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='partners', to='members.orgunit', verbose_name='unit')),
            ],
            options={
                'verbose_name': 'partner',
                'verbose_name_plural': 'partners',
            },
        ),
        migrations.CreateModel(
            name='Benefit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title_fi', models.CharField(blank=True, max_length=120, verbose_name='heading in Finnish')),
                ('title_sv', models.CharField(blank=True, max_length=120, verbose_name='heading in Swedish')),
                ('title_en', models.CharField(blank=True, max_length=120, verbose_name='heading in English')),
                ('text_fi', models.TextField(blank=True, verbose_name='text in Finnish')),
                ('text_sv', models.TextField(blank=True, verbose_name='text in Swedish')),
                ('text_en', models.TextField(blank=True, verbose_name='text in English')),
                ('use', models.CharField(choices=[('card', 'Show the membership card'), ('code', 'A code to give when ordering'), ('link', 'A link to the offer')], default='card', max_length=4, verbose_name='how it is used')),
                ('code', models.CharField(blank=True, max_length=40, verbose_name='code')),
                ('link', models.URLField(blank=True, max_length=500, verbose_name='link')),
                ('single_use', models.BooleanField(default=False, verbose_name='once for each member')),
                ('municipalities', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=3), blank=True, default=list, size=None, verbose_name='municipalities')),
                ('valid_from', models.DateField(verbose_name='valid from')),
                ('valid_until', models.DateField(blank=True, null=True, verbose_name='valid until')),
                ('state', models.CharField(choices=[('draft', 'draft'), ('published', 'published'), ('withdrawn', 'taken back')], default='draft', max_length=10, verbose_name='state')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('segment', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.segment', verbose_name='segment')),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='benefits', to='members.orgunit', verbose_name='unit')),
                ('partner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='benefits', to='communications.partner', verbose_name='partner')),
            ],
            options={
                'verbose_name': 'benefit',
                'verbose_name_plural': 'benefits',
            },
        ),
        migrations.CreateModel(
            name='PartnerLogin',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('email', models.EmailField(max_length=254, verbose_name='e-mail')),
                ('invited_at', models.DateTimeField(verbose_name='invited')),
                ('accepted_at', models.DateTimeField(null=True, verbose_name='accepted')),
                ('ended_at', models.DateTimeField(null=True, verbose_name='ended')),
                ('partner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='logins', to='communications.partner')),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='partner_logins', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='PartnerProposal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('new', models.BooleanField(default=False, verbose_name='a new benefit')),
                ('values', models.JSONField(default=dict)),
                ('state', models.CharField(choices=[('waiting', 'waits'), ('accepted', 'accepted'), ('refused', 'not accepted'), ('replaced', 'replaced by a newer one')], default='waiting', max_length=8, verbose_name='state')),
                ('reason', models.CharField(blank=True, max_length=300, verbose_name='why')),
                ('proposed_at', models.DateTimeField()),
                ('decided_at', models.DateTimeField(null=True)),
                ('benefit', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='proposals', to='communications.benefit')),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('partner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='proposals', to='communications.partner')),
                ('proposed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Redemption',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('on', models.DateField(verbose_name='used on')),
                ('token', models.UUIDField(null=True, unique=True)),
                ('benefit', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='redemptions', to='communications.benefit', verbose_name='benefit')),
                ('party', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='members.party')),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='members.orgunit', verbose_name='unit')),
            ],
        ),
        migrations.CreateModel(
            name='BenefitCode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=12, unique=True)),
                ('made_at', models.DateTimeField()),
                ('party', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='members.party')),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='members.orgunit')),
            ],
            options={
                'indexes': [models.Index(fields=['made_at'], name='benefitcode_age')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='benefitcode',
            trigger=pgtrigger.compiler.Trigger(name='refuses_merged', sql=pgtrigger.compiler.UpsertTriggerSql(func="PERFORM 1 FROM members_party p WHERE p.id IN (SELECT n.party_id FROM new_rows n) ORDER BY p.id FOR KEY SHARE;\nIF EXISTS (SELECT 1 FROM members_party p WHERE p.id IN (SELECT n.party_id FROM new_rows n) AND p.merged_into_id IS NOT NULL) THEN\n  RAISE EXCEPTION 'A row of % belongs to a member who has been joined to another', TG_TABLE_NAME\n    USING ERRCODE = 'restrict_violation';\nEND IF;\nRETURN NULL;", hash='ea73d60b36896b41ef40b1f911e45fbf8383a29d', level='STATEMENT', operation='INSERT', pgid='pgtrigger_refuses_merged_7b876', referencing='REFERENCING NEW TABLE AS new_rows ', table='communications_benefitcode', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='partner',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_on__isnull', True)), fields=('unit', 'name'), name='partner_name'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='partner',
            trigger=pgtrigger.compiler.Trigger(name='track_insert', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _mutation uuid;', func='_mutation := nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM new_rows) THEN\n    RAISE EXCEPTION \'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)\',\n      TG_TABLE_NAME USING ERRCODE = \'insufficient_privilege\';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r."id"::text, NULL::bigint, r."unit_id", NULL::bigint, \'I\',\n  NULL::jsonb, jsonb_strip_nulls(to_jsonb(r) - ARRAY[\'updated_at\', \'search_vector\']::text[]) FROM new_rows r;\nRETURN NULL;', hash='27935d9ee8afdda03fc854c3fe229a036c48d22c', level='STATEMENT', operation='INSERT', pgid='pgtrigger_track_insert_357de', referencing='REFERENCING NEW TABLE AS new_rows ', table='communications_partner', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='partner',
            trigger=pgtrigger.compiler.Trigger(name='track_update', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _mutation uuid;', func='_mutation := nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM new_rows) THEN\n    RAISE EXCEPTION \'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)\',\n      TG_TABLE_NAME USING ERRCODE = \'insufficient_privilege\';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nIF EXISTS (SELECT 1 FROM new_rows n WHERE NOT EXISTS (SELECT 1 FROM old_rows o WHERE o."id" = n."id")) THEN\n  RAISE EXCEPTION \'The key of a row in % cannot be changed\', TG_TABLE_NAME USING ERRCODE = \'restrict_violation\';\nEND IF;\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r."id"::text, NULL::bigint, r."unit_id", NULL::bigint, \'U\',\n  to_jsonb(o) - ARRAY[\'updated_at\', \'search_vector\']::text[] - d.same, to_jsonb(r) - ARRAY[\'updated_at\', \'search_vector\']::text[] - d.same\nFROM new_rows r JOIN old_rows o ON o."id" = r."id"\nCROSS JOIN LATERAL (SELECT array_remove(ARRAY[CASE WHEN o."id" IS NOT DISTINCT FROM r."id" THEN \'id\' END, CASE WHEN o."unit_id" IS NOT DISTINCT FROM r."unit_id" THEN \'unit_id\' END, CASE WHEN o."organisation_id" IS NOT DISTINCT FROM r."organisation_id" THEN \'organisation_id\' END, CASE WHEN o."name" IS NOT DISTINCT FROM r."name" THEN \'name\' END, CASE WHEN o."text_fi" IS NOT DISTINCT FROM r."text_fi" THEN \'text_fi\' END, CASE WHEN o."text_sv" IS NOT DISTINCT FROM r."text_sv" THEN \'text_sv\' END, CASE WHEN o."text_en" IS NOT DISTINCT FROM r."text_en" THEN \'text_en\' END, CASE WHEN o."website" IS NOT DISTINCT FROM r."website" THEN \'website\' END, CASE WHEN o."email" IS NOT DISTINCT FROM r."email" THEN \'email\' END, CASE WHEN o."phone" IS NOT DISTINCT FROM r."phone" THEN \'phone\' END, CASE WHEN o."ended_on" IS NOT DISTINCT FROM r."ended_on" THEN \'ended_on\' END], NULL) AS same) d\nWHERE cardinality(d.same) < 11;\nRETURN NULL;', hash='cc9bb26fc43b68013c1aaa89325ee2c0bdce83cf', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_track_update_b20bf', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='communications_partner', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='partner',
            trigger=pgtrigger.compiler.Trigger(name='track_delete', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _mutation uuid;', func='_mutation := nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM old_rows) THEN\n    RAISE EXCEPTION \'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)\',\n      TG_TABLE_NAME USING ERRCODE = \'insufficient_privilege\';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r."id"::text, NULL::bigint, r."unit_id", NULL::bigint, \'D\',\n  jsonb_strip_nulls(to_jsonb(r) - ARRAY[\'updated_at\', \'search_vector\']::text[]), NULL::jsonb FROM old_rows r;\nRETURN NULL;', hash='196597adf39b5ba77ade91ff7df50a99bc5b5fc0', level='STATEMENT', operation='DELETE', pgid='pgtrigger_track_delete_b9bd0', referencing='REFERENCING OLD TABLE AS old_rows ', table='communications_partner', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='partner',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF coalesce(current_setting('jasenpalvelu.maintenance', true), '') <> 'truncate' THEN\n  RAISE EXCEPTION 'TRUNCATE of % would leave no history', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';\nEND IF;\nRETURN NULL;", hash='cd6e8e3bf08e525ae77fb459c98c55d70d8482c1', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_2ef7e', table='communications_partner', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='benefit',
            index=models.Index(fields=['unit', 'state'], name='benefit_shown'),
        ),
        migrations.AddConstraint(
            model_name='benefit',
            constraint=models.CheckConstraint(condition=models.Q(('title_en', ''), ('title_fi', ''), ('title_sv', ''), _negated=True), name='benefit_has_heading'),
        ),
        migrations.AddConstraint(
            model_name='benefit',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('use', 'code'), _negated=True), models.Q(('code', ''), _negated=True), _connector='OR'), name='benefit_code'),
        ),
        migrations.AddConstraint(
            model_name='benefit',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('use', 'link'), _negated=True), models.Q(('link', ''), _negated=True), _connector='OR'), name='benefit_link'),
        ),
        migrations.AddConstraint(
            model_name='benefit',
            constraint=models.CheckConstraint(condition=models.Q(('single_use', False), ('use', 'card'), _connector='OR'), name='benefit_once_by_card'),
        ),
        migrations.AddConstraint(
            model_name='benefit',
            constraint=models.CheckConstraint(condition=models.Q(('valid_until__isnull', True), ('valid_until__gte', models.F('valid_from')), _connector='OR'), name='benefit_period'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='benefit',
            trigger=pgtrigger.compiler.Trigger(name='track_insert', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _mutation uuid;', func='_mutation := nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM new_rows) THEN\n    RAISE EXCEPTION \'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)\',\n      TG_TABLE_NAME USING ERRCODE = \'insufficient_privilege\';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r."id"::text, NULL::bigint, r."unit_id", NULL::bigint, \'I\',\n  NULL::jsonb, jsonb_strip_nulls(to_jsonb(r) - ARRAY[\'updated_at\', \'search_vector\']::text[]) FROM new_rows r;\nRETURN NULL;', hash='9bf522a97c7f6e5bf00e3d9c8d565ab2efffcd0c', level='STATEMENT', operation='INSERT', pgid='pgtrigger_track_insert_9307f', referencing='REFERENCING NEW TABLE AS new_rows ', table='communications_benefit', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='benefit',
            trigger=pgtrigger.compiler.Trigger(name='track_update', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _mutation uuid;', func='_mutation := nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM new_rows) THEN\n    RAISE EXCEPTION \'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)\',\n      TG_TABLE_NAME USING ERRCODE = \'insufficient_privilege\';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nIF EXISTS (SELECT 1 FROM new_rows n WHERE NOT EXISTS (SELECT 1 FROM old_rows o WHERE o."id" = n."id")) THEN\n  RAISE EXCEPTION \'The key of a row in % cannot be changed\', TG_TABLE_NAME USING ERRCODE = \'restrict_violation\';\nEND IF;\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r."id"::text, NULL::bigint, r."unit_id", NULL::bigint, \'U\',\n  to_jsonb(o) - ARRAY[\'updated_at\', \'search_vector\']::text[] - d.same, to_jsonb(r) - ARRAY[\'updated_at\', \'search_vector\']::text[] - d.same\nFROM new_rows r JOIN old_rows o ON o."id" = r."id"\nCROSS JOIN LATERAL (SELECT array_remove(ARRAY[CASE WHEN o."id" IS NOT DISTINCT FROM r."id" THEN \'id\' END, CASE WHEN o."unit_id" IS NOT DISTINCT FROM r."unit_id" THEN \'unit_id\' END, CASE WHEN o."partner_id" IS NOT DISTINCT FROM r."partner_id" THEN \'partner_id\' END, CASE WHEN o."title_fi" IS NOT DISTINCT FROM r."title_fi" THEN \'title_fi\' END, CASE WHEN o."title_sv" IS NOT DISTINCT FROM r."title_sv" THEN \'title_sv\' END, CASE WHEN o."title_en" IS NOT DISTINCT FROM r."title_en" THEN \'title_en\' END, CASE WHEN o."text_fi" IS NOT DISTINCT FROM r."text_fi" THEN \'text_fi\' END, CASE WHEN o."text_sv" IS NOT DISTINCT FROM r."text_sv" THEN \'text_sv\' END, CASE WHEN o."text_en" IS NOT DISTINCT FROM r."text_en" THEN \'text_en\' END, CASE WHEN o."use" IS NOT DISTINCT FROM r."use" THEN \'use\' END, CASE WHEN o."code" IS NOT DISTINCT FROM r."code" THEN \'code\' END, CASE WHEN o."link" IS NOT DISTINCT FROM r."link" THEN \'link\' END, CASE WHEN o."single_use" IS NOT DISTINCT FROM r."single_use" THEN \'single_use\' END, CASE WHEN o."segment_id" IS NOT DISTINCT FROM r."segment_id" THEN \'segment_id\' END, CASE WHEN o."municipalities" IS NOT DISTINCT FROM r."municipalities" THEN \'municipalities\' END, CASE WHEN o."valid_from" IS NOT DISTINCT FROM r."valid_from" THEN \'valid_from\' END, CASE WHEN o."valid_until" IS NOT DISTINCT FROM r."valid_until" THEN \'valid_until\' END, CASE WHEN o."state" IS NOT DISTINCT FROM r."state" THEN \'state\' END, CASE WHEN o."created_at" IS NOT DISTINCT FROM r."created_at" THEN \'created_at\' END], NULL) AS same) d\nWHERE cardinality(d.same) < 19;\nRETURN NULL;', hash='5aac0a76121ab827ff9f8eff4c368f8441a9aceb', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_track_update_8de9b', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='communications_benefit', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='benefit',
            trigger=pgtrigger.compiler.Trigger(name='track_delete', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _mutation uuid;', func='_mutation := nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM old_rows) THEN\n    RAISE EXCEPTION \'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)\',\n      TG_TABLE_NAME USING ERRCODE = \'insufficient_privilege\';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r."id"::text, NULL::bigint, r."unit_id", NULL::bigint, \'D\',\n  jsonb_strip_nulls(to_jsonb(r) - ARRAY[\'updated_at\', \'search_vector\']::text[]), NULL::jsonb FROM old_rows r;\nRETURN NULL;', hash='96ca01439d1ddac8d8cc8687537a9150281566d0', level='STATEMENT', operation='DELETE', pgid='pgtrigger_track_delete_58daa', referencing='REFERENCING OLD TABLE AS old_rows ', table='communications_benefit', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='benefit',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF coalesce(current_setting('jasenpalvelu.maintenance', true), '') <> 'truncate' THEN\n  RAISE EXCEPTION 'TRUNCATE of % would leave no history', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';\nEND IF;\nRETURN NULL;", hash='4153ca04ee1e1bad2960b56802dc7667d694de87', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_8953d', table='communications_benefit', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='partnerlogin',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('partner', 'email'), name='partnerlogin_once'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='partnerlogin',
            trigger=pgtrigger.compiler.Trigger(name='track_insert', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _mutation uuid;', func='_mutation := nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM new_rows) THEN\n    RAISE EXCEPTION \'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)\',\n      TG_TABLE_NAME USING ERRCODE = \'insufficient_privilege\';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r."id"::text, NULL::bigint, (SELECT p.unit_id FROM communications_partner p WHERE p.id = r.partner_id), NULL::bigint, \'I\',\n  NULL::jsonb, jsonb_strip_nulls(to_jsonb(r) - ARRAY[\'updated_at\', \'search_vector\']::text[]) FROM new_rows r;\nRETURN NULL;', hash='9517964e92681b33609fa86d0ee921e08e134758', level='STATEMENT', operation='INSERT', pgid='pgtrigger_track_insert_1a000', referencing='REFERENCING NEW TABLE AS new_rows ', table='communications_partnerlogin', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='partnerlogin',
            trigger=pgtrigger.compiler.Trigger(name='track_update', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _mutation uuid;', func='_mutation := nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM new_rows) THEN\n    RAISE EXCEPTION \'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)\',\n      TG_TABLE_NAME USING ERRCODE = \'insufficient_privilege\';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nIF EXISTS (SELECT 1 FROM new_rows n WHERE NOT EXISTS (SELECT 1 FROM old_rows o WHERE o."id" = n."id")) THEN\n  RAISE EXCEPTION \'The key of a row in % cannot be changed\', TG_TABLE_NAME USING ERRCODE = \'restrict_violation\';\nEND IF;\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r."id"::text, NULL::bigint, (SELECT p.unit_id FROM communications_partner p WHERE p.id = r.partner_id), NULL::bigint, \'U\',\n  to_jsonb(o) - ARRAY[\'updated_at\', \'search_vector\']::text[] - d.same, to_jsonb(r) - ARRAY[\'updated_at\', \'search_vector\']::text[] - d.same\nFROM new_rows r JOIN old_rows o ON o."id" = r."id"\nCROSS JOIN LATERAL (SELECT array_remove(ARRAY[CASE WHEN o."id" IS NOT DISTINCT FROM r."id" THEN \'id\' END, CASE WHEN o."partner_id" IS NOT DISTINCT FROM r."partner_id" THEN \'partner_id\' END, CASE WHEN o."email" IS NOT DISTINCT FROM r."email" THEN \'email\' END, CASE WHEN o."user_id" IS NOT DISTINCT FROM r."user_id" THEN \'user_id\' END, CASE WHEN o."invited_at" IS NOT DISTINCT FROM r."invited_at" THEN \'invited_at\' END, CASE WHEN o."accepted_at" IS NOT DISTINCT FROM r."accepted_at" THEN \'accepted_at\' END, CASE WHEN o."ended_at" IS NOT DISTINCT FROM r."ended_at" THEN \'ended_at\' END], NULL) AS same) d\nWHERE cardinality(d.same) < 7;\nRETURN NULL;', hash='1c79a2e59a5ca0cd3c4aaabcbe6f4ef3db643cf0', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_track_update_78e98', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='communications_partnerlogin', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='partnerlogin',
            trigger=pgtrigger.compiler.Trigger(name='track_delete', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _mutation uuid;', func='_mutation := nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM old_rows) THEN\n    RAISE EXCEPTION \'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)\',\n      TG_TABLE_NAME USING ERRCODE = \'insufficient_privilege\';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r."id"::text, NULL::bigint, (SELECT p.unit_id FROM communications_partner p WHERE p.id = r.partner_id), NULL::bigint, \'D\',\n  jsonb_strip_nulls(to_jsonb(r) - ARRAY[\'updated_at\', \'search_vector\']::text[]), NULL::jsonb FROM old_rows r;\nRETURN NULL;', hash='72b07db2bcab908d792de044121e28bc6381a66e', level='STATEMENT', operation='DELETE', pgid='pgtrigger_track_delete_f3fe2', referencing='REFERENCING OLD TABLE AS old_rows ', table='communications_partnerlogin', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='partnerlogin',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF coalesce(current_setting('jasenpalvelu.maintenance', true), '') <> 'truncate' THEN\n  RAISE EXCEPTION 'TRUNCATE of % would leave no history', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';\nEND IF;\nRETURN NULL;", hash='7742f72cd4e86b831a39725c93d1837435bd9989', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_dd35a', table='communications_partnerlogin', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='partnerproposal',
            index=models.Index(condition=models.Q(('state', 'waiting')), fields=['partner'], name='partnerproposal_waiting'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='partnerproposal',
            trigger=pgtrigger.compiler.Trigger(name='track_insert', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _mutation uuid;', func='_mutation := nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM new_rows) THEN\n    RAISE EXCEPTION \'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)\',\n      TG_TABLE_NAME USING ERRCODE = \'insufficient_privilege\';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r."id"::text, NULL::bigint, (SELECT p.unit_id FROM communications_partner p WHERE p.id = r.partner_id), NULL::bigint, \'I\',\n  NULL::jsonb, jsonb_strip_nulls(to_jsonb(r) - ARRAY[\'updated_at\', \'search_vector\']::text[]) FROM new_rows r;\nRETURN NULL;', hash='ddba9131c914bb9348cd076ca2d2b23dca41b1a6', level='STATEMENT', operation='INSERT', pgid='pgtrigger_track_insert_855c7', referencing='REFERENCING NEW TABLE AS new_rows ', table='communications_partnerproposal', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='partnerproposal',
            trigger=pgtrigger.compiler.Trigger(name='track_update', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _mutation uuid;', func='_mutation := nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM new_rows) THEN\n    RAISE EXCEPTION \'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)\',\n      TG_TABLE_NAME USING ERRCODE = \'insufficient_privilege\';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nIF EXISTS (SELECT 1 FROM new_rows n WHERE NOT EXISTS (SELECT 1 FROM old_rows o WHERE o."id" = n."id")) THEN\n  RAISE EXCEPTION \'The key of a row in % cannot be changed\', TG_TABLE_NAME USING ERRCODE = \'restrict_violation\';\nEND IF;\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r."id"::text, NULL::bigint, (SELECT p.unit_id FROM communications_partner p WHERE p.id = r.partner_id), NULL::bigint, \'U\',\n  to_jsonb(o) - ARRAY[\'updated_at\', \'search_vector\']::text[] - d.same, to_jsonb(r) - ARRAY[\'updated_at\', \'search_vector\']::text[] - d.same\nFROM new_rows r JOIN old_rows o ON o."id" = r."id"\nCROSS JOIN LATERAL (SELECT array_remove(ARRAY[CASE WHEN o."id" IS NOT DISTINCT FROM r."id" THEN \'id\' END, CASE WHEN o."partner_id" IS NOT DISTINCT FROM r."partner_id" THEN \'partner_id\' END, CASE WHEN o."benefit_id" IS NOT DISTINCT FROM r."benefit_id" THEN \'benefit_id\' END, CASE WHEN o."new" IS NOT DISTINCT FROM r."new" THEN \'new\' END, CASE WHEN o."values" IS NOT DISTINCT FROM r."values" THEN \'values\' END, CASE WHEN o."state" IS NOT DISTINCT FROM r."state" THEN \'state\' END, CASE WHEN o."reason" IS NOT DISTINCT FROM r."reason" THEN \'reason\' END, CASE WHEN o."proposed_by_id" IS NOT DISTINCT FROM r."proposed_by_id" THEN \'proposed_by_id\' END, CASE WHEN o."proposed_at" IS NOT DISTINCT FROM r."proposed_at" THEN \'proposed_at\' END, CASE WHEN o."decided_by_id" IS NOT DISTINCT FROM r."decided_by_id" THEN \'decided_by_id\' END, CASE WHEN o."decided_at" IS NOT DISTINCT FROM r."decided_at" THEN \'decided_at\' END], NULL) AS same) d\nWHERE cardinality(d.same) < 11;\nRETURN NULL;', hash='288b34401391e0693e7316d2a73eab2fab95ab79', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_track_update_b8a75', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='communications_partnerproposal', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='partnerproposal',
            trigger=pgtrigger.compiler.Trigger(name='track_delete', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _mutation uuid;', func='_mutation := nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM old_rows) THEN\n    RAISE EXCEPTION \'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)\',\n      TG_TABLE_NAME USING ERRCODE = \'insufficient_privilege\';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r."id"::text, NULL::bigint, (SELECT p.unit_id FROM communications_partner p WHERE p.id = r.partner_id), NULL::bigint, \'D\',\n  jsonb_strip_nulls(to_jsonb(r) - ARRAY[\'updated_at\', \'search_vector\']::text[]), NULL::jsonb FROM old_rows r;\nRETURN NULL;', hash='2a733829e4ee70c6e1bd9b3131604829ada40528', level='STATEMENT', operation='DELETE', pgid='pgtrigger_track_delete_246b0', referencing='REFERENCING OLD TABLE AS old_rows ', table='communications_partnerproposal', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='partnerproposal',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF coalesce(current_setting('jasenpalvelu.maintenance', true), '') <> 'truncate' THEN\n  RAISE EXCEPTION 'TRUNCATE of % would leave no history', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';\nEND IF;\nRETURN NULL;", hash='f4bca555b69ed676ad147ed40eddeae7337ae4a4', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_ecbf4', table='communications_partnerproposal', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='redemption',
            index=models.Index(fields=['benefit', 'on'], name='redemption_of_benefit'),
        ),
        migrations.AddConstraint(
            model_name='redemption',
            constraint=models.UniqueConstraint(condition=models.Q(('party__isnull', False)), fields=('benefit', 'party'), name='redemption_once'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='redemption',
            trigger=pgtrigger.compiler.Trigger(name='refuses_merged', sql=pgtrigger.compiler.UpsertTriggerSql(func="PERFORM 1 FROM members_party p WHERE p.id IN (SELECT n.party_id FROM new_rows n) ORDER BY p.id FOR KEY SHARE;\nIF EXISTS (SELECT 1 FROM members_party p WHERE p.id IN (SELECT n.party_id FROM new_rows n) AND p.merged_into_id IS NOT NULL) THEN\n  RAISE EXCEPTION 'A row of % belongs to a member who has been joined to another', TG_TABLE_NAME\n    USING ERRCODE = 'restrict_violation';\nEND IF;\nRETURN NULL;", hash='96208a74f6b0de0de5c8e1eea7d6102c6c7bd467', level='STATEMENT', operation='INSERT', pgid='pgtrigger_refuses_merged_e5dae', referencing='REFERENCING NEW TABLE AS new_rows ', table='communications_redemption', when='AFTER')),
        ),
    ]
