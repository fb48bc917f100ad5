import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('communications', '0004_surveys'),
        ('members', '0036_who_writes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Announcement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title_fi', models.CharField(blank=True, max_length=120, verbose_name='heading in Finnish')),
                ('title_sv', models.CharField(blank=True, max_length=120, verbose_name='heading in Swedish')),
                ('title_en', models.CharField(blank=True, max_length=120, verbose_name='heading in English')),
                ('body_fi', models.TextField(blank=True, verbose_name='text in Finnish')),
                ('body_sv', models.TextField(blank=True, verbose_name='text in Swedish')),
                ('body_en', models.TextField(blank=True, verbose_name='text in English')),
                ('picture', models.FileField(blank=True, upload_to='announcements/%Y/%m/', verbose_name='picture')),
                ('alt_fi', models.CharField(blank=True, max_length=200, verbose_name='picture told in Finnish')),
                ('alt_sv', models.CharField(blank=True, max_length=200, verbose_name='picture told in Swedish')),
                ('alt_en', models.CharField(blank=True, max_length=200, verbose_name='picture told in English')),
                ('audience', models.CharField(choices=[('own', 'Members of this unit'), ('below', 'Members of this unit and of those below it'), ('officers', 'Officers of this unit and of those below it'), ('segment', 'Members of a segment'), ('public', 'Everybody, also on the public page')], default='below', max_length=10, verbose_name='for whom')),
                ('visible_from', models.DateField(verbose_name='shown from')),
                ('visible_until', models.DateField(blank=True, null=True, verbose_name='shown until')),
                ('pinned', models.BooleanField(default=False, verbose_name='pinned')),
                ('important', models.BooleanField(default=False, verbose_name='important')),
                ('state', models.CharField(choices=[('draft', 'draft'), ('published', 'published'), ('withdrawn', 'taken back')], default='draft', max_length=10, verbose_name='state')),
                ('published_at', models.DateTimeField(null=True, verbose_name='published')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('segment', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.segment', verbose_name='segment')),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='announcements', to='members.orgunit', verbose_name='unit')),
            ],
            options={
                'verbose_name': 'announcement',
                'verbose_name_plural': 'announcements',
            },
        ),
        migrations.CreateModel(
            name='Material',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(max_length=120, verbose_name='name')),
                ('description', models.TextField(blank=True, max_length=1000, verbose_name='what it is for')),
                ('language', models.CharField(choices=[('fi', 'Finnish'), ('sv', 'Swedish'), ('en', 'English')], default='fi', max_length=2, verbose_name='language')),
                ('kind', models.CharField(choices=[('document', 'document'), ('presentation', 'presentation'), ('form', 'form to fill in'), ('table', 'table'), ('picture', 'picture')], max_length=12, verbose_name='kind')),
                ('tags', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), blank=True, default=list, size=None, verbose_name='topics')),
                ('audience', models.CharField(choices=[('members', 'All members'), ('types', 'Members of certain types'), ('officers', 'Officers, whatever their post'), ('roles', 'Officers in certain posts'), ('public', 'Everybody, also without logging in')], default='members', max_length=10, verbose_name='for whom')),
                ('types', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), blank=True, default=list, size=None, verbose_name='types')),
                ('roles', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=50), blank=True, default=list, size=None, verbose_name='posts')),
                ('valid_until', models.DateField(blank=True, null=True, verbose_name='valid until')),
                ('removed_at', models.DateTimeField(editable=False, null=True, verbose_name='removed')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('search', django.contrib.postgres.search.SearchVectorField(editable=False, null=True)),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='owner')),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='materials', to='members.orgunit', verbose_name='unit')),
            ],
            options={
                'verbose_name': 'material',
                'verbose_name_plural': 'materials',
            },
        ),
        migrations.CreateModel(
            name='AnnouncementMaterial',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('announcement', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='material_links', to='communications.announcement')),
                ('material', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='announcement_links', to='communications.material')),
            ],
        ),
        migrations.AddField(
            model_name='announcement',
            name='materials',
            field=models.ManyToManyField(related_name='announcements', through='communications.AnnouncementMaterial', to='communications.material'),
        ),
        migrations.CreateModel(
            name='MaterialVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField(verbose_name='version')),
                ('file', models.FileField(upload_to='materials/%Y/%m/', verbose_name='file')),
                ('name', models.CharField(max_length=150, verbose_name='name of the file')),
                ('extension', models.CharField(max_length=5)),
                ('size', models.PositiveIntegerField(verbose_name='size')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='what changed')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('material', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='versions', to='communications.material')),
            ],
        ),
        migrations.CreateModel(
            name='MaterialDownloads',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('month', models.DateField()),
                ('count', models.PositiveIntegerField(default=0)),
                ('version', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='downloads', to='communications.materialversion')),
            ],
        ),
        migrations.CreateModel(
            name='AnnouncementRead',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('announcement', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='reads', to='communications.announcement')),
                ('party', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='members.party')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('announcement', 'party'), name='announcementread_once')],
            },
        ),
        migrations.AddIndex(
            model_name='material',
            index=models.Index(fields=['unit', 'audience'], name='material_meant'),
        ),
        migrations.AddIndex(
            model_name='material',
            index=django.contrib.postgres.indexes.GinIndex(fields=['search'], name='material_search'),
        ),
        migrations.AddConstraint(
            model_name='material',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('audience', 'types'), models.Q(('types', []), _negated=True)), models.Q(('audience', 'types'), _negated=True), _connector='OR'), name='material_types'),
        ),
        migrations.AddConstraint(
            model_name='material',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('audience', 'roles'), models.Q(('roles', []), _negated=True)), models.Q(('audience', 'roles'), _negated=True), _connector='OR'), name='material_roles'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='material',
            trigger=pgtrigger.compiler.Trigger(name='track_insert', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _mutation uuid;', func='_mutation := nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM new_rows) THEN\n    RAISE EXCEPTION \'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)\',\n      TG_TABLE_NAME USING ERRCODE = \'insufficient_privilege\';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r."id"::text, NULL::bigint, r."unit_id", NULL::bigint, \'I\',\n  NULL::jsonb, jsonb_strip_nulls(to_jsonb(r) - ARRAY[\'search\']::text[]) FROM new_rows r;\nRETURN NULL;', hash='4b994fc8ec00a6f4f756c7ffa642cc10c6d1373c', level='STATEMENT', operation='INSERT', pgid='pgtrigger_track_insert_92b98', referencing='REFERENCING NEW TABLE AS new_rows ', table='communications_material', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='material',
            trigger=pgtrigger.compiler.Trigger(name='track_update', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _mutation uuid;', func='_mutation := nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM new_rows) THEN\n    RAISE EXCEPTION \'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)\',\n      TG_TABLE_NAME USING ERRCODE = \'insufficient_privilege\';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nIF EXISTS (SELECT 1 FROM new_rows n WHERE NOT EXISTS (SELECT 1 FROM old_rows o WHERE o."id" = n."id")) THEN\n  RAISE EXCEPTION \'The key of a row in % cannot be changed\', TG_TABLE_NAME USING ERRCODE = \'restrict_violation\';\nEND IF;\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r."id"::text, NULL::bigint, r."unit_id", NULL::bigint, \'U\',\n  to_jsonb(o) - ARRAY[\'search\']::text[] - d.same, to_jsonb(r) - ARRAY[\'search\']::text[] - d.same\nFROM new_rows r JOIN old_rows o ON o."id" = r."id"\nCROSS JOIN LATERAL (SELECT array_remove(ARRAY[CASE WHEN o."id" IS NOT DISTINCT FROM r."id" THEN \'id\' END, CASE WHEN o."unit_id" IS NOT DISTINCT FROM r."unit_id" THEN \'unit_id\' END, CASE WHEN o."title" IS NOT DISTINCT FROM r."title" THEN \'title\' END, CASE WHEN o."description" IS NOT DISTINCT FROM r."description" THEN \'description\' END, CASE WHEN o."language" IS NOT DISTINCT FROM r."language" THEN \'language\' END, CASE WHEN o."kind" IS NOT DISTINCT FROM r."kind" THEN \'kind\' END, CASE WHEN o."tags" IS NOT DISTINCT FROM r."tags" THEN \'tags\' END, CASE WHEN o."audience" IS NOT DISTINCT FROM r."audience" THEN \'audience\' END, CASE WHEN o."types" IS NOT DISTINCT FROM r."types" THEN \'types\' END, CASE WHEN o."roles" IS NOT DISTINCT FROM r."roles" THEN \'roles\' END, CASE WHEN o."valid_until" IS NOT DISTINCT FROM r."valid_until" THEN \'valid_until\' END, CASE WHEN o."owner_id" IS NOT DISTINCT FROM r."owner_id" THEN \'owner_id\' END, CASE WHEN o."removed_at" IS NOT DISTINCT FROM r."removed_at" THEN \'removed_at\' END, CASE WHEN o."created_at" IS NOT DISTINCT FROM r."created_at" THEN \'created_at\' END], NULL) AS same) d\nWHERE cardinality(d.same) < 14;\nRETURN NULL;', hash='e8f7d3eeb6a2fc96c2ddb373559d80b72a6e5c61', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_track_update_46a21', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='communications_material', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='material',
            trigger=pgtrigger.compiler.Trigger(name='track_delete', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _mutation uuid;', func='_mutation := nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM old_rows) THEN\n    RAISE EXCEPTION \'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)\',\n      TG_TABLE_NAME USING ERRCODE = \'insufficient_privilege\';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r."id"::text, NULL::bigint, r."unit_id", NULL::bigint, \'D\',\n  jsonb_strip_nulls(to_jsonb(r) - ARRAY[\'search\']::text[]), NULL::jsonb FROM old_rows r;\nRETURN NULL;', hash='e1b2eb609279996031e27a98eb2807af1aa1da92', level='STATEMENT', operation='DELETE', pgid='pgtrigger_track_delete_9d447', referencing='REFERENCING OLD TABLE AS old_rows ', table='communications_material', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='material',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF coalesce(current_setting('jasenpalvelu.maintenance', true), '') <> 'truncate' THEN\n  RAISE EXCEPTION 'TRUNCATE of % would leave no history', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';\nEND IF;\nRETURN NULL;", hash='965a5452b62d4828f023483d4271ce1f0be3b6cc', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_cfec8', table='communications_material', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='announcementmaterial',
            constraint=models.UniqueConstraint(fields=('announcement', 'material'), name='announcementmaterial_once'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='announcementmaterial',
            trigger=pgtrigger.compiler.Trigger(name='track_insert', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _mutation uuid;', func='_mutation := nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM new_rows) THEN\n    RAISE EXCEPTION \'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)\',\n      TG_TABLE_NAME USING ERRCODE = \'insufficient_privilege\';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r."id"::text, NULL::bigint, NULL::bigint, NULL::bigint, \'I\',\n  NULL::jsonb, jsonb_strip_nulls(to_jsonb(r) - ARRAY[\'updated_at\', \'search_vector\']::text[]) FROM new_rows r;\nRETURN NULL;', hash='efc9acad0fdcf77d90ae734b77c1397ce36ab3c2', level='STATEMENT', operation='INSERT', pgid='pgtrigger_track_insert_f0f88', referencing='REFERENCING NEW TABLE AS new_rows ', table='communications_announcementmaterial', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='announcementmaterial',
            trigger=pgtrigger.compiler.Trigger(name='track_update', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _mutation uuid;', func='_mutation := nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM new_rows) THEN\n    RAISE EXCEPTION \'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)\',\n      TG_TABLE_NAME USING ERRCODE = \'insufficient_privilege\';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nIF EXISTS (SELECT 1 FROM new_rows n WHERE NOT EXISTS (SELECT 1 FROM old_rows o WHERE o."id" = n."id")) THEN\n  RAISE EXCEPTION \'The key of a row in % cannot be changed\', TG_TABLE_NAME USING ERRCODE = \'restrict_violation\';\nEND IF;\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r."id"::text, NULL::bigint, NULL::bigint, NULL::bigint, \'U\',\n  to_jsonb(o) - ARRAY[\'updated_at\', \'search_vector\']::text[] - d.same, to_jsonb(r) - ARRAY[\'updated_at\', \'search_vector\']::text[] - d.same\nFROM new_rows r JOIN old_rows o ON o."id" = r."id"\nCROSS JOIN LATERAL (SELECT array_remove(ARRAY[CASE WHEN o."id" IS NOT DISTINCT FROM r."id" THEN \'id\' END, CASE WHEN o."announcement_id" IS NOT DISTINCT FROM r."announcement_id" THEN \'announcement_id\' END, CASE WHEN o."material_id" IS NOT DISTINCT FROM r."material_id" THEN \'material_id\' END], NULL) AS same) d\nWHERE cardinality(d.same) < 3;\nRETURN NULL;', hash='f9586a8bed12b8955ee6631cc83cc93d86e6a912', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_track_update_91427', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='communications_announcementmaterial', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='announcementmaterial',
            trigger=pgtrigger.compiler.Trigger(name='track_delete', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _mutation uuid;', func='_mutation := nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM old_rows) THEN\n    RAISE EXCEPTION \'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)\',\n      TG_TABLE_NAME USING ERRCODE = \'insufficient_privilege\';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r."id"::text, NULL::bigint, NULL::bigint, NULL::bigint, \'D\',\n  jsonb_strip_nulls(to_jsonb(r) - ARRAY[\'updated_at\', \'search_vector\']::text[]), NULL::jsonb FROM old_rows r;\nRETURN NULL;', hash='213ac841676cad7796463c800964d5ff517510b6', level='STATEMENT', operation='DELETE', pgid='pgtrigger_track_delete_fdc7d', referencing='REFERENCING OLD TABLE AS old_rows ', table='communications_announcementmaterial', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='announcementmaterial',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF coalesce(current_setting('jasenpalvelu.maintenance', true), '') <> 'truncate' THEN\n  RAISE EXCEPTION 'TRUNCATE of % would leave no history', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';\nEND IF;\nRETURN NULL;", hash='ec694fef0f3565ea29769cfb456b2219ece30ba4', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_08fb7', table='communications_announcementmaterial', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='announcement',
            index=models.Index(fields=['unit', 'state', '-visible_from'], name='announcement_shown'),
        ),
        migrations.AddConstraint(
            model_name='announcement',
            constraint=models.CheckConstraint(condition=models.Q(('title_en', ''), ('title_fi', ''), ('title_sv', ''), _negated=True), name='announcement_has_heading'),
        ),
        migrations.AddConstraint(
            model_name='announcement',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('audience', 'segment'), ('segment__isnull', False)), models.Q(models.Q(('audience', 'segment'), _negated=True), ('segment__isnull', True)), _connector='OR'), name='announcement_segment'),
        ),
        migrations.AddConstraint(
            model_name='announcement',
            constraint=models.CheckConstraint(condition=models.Q(('visible_until__isnull', True), ('visible_until__gte', models.F('visible_from')), _connector='OR'), name='announcement_period'),
        ),
        migrations.AddConstraint(
            model_name='announcement',
            constraint=models.CheckConstraint(condition=models.Q(('picture', ''), models.Q(('alt_en', ''), ('alt_fi', ''), ('alt_sv', ''), _negated=True), _connector='OR'), name='announcement_picture_told'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='announcement',
            trigger=pgtrigger.compiler.Trigger(name='track_insert', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _mutation uuid;', func='_mutation := nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM new_rows) THEN\n    RAISE EXCEPTION \'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)\',\n      TG_TABLE_NAME USING ERRCODE = \'insufficient_privilege\';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r."id"::text, NULL::bigint, r."unit_id", NULL::bigint, \'I\',\n  NULL::jsonb, jsonb_strip_nulls(to_jsonb(r) - ARRAY[\'updated_at\', \'search_vector\']::text[]) FROM new_rows r;\nRETURN NULL;', hash='5ae9faa7640258bd6bbfb8ed867885531a39fa2f', level='STATEMENT', operation='INSERT', pgid='pgtrigger_track_insert_cb2ff', referencing='REFERENCING NEW TABLE AS new_rows ', table='communications_announcement', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='announcement',
            trigger=pgtrigger.compiler.Trigger(name='track_update', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _mutation uuid;', func='_mutation := nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM new_rows) THEN\n    RAISE EXCEPTION \'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)\',\n      TG_TABLE_NAME USING ERRCODE = \'insufficient_privilege\';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nIF EXISTS (SELECT 1 FROM new_rows n WHERE NOT EXISTS (SELECT 1 FROM old_rows o WHERE o."id" = n."id")) THEN\n  RAISE EXCEPTION \'The key of a row in % cannot be changed\', TG_TABLE_NAME USING ERRCODE = \'restrict_violation\';\nEND IF;\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r."id"::text, NULL::bigint, r."unit_id", NULL::bigint, \'U\',\n  to_jsonb(o) - ARRAY[\'updated_at\', \'search_vector\']::text[] - d.same, to_jsonb(r) - ARRAY[\'updated_at\', \'search_vector\']::text[] - d.same\nFROM new_rows r JOIN old_rows o ON o."id" = r."id"\nCROSS JOIN LATERAL (SELECT array_remove(ARRAY[CASE WHEN o."id" IS NOT DISTINCT FROM r."id" THEN \'id\' END, CASE WHEN o."unit_id" IS NOT DISTINCT FROM r."unit_id" THEN \'unit_id\' END, CASE WHEN o."title_fi" IS NOT DISTINCT FROM r."title_fi" THEN \'title_fi\' END, CASE WHEN o."title_sv" IS NOT DISTINCT FROM r."title_sv" THEN \'title_sv\' END, CASE WHEN o."title_en" IS NOT DISTINCT FROM r."title_en" THEN \'title_en\' END, CASE WHEN o."body_fi" IS NOT DISTINCT FROM r."body_fi" THEN \'body_fi\' END, CASE WHEN o."body_sv" IS NOT DISTINCT FROM r."body_sv" THEN \'body_sv\' END, CASE WHEN o."body_en" IS NOT DISTINCT FROM r."body_en" THEN \'body_en\' END, CASE WHEN o."picture" IS NOT DISTINCT FROM r."picture" THEN \'picture\' END, CASE WHEN o."alt_fi" IS NOT DISTINCT FROM r."alt_fi" THEN \'alt_fi\' END, CASE WHEN o."alt_sv" IS NOT DISTINCT FROM r."alt_sv" THEN \'alt_sv\' END, CASE WHEN o."alt_en" IS NOT DISTINCT FROM r."alt_en" THEN \'alt_en\' END, CASE WHEN o."audience" IS NOT DISTINCT FROM r."audience" THEN \'audience\' END, CASE WHEN o."segment_id" IS NOT DISTINCT FROM r."segment_id" THEN \'segment_id\' END, CASE WHEN o."visible_from" IS NOT DISTINCT FROM r."visible_from" THEN \'visible_from\' END, CASE WHEN o."visible_until" IS NOT DISTINCT FROM r."visible_until" THEN \'visible_until\' END, CASE WHEN o."pinned" IS NOT DISTINCT FROM r."pinned" THEN \'pinned\' END, CASE WHEN o."important" IS NOT DISTINCT FROM r."important" THEN \'important\' END, CASE WHEN o."state" IS NOT DISTINCT FROM r."state" THEN \'state\' END, CASE WHEN o."published_at" IS NOT DISTINCT FROM r."published_at" THEN \'published_at\' END, CASE WHEN o."created_by_id" IS NOT DISTINCT FROM r."created_by_id" THEN \'created_by_id\' END, CASE WHEN o."created_at" IS NOT DISTINCT FROM r."created_at" THEN \'created_at\' END], NULL) AS same) d\nWHERE cardinality(d.same) < 22;\nRETURN NULL;', hash='3ac82ee7e101bf0f191593d870e56f2e3bb58757', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_track_update_fa62d', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='communications_announcement', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='announcement',
            trigger=pgtrigger.compiler.Trigger(name='track_delete', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _mutation uuid;', func='_mutation := nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM old_rows) THEN\n    RAISE EXCEPTION \'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)\',\n      TG_TABLE_NAME USING ERRCODE = \'insufficient_privilege\';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r."id"::text, NULL::bigint, r."unit_id", NULL::bigint, \'D\',\n  jsonb_strip_nulls(to_jsonb(r) - ARRAY[\'updated_at\', \'search_vector\']::text[]), NULL::jsonb FROM old_rows r;\nRETURN NULL;', hash='c1c62b296d11ac99636bdcf908606616fb3d86e4', level='STATEMENT', operation='DELETE', pgid='pgtrigger_track_delete_3fdde', referencing='REFERENCING OLD TABLE AS old_rows ', table='communications_announcement', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='announcement',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF coalesce(current_setting('jasenpalvelu.maintenance', true), '') <> 'truncate' THEN\n  RAISE EXCEPTION 'TRUNCATE of % would leave no history', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';\nEND IF;\nRETURN NULL;", hash='7dbcdba6409b1d6983563f6503f1500d59d48503', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_6f4d2', table='communications_announcement', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='materialversion',
            constraint=models.UniqueConstraint(fields=('material', 'number'), name='materialversion_number'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='materialversion',
            trigger=pgtrigger.compiler.Trigger(name='track_insert', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _mutation uuid;', func='_mutation := nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM new_rows) THEN\n    RAISE EXCEPTION \'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)\',\n      TG_TABLE_NAME USING ERRCODE = \'insufficient_privilege\';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r."id"::text, NULL::bigint, (SELECT m.unit_id FROM communications_material m WHERE m.id = r.material_id), NULL::bigint, \'I\',\n  NULL::jsonb, jsonb_strip_nulls(to_jsonb(r) - ARRAY[\'updated_at\', \'search_vector\']::text[]) FROM new_rows r;\nRETURN NULL;', hash='b9959dee7697355de1cf2ffa6e52f314f2e409f5', level='STATEMENT', operation='INSERT', pgid='pgtrigger_track_insert_833a3', referencing='REFERENCING NEW TABLE AS new_rows ', table='communications_materialversion', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='materialversion',
            trigger=pgtrigger.compiler.Trigger(name='track_update', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _mutation uuid;', func='_mutation := nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM new_rows) THEN\n    RAISE EXCEPTION \'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)\',\n      TG_TABLE_NAME USING ERRCODE = \'insufficient_privilege\';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nIF EXISTS (SELECT 1 FROM new_rows n WHERE NOT EXISTS (SELECT 1 FROM old_rows o WHERE o."id" = n."id")) THEN\n  RAISE EXCEPTION \'The key of a row in % cannot be changed\', TG_TABLE_NAME USING ERRCODE = \'restrict_violation\';\nEND IF;\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r."id"::text, NULL::bigint, (SELECT m.unit_id FROM communications_material m WHERE m.id = r.material_id), NULL::bigint, \'U\',\n  to_jsonb(o) - ARRAY[\'updated_at\', \'search_vector\']::text[] - d.same, to_jsonb(r) - ARRAY[\'updated_at\', \'search_vector\']::text[] - d.same\nFROM new_rows r JOIN old_rows o ON o."id" = r."id"\nCROSS JOIN LATERAL (SELECT array_remove(ARRAY[CASE WHEN o."id" IS NOT DISTINCT FROM r."id" THEN \'id\' END, CASE WHEN o."material_id" IS NOT DISTINCT FROM r."material_id" THEN \'material_id\' END, CASE WHEN o."number" IS NOT DISTINCT FROM r."number" THEN \'number\' END, CASE WHEN o."file" IS NOT DISTINCT FROM r."file" THEN \'file\' END, CASE WHEN o."name" IS NOT DISTINCT FROM r."name" THEN \'name\' END, CASE WHEN o."extension" IS NOT DISTINCT FROM r."extension" THEN \'extension\' END, CASE WHEN o."size" IS NOT DISTINCT FROM r."size" THEN \'size\' END, CASE WHEN o."note" IS NOT DISTINCT FROM r."note" THEN \'note\' END, CASE WHEN o."created_by_id" IS NOT DISTINCT FROM r."created_by_id" THEN \'created_by_id\' END, CASE WHEN o."created_at" IS NOT DISTINCT FROM r."created_at" THEN \'created_at\' END], NULL) AS same) d\nWHERE cardinality(d.same) < 10;\nRETURN NULL;', hash='feaccaa3ec4a3171487b6663f43541e006828031', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_track_update_e8173', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='communications_materialversion', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='materialversion',
            trigger=pgtrigger.compiler.Trigger(name='track_delete', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _mutation uuid;', func='_mutation := nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM old_rows) THEN\n    RAISE EXCEPTION \'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)\',\n      TG_TABLE_NAME USING ERRCODE = \'insufficient_privilege\';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r."id"::text, NULL::bigint, (SELECT m.unit_id FROM communications_material m WHERE m.id = r.material_id), NULL::bigint, \'D\',\n  jsonb_strip_nulls(to_jsonb(r) - ARRAY[\'updated_at\', \'search_vector\']::text[]), NULL::jsonb FROM old_rows r;\nRETURN NULL;', hash='a426e9bf661ce3fba35b289e33dda6576779891a', level='STATEMENT', operation='DELETE', pgid='pgtrigger_track_delete_e7420', referencing='REFERENCING OLD TABLE AS old_rows ', table='communications_materialversion', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='materialversion',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF coalesce(current_setting('jasenpalvelu.maintenance', true), '') <> 'truncate' THEN\n  RAISE EXCEPTION 'TRUNCATE of % would leave no history', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';\nEND IF;\nRETURN NULL;", hash='9d9422f4128c7b0c98b06e711d844a3df5a634c8', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_5152f', table='communications_materialversion', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='materialdownloads',
            constraint=models.UniqueConstraint(fields=('version', 'month'), name='materialdownloads_month'),
        ),
    ]
