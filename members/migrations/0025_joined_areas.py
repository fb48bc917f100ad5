import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0024_days_of_statistics"),
    ]

    operations = [
        migrations.CreateModel(
            name="JoinedAreas",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("valid_from", models.DateField(blank=True, null=True, verbose_name="valid from")),
                ("valid_to", models.DateField(blank=True, null=True, verbose_name="valid to")),
                ("asked_on", models.DateField(verbose_name="asked on")),
            ],
        ),
        migrations.AlterField(
            model_name="partylink",
            name="kind",
            field=models.CharField(
                choices=[
                    ("spouse", "spouse"),
                    ("child", "child"),
                    ("guardian", "guardian"),
                    ("shareholder", "shareholder"),
                    ("contact_person", "contact person"),
                    ("voter", "holder of the vote"),
                    ("payer", "payer"),
                    ("estate_of", "estate of"),
                ],
                max_length=16,
                verbose_name="relation",
            ),
        ),
        migrations.AddConstraint(
            model_name="partylink",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "voter"), ("valid_to__isnull", True)),
                fields=("party",),
                name="partylink_one_voter",
            ),
        ),
        migrations.AddField(
            model_name="joinedareas",
            name="holding",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="areas_taken_in",
                to="members.holding",
                verbose_name="holding",
            ),
        ),
        migrations.AddField(
            model_name="joinedareas",
            name="other",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="areas_given",
                to="members.holding",
                verbose_name="the spouse's holding",
            ),
        ),
        migrations.AddField(
            model_name="joinedareas",
            name="payer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="pays_joined_areas",
                to="members.party",
                verbose_name="payer",
            ),
        ),
        migrations.AddConstraint(
            model_name="joinedareas",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("valid_from__isnull", True),
                    ("valid_to__isnull", True),
                    ("valid_to__gte", models.F("valid_from")),
                    _connector="OR",
                ),
                name="joinedareas_period",
            ),
        ),
        migrations.AddConstraint(
            model_name="joinedareas",
            constraint=models.CheckConstraint(
                condition=models.Q(("holding", models.F("other")), _negated=True),
                name="joinedareas_not_itself",
            ),
        ),
        migrations.AddConstraint(
            model_name="joinedareas",
            constraint=models.UniqueConstraint(
                condition=models.Q(("valid_to__isnull", True)),
                fields=("holding",),
                name="joinedareas_one_taken_in",
            ),
        ),
        migrations.AddConstraint(
            model_name="joinedareas",
            constraint=models.UniqueConstraint(
                condition=models.Q(("valid_to__isnull", True)),
                fields=("other",),
                name="joinedareas_one_given",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="joinedareas",
            trigger=pgtrigger.compiler.Trigger(
                name="track_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _mutation uuid;",
                    func="_mutation := nullif(current_setting('jasenpalvelu.mutation', true), '')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM new_rows) THEN\n    RAISE EXCEPTION 'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)',\n      TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r.\"id\"::text, (SELECT h.responsible_id FROM members_holding h WHERE h.id = r.other_id), NULL::bigint, r.\"holding_id\", 'I',\n  NULL::jsonb, jsonb_strip_nulls(to_jsonb(r) - ARRAY['updated_at', 'search_vector']::text[]) FROM new_rows r;\nRETURN NULL;",
                    hash="99be13ea71454cba8adca622f447f51239312ba4",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_track_insert_efadd",
                    referencing="REFERENCING NEW TABLE AS new_rows ",
                    table="members_joinedareas",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="joinedareas",
            trigger=pgtrigger.compiler.Trigger(
                name="track_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _mutation uuid;",
                    func='_mutation := nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM new_rows) THEN\n    RAISE EXCEPTION \'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)\',\n      TG_TABLE_NAME USING ERRCODE = \'insufficient_privilege\';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nIF EXISTS (SELECT 1 FROM new_rows n WHERE NOT EXISTS (SELECT 1 FROM old_rows o WHERE o."id" = n."id")) THEN\n  RAISE EXCEPTION \'The key of a row in % cannot be changed\', TG_TABLE_NAME USING ERRCODE = \'restrict_violation\';\nEND IF;\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r."id"::text, (SELECT h.responsible_id FROM members_holding h WHERE h.id = r.other_id), NULL::bigint, r."holding_id", \'U\',\n  to_jsonb(o) - ARRAY[\'updated_at\', \'search_vector\']::text[] - d.same, to_jsonb(r) - ARRAY[\'updated_at\', \'search_vector\']::text[] - d.same\nFROM new_rows r JOIN old_rows o ON o."id" = r."id"\nCROSS JOIN LATERAL (SELECT array_remove(ARRAY[CASE WHEN o."id" IS NOT DISTINCT FROM r."id" THEN \'id\' END, CASE WHEN o."valid_from" IS NOT DISTINCT FROM r."valid_from" THEN \'valid_from\' END, CASE WHEN o."valid_to" IS NOT DISTINCT FROM r."valid_to" THEN \'valid_to\' END, CASE WHEN o."holding_id" IS NOT DISTINCT FROM r."holding_id" THEN \'holding_id\' END, CASE WHEN o."other_id" IS NOT DISTINCT FROM r."other_id" THEN \'other_id\' END, CASE WHEN o."payer_id" IS NOT DISTINCT FROM r."payer_id" THEN \'payer_id\' END, CASE WHEN o."asked_on" IS NOT DISTINCT FROM r."asked_on" THEN \'asked_on\' END], NULL) AS same) d\nWHERE cardinality(d.same) < 7;\nRETURN NULL;',
                    hash="ded13d6e6197741d1616adaea05e49eced589856",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_track_update_df9ec",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="members_joinedareas",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="joinedareas",
            trigger=pgtrigger.compiler.Trigger(
                name="track_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _mutation uuid;",
                    func="_mutation := nullif(current_setting('jasenpalvelu.mutation', true), '')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM old_rows) THEN\n    RAISE EXCEPTION 'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)',\n      TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r.\"id\"::text, (SELECT h.responsible_id FROM members_holding h WHERE h.id = r.other_id), NULL::bigint, r.\"holding_id\", 'D',\n  jsonb_strip_nulls(to_jsonb(r) - ARRAY['updated_at', 'search_vector']::text[]), NULL::jsonb FROM old_rows r;\nRETURN NULL;",
                    hash="5a68dbe8e4b5f57d44622b41556bc34e03d209d2",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_track_delete_035e0",
                    referencing="REFERENCING OLD TABLE AS old_rows ",
                    table="members_joinedareas",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="joinedareas",
            trigger=pgtrigger.compiler.Trigger(
                name="no_truncate",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="IF coalesce(current_setting('jasenpalvelu.maintenance', true), '') <> 'truncate' THEN\n  RAISE EXCEPTION 'TRUNCATE of % would leave no history', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';\nEND IF;\nRETURN NULL;",
                    hash="2bc79718df62beae0a0fe13785e8323493bf639d",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_no_truncate_d481a",
                    table="members_joinedareas",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="joinedareas",
            trigger=pgtrigger.compiler.Trigger(
                name="refuses_merged",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="PERFORM 1 FROM members_party p WHERE p.id IN (SELECT n.payer_id FROM new_rows n) ORDER BY p.id FOR KEY SHARE;\nIF EXISTS (SELECT 1 FROM members_party p WHERE p.id IN (SELECT n.payer_id FROM new_rows n) AND p.merged_into_id IS NOT NULL) THEN\n  RAISE EXCEPTION 'A row of % belongs to a member who has been joined to another', TG_TABLE_NAME\n    USING ERRCODE = 'restrict_violation';\nEND IF;\nRETURN NULL;",
                    hash="8bfc2e7981f827558e050962fcfa17d21d206508",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_refuses_merged_90887",
                    referencing="REFERENCING NEW TABLE AS new_rows ",
                    table="members_joinedareas",
                    when="AFTER",
                ),
            ),
        ),
    ]
