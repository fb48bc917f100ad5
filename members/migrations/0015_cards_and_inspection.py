"""Keys of membership cards with a first one, and the rules of an association on its card and its list of members."""

import base64
from typing import Any

import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import migrations, models

from jasenpalvelu.accounts.vault import seal

PURPOSE = b"jasenpalvelu membership card"


def first_key(apps: Any, editor: Any) -> None:
    """A federation that runs already signs cards from its upgrade on."""
    private = Ed25519PrivateKey.generate()
    act = apps.get_model("audit", "Mutation").objects.create(kind="card.key")
    with editor.connection.cursor() as cursor:
        cursor.execute("SELECT set_config('jasenpalvelu.mutation', %s, true)", [str(act.pk)])
    apps.get_model("members", "CardKey").objects.create(
        public=text(private.public_key().public_bytes_raw()),
        private=seal(text(private.private_bytes_raw()), PURPOSE),
        signing=True,
    )
    with editor.connection.cursor() as cursor:
        cursor.execute("SELECT set_config('jasenpalvelu.mutation', '', true)")


def text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0014_listed_by_name'),
        ('audit', '0003_renamed_members'),
    ]

    operations = [
        migrations.CreateModel(
            name='CardKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public', models.CharField(max_length=64, unique=True, verbose_name='public key')),
                ('private', models.TextField(blank=True, verbose_name='private key, sealed')),
                ('signing', models.BooleanField(default=True, verbose_name='signs now')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='created')),
                ('retired_at', models.DateTimeField(null=True, verbose_name='retired')),
                ('revoked_at', models.DateTimeField(null=True, verbose_name='revoked')),
            ],
            options={
                'verbose_name': 'key of membership cards',
                'verbose_name_plural': 'keys of membership cards',
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='unitrules',
            name='track_update',
        ),
        migrations.AddField(
            model_name='unitrules',
            name='card_needs_fee',
            field=models.BooleanField(default=False, verbose_name='the membership card is valid only when the fee is paid'),
        ),
        migrations.AddField(
            model_name='unitrules',
            name='list_inspection',
            field=models.CharField(choices=[('asked', 'On request, from the board or the office'), ('portal', "On request, and at any time on the member's own pages")], default='asked', help_text='Associations Act, section 11: a member may look at it on request', max_length=10, verbose_name='members look at the list of members'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='unitrules',
            trigger=pgtrigger.compiler.Trigger(name='track_update', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _mutation uuid;', func='_mutation := nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM new_rows) THEN\n    RAISE EXCEPTION \'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)\',\n      TG_TABLE_NAME USING ERRCODE = \'insufficient_privilege\';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nIF EXISTS (SELECT 1 FROM new_rows n WHERE NOT EXISTS (SELECT 1 FROM old_rows o WHERE o."id" = n."id")) THEN\n  RAISE EXCEPTION \'The key of a row in % cannot be changed\', TG_TABLE_NAME USING ERRCODE = \'restrict_violation\';\nEND IF;\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r."id"::text, NULL::bigint, r."unit_id", NULL::bigint, \'U\',\n  to_jsonb(o) - ARRAY[\'updated_at\', \'search_vector\']::text[] - d.same, to_jsonb(r) - ARRAY[\'updated_at\', \'search_vector\']::text[] - d.same\nFROM new_rows r JOIN old_rows o ON o."id" = r."id"\nCROSS JOIN LATERAL (SELECT array_remove(ARRAY[CASE WHEN o."id" IS NOT DISTINCT FROM r."id" THEN \'id\' END, CASE WHEN o."valid_from" IS NOT DISTINCT FROM r."valid_from" THEN \'valid_from\' END, CASE WHEN o."valid_to" IS NOT DISTINCT FROM r."valid_to" THEN \'valid_to\' END, CASE WHEN o."unit_id" IS NOT DISTINCT FROM r."unit_id" THEN \'unit_id\' END, CASE WHEN o."admission" IS NOT DISTINCT FROM r."admission" THEN \'admission\' END, CASE WHEN o."resignation_delay_days" IS NOT DISTINCT FROM r."resignation_delay_days" THEN \'resignation_delay_days\' END, CASE WHEN o."deemed_resigned_months" IS NOT DISTINCT FROM r."deemed_resigned_months" THEN \'deemed_resigned_months\' END, CASE WHEN o."voting_age" IS NOT DISTINCT FROM r."voting_age" THEN \'voting_age\' END, CASE WHEN o."central_billing" IS NOT DISTINCT FROM r."central_billing" THEN \'central_billing\' END, CASE WHEN o."list_inspection" IS NOT DISTINCT FROM r."list_inspection" THEN \'list_inspection\' END, CASE WHEN o."card_needs_fee" IS NOT DISTINCT FROM r."card_needs_fee" THEN \'card_needs_fee\' END], NULL) AS same) d\nWHERE cardinality(d.same) < 11;\nRETURN NULL;', hash='9439bb0e29d9d63071318fea824965de286691e7', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_track_update_0f3a6', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='members_unitrules', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='cardkey',
            constraint=models.UniqueConstraint(condition=models.Q(('signing', True)), fields=('signing',), name='cardkey_one_signs'),
        ),
        migrations.AddConstraint(
            model_name='cardkey',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('retired_at', None), ('revoked_at', None), ('signing', True), models.Q(('private', ''), _negated=True)), models.Q(('private', ''), ('retired_at__isnull', False), ('signing', False)), _connector='OR'), name='cardkey_signs_or_retired'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='cardkey',
            trigger=pgtrigger.compiler.Trigger(name='track_insert', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _mutation uuid;', func='_mutation := nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM new_rows) THEN\n    RAISE EXCEPTION \'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)\',\n      TG_TABLE_NAME USING ERRCODE = \'insufficient_privilege\';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r."id"::text, NULL::bigint, NULL::bigint, NULL::bigint, \'I\',\n  NULL::jsonb, jsonb_strip_nulls(to_jsonb(r) - ARRAY[\'private\']::text[]) FROM new_rows r;\nRETURN NULL;', hash='00f352a1679e797b7d69bb547aaa4c18974dc2e9', level='STATEMENT', operation='INSERT', pgid='pgtrigger_track_insert_bf731', referencing='REFERENCING NEW TABLE AS new_rows ', table='members_cardkey', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='cardkey',
            trigger=pgtrigger.compiler.Trigger(name='track_update', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _mutation uuid;', func='_mutation := nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM new_rows) THEN\n    RAISE EXCEPTION \'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)\',\n      TG_TABLE_NAME USING ERRCODE = \'insufficient_privilege\';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nIF EXISTS (SELECT 1 FROM new_rows n WHERE NOT EXISTS (SELECT 1 FROM old_rows o WHERE o."id" = n."id")) THEN\n  RAISE EXCEPTION \'The key of a row in % cannot be changed\', TG_TABLE_NAME USING ERRCODE = \'restrict_violation\';\nEND IF;\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r."id"::text, NULL::bigint, NULL::bigint, NULL::bigint, \'U\',\n  to_jsonb(o) - ARRAY[\'private\']::text[] - d.same, to_jsonb(r) - ARRAY[\'private\']::text[] - d.same\nFROM new_rows r JOIN old_rows o ON o."id" = r."id"\nCROSS JOIN LATERAL (SELECT array_remove(ARRAY[CASE WHEN o."id" IS NOT DISTINCT FROM r."id" THEN \'id\' END, CASE WHEN o."public" IS NOT DISTINCT FROM r."public" THEN \'public\' END, CASE WHEN o."signing" IS NOT DISTINCT FROM r."signing" THEN \'signing\' END, CASE WHEN o."created_at" IS NOT DISTINCT FROM r."created_at" THEN \'created_at\' END, CASE WHEN o."retired_at" IS NOT DISTINCT FROM r."retired_at" THEN \'retired_at\' END, CASE WHEN o."revoked_at" IS NOT DISTINCT FROM r."revoked_at" THEN \'revoked_at\' END], NULL) AS same) d\nWHERE cardinality(d.same) < 6;\nRETURN NULL;', hash='96b458a9db0b96535a2e091421259cc48a02e379', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_track_update_1ad80', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='members_cardkey', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='cardkey',
            trigger=pgtrigger.compiler.Trigger(name='track_delete', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _mutation uuid;', func='_mutation := nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM old_rows) THEN\n    RAISE EXCEPTION \'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)\',\n      TG_TABLE_NAME USING ERRCODE = \'insufficient_privilege\';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r."id"::text, NULL::bigint, NULL::bigint, NULL::bigint, \'D\',\n  jsonb_strip_nulls(to_jsonb(r) - ARRAY[\'private\']::text[]), NULL::jsonb FROM old_rows r;\nRETURN NULL;', hash='aeb59940ac972036e77fe3cd07a79627133185cc', level='STATEMENT', operation='DELETE', pgid='pgtrigger_track_delete_45eae', referencing='REFERENCING OLD TABLE AS old_rows ', table='members_cardkey', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='cardkey',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF coalesce(current_setting('jasenpalvelu.maintenance', true), '') <> 'truncate' THEN\n  RAISE EXCEPTION 'TRUNCATE of % would leave no history', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';\nEND IF;\nRETURN NULL;", hash='c27c336acb6de7a8266e1de9c2690304aef2448f', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_6ff4c', table='members_cardkey', when='BEFORE')),
        ),
        migrations.RunPython(first_key, migrations.RunPython.noop),
    ]
