import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0024_fee_years"),
        ("members", "0025_joined_areas"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CheckRound",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(max_length=120, verbose_name="title")),
                ("year", models.PositiveSmallIntegerField(verbose_name="fee year")),
                (
                    "units",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), size=None, verbose_name="associations"
                    ),
                ),
                (
                    "types",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="types",
                    ),
                ),
                (
                    "answer_by",
                    models.DateField(
                        help_text="Links and codes work until this day.", verbose_name="answers by"
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "opened_at",
                    models.DateTimeField(help_text="Since when it is known who is asked", null=True),
                ),
                ("closed_at", models.DateTimeField(null=True)),
                ("job_id", models.UUIDField(null=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "segment",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="members.segment",
                        verbose_name="segment",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="check_rounds",
                        to="members.orgunit",
                        verbose_name="unit",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="DataCheck",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[("email", "e-mail"), ("letter", "letter")],
                        max_length=6,
                        verbose_name="sent by",
                    ),
                ),
                ("version", models.PositiveSmallIntegerField(default=1)),
                ("code_digest", models.CharField(blank=True, max_length=64)),
                ("sent_at", models.DateTimeField(null=True, verbose_name="sent")),
                ("reminded_at", models.DateTimeField(null=True, verbose_name="reminded")),
                ("opened_at", models.DateTimeField(null=True, verbose_name="opened")),
                (
                    "answer",
                    models.CharField(
                        blank=True,
                        choices=[("", "no answer"), ("confirmed", "confirmed"), ("corrected", "corrected")],
                        max_length=9,
                        verbose_name="answer",
                    ),
                ),
                ("answered_at", models.DateTimeField(null=True, verbose_name="answered")),
                (
                    "via",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "nowhere"),
                            ("link", "link in an e-mail"),
                            ("code", "code in a letter"),
                            ("portal", "own pages"),
                        ],
                        max_length=6,
                        verbose_name="answered through",
                    ),
                ),
                (
                    "payer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="data_checks",
                        to="members.party",
                        verbose_name="payer",
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="checks",
                        to="billing.checkround",
                        verbose_name="round of checks",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="DataProposal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("basis", "fee basis"),
                            ("email", "e-mail address"),
                            ("other", "something else"),
                        ],
                        max_length=6,
                        verbose_name="about",
                    ),
                ),
                (
                    "before",
                    models.DecimalField(decimal_places=2, max_digits=12, null=True, verbose_name="now"),
                ),
                (
                    "value",
                    models.DecimalField(
                        decimal_places=2,
                        max_digits=12,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="proposed",
                    ),
                ),
                ("text", models.CharField(blank=True, max_length=400, verbose_name="in words")),
                ("made_at", models.DateTimeField(verbose_name="made")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "waiting"),
                            ("accepted", "accepted"),
                            ("refused", "refused"),
                            ("replaced", "replaced by a later one"),
                        ],
                        default="waiting",
                        max_length=8,
                        verbose_name="state",
                    ),
                ),
                ("decided_at", models.DateTimeField(null=True, verbose_name="decided")),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="reason")),
                (
                    "basis",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="members.feebasiskind",
                        verbose_name="basis",
                    ),
                ),
                (
                    "check_of",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="proposals",
                        to="billing.datacheck",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "holding",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="members.holding",
                        verbose_name="holding",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="members.orgunit",
                        verbose_name="in the area of",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="checkround",
            constraint=models.CheckConstraint(
                condition=models.Q(("units", []), _negated=True), name="checkround_of_somebody"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="checkround",
            trigger=pgtrigger.compiler.Trigger(
                name="track_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _mutation uuid;",
                    func="_mutation := nullif(current_setting('jasenpalvelu.mutation', true), '')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM new_rows) THEN\n    RAISE EXCEPTION 'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)',\n      TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r.\"id\"::text, NULL::bigint, r.\"unit_id\", NULL::bigint, 'I',\n  NULL::jsonb, jsonb_strip_nulls(to_jsonb(r) - ARRAY['created_at']::text[]) FROM new_rows r;\nRETURN NULL;",
                    hash="3be3297acb8bfcca9951c60ba7fb3c9b3e0b0190",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_track_insert_62838",
                    referencing="REFERENCING NEW TABLE AS new_rows ",
                    table="billing_checkround",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="checkround",
            trigger=pgtrigger.compiler.Trigger(
                name="track_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _mutation uuid;",
                    func='_mutation := nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM new_rows) THEN\n    RAISE EXCEPTION \'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)\',\n      TG_TABLE_NAME USING ERRCODE = \'insufficient_privilege\';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nIF EXISTS (SELECT 1 FROM new_rows n WHERE NOT EXISTS (SELECT 1 FROM old_rows o WHERE o."id" = n."id")) THEN\n  RAISE EXCEPTION \'The key of a row in % cannot be changed\', TG_TABLE_NAME USING ERRCODE = \'restrict_violation\';\nEND IF;\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r."id"::text, NULL::bigint, r."unit_id", NULL::bigint, \'U\',\n  to_jsonb(o) - ARRAY[\'created_at\']::text[] - d.same, to_jsonb(r) - ARRAY[\'created_at\']::text[] - d.same\nFROM new_rows r JOIN old_rows o ON o."id" = r."id"\nCROSS JOIN LATERAL (SELECT array_remove(ARRAY[CASE WHEN o."id" IS NOT DISTINCT FROM r."id" THEN \'id\' END, CASE WHEN o."unit_id" IS NOT DISTINCT FROM r."unit_id" THEN \'unit_id\' END, CASE WHEN o."title" IS NOT DISTINCT FROM r."title" THEN \'title\' END, CASE WHEN o."year" IS NOT DISTINCT FROM r."year" THEN \'year\' END, CASE WHEN o."units" IS NOT DISTINCT FROM r."units" THEN \'units\' END, CASE WHEN o."types" IS NOT DISTINCT FROM r."types" THEN \'types\' END, CASE WHEN o."segment_id" IS NOT DISTINCT FROM r."segment_id" THEN \'segment_id\' END, CASE WHEN o."answer_by" IS NOT DISTINCT FROM r."answer_by" THEN \'answer_by\' END, CASE WHEN o."created_by_id" IS NOT DISTINCT FROM r."created_by_id" THEN \'created_by_id\' END, CASE WHEN o."opened_at" IS NOT DISTINCT FROM r."opened_at" THEN \'opened_at\' END, CASE WHEN o."closed_at" IS NOT DISTINCT FROM r."closed_at" THEN \'closed_at\' END, CASE WHEN o."job_id" IS NOT DISTINCT FROM r."job_id" THEN \'job_id\' END], NULL) AS same) d\nWHERE cardinality(d.same) < 12;\nRETURN NULL;',
                    hash="7e92c9a68c0f948e164b819c65cb169f2ee3bb1a",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_track_update_7ca4f",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="billing_checkround",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="checkround",
            trigger=pgtrigger.compiler.Trigger(
                name="track_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _mutation uuid;",
                    func="_mutation := nullif(current_setting('jasenpalvelu.mutation', true), '')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM old_rows) THEN\n    RAISE EXCEPTION 'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)',\n      TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r.\"id\"::text, NULL::bigint, r.\"unit_id\", NULL::bigint, 'D',\n  jsonb_strip_nulls(to_jsonb(r) - ARRAY['created_at']::text[]), NULL::jsonb FROM old_rows r;\nRETURN NULL;",
                    hash="e9502e43e4381185e5fcbdd23b113b4aa492d683",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_track_delete_60a6a",
                    referencing="REFERENCING OLD TABLE AS old_rows ",
                    table="billing_checkround",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="checkround",
            trigger=pgtrigger.compiler.Trigger(
                name="no_truncate",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="IF coalesce(current_setting('jasenpalvelu.maintenance', true), '') <> 'truncate' THEN\n  RAISE EXCEPTION 'TRUNCATE of % would leave no history', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';\nEND IF;\nRETURN NULL;",
                    hash="90e7565818ccd2866944d24745aad3e10211d318",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_no_truncate_4d5cc",
                    table="billing_checkround",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="datacheck",
            index=models.Index(fields=["round", "answer", "id"], name="datacheck_of_round"),
        ),
        migrations.AddConstraint(
            model_name="datacheck",
            constraint=models.UniqueConstraint(fields=("round", "payer"), name="datacheck_once"),
        ),
        migrations.AddConstraint(
            model_name="datacheck",
            constraint=models.UniqueConstraint(
                condition=models.Q(("code_digest", ""), _negated=True),
                fields=("code_digest",),
                name="datacheck_code",
            ),
        ),
        migrations.AddConstraint(
            model_name="datacheck",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("answer", ""), ("answered_at__isnull", True)),
                    models.Q(models.Q(("answer", ""), _negated=True), ("answered_at__isnull", False)),
                    _connector="OR",
                ),
                name="datacheck_answer_has_time",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="datacheck",
            trigger=pgtrigger.compiler.Trigger(
                name="track_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _mutation uuid;",
                    func="_mutation := nullif(current_setting('jasenpalvelu.mutation', true), '')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM new_rows) THEN\n    RAISE EXCEPTION 'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)',\n      TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r.\"id\"::text, r.\"payer_id\", NULL::bigint, NULL::bigint, 'I',\n  NULL::jsonb, jsonb_strip_nulls(to_jsonb(r) - ARRAY['code_digest', 'opened_at', 'version']::text[]) FROM new_rows r;\nRETURN NULL;",
                    hash="7c41adea4cd42340e42ce1de310fff55e4063949",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_track_insert_fa720",
                    referencing="REFERENCING NEW TABLE AS new_rows ",
                    table="billing_datacheck",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="datacheck",
            trigger=pgtrigger.compiler.Trigger(
                name="track_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _mutation uuid;",
                    func='_mutation := nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM new_rows) THEN\n    RAISE EXCEPTION \'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)\',\n      TG_TABLE_NAME USING ERRCODE = \'insufficient_privilege\';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nIF EXISTS (SELECT 1 FROM new_rows n WHERE NOT EXISTS (SELECT 1 FROM old_rows o WHERE o."id" = n."id")) THEN\n  RAISE EXCEPTION \'The key of a row in % cannot be changed\', TG_TABLE_NAME USING ERRCODE = \'restrict_violation\';\nEND IF;\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r."id"::text, r."payer_id", NULL::bigint, NULL::bigint, \'U\',\n  to_jsonb(o) - ARRAY[\'code_digest\', \'opened_at\', \'version\']::text[] - d.same, to_jsonb(r) - ARRAY[\'code_digest\', \'opened_at\', \'version\']::text[] - d.same\nFROM new_rows r JOIN old_rows o ON o."id" = r."id"\nCROSS JOIN LATERAL (SELECT array_remove(ARRAY[CASE WHEN o."id" IS NOT DISTINCT FROM r."id" THEN \'id\' END, CASE WHEN o."round_id" IS NOT DISTINCT FROM r."round_id" THEN \'round_id\' END, CASE WHEN o."payer_id" IS NOT DISTINCT FROM r."payer_id" THEN \'payer_id\' END, CASE WHEN o."channel" IS NOT DISTINCT FROM r."channel" THEN \'channel\' END, CASE WHEN o."sent_at" IS NOT DISTINCT FROM r."sent_at" THEN \'sent_at\' END, CASE WHEN o."reminded_at" IS NOT DISTINCT FROM r."reminded_at" THEN \'reminded_at\' END, CASE WHEN o."answer" IS NOT DISTINCT FROM r."answer" THEN \'answer\' END, CASE WHEN o."answered_at" IS NOT DISTINCT FROM r."answered_at" THEN \'answered_at\' END, CASE WHEN o."via" IS NOT DISTINCT FROM r."via" THEN \'via\' END], NULL) AS same) d\nWHERE cardinality(d.same) < 9;\nRETURN NULL;',
                    hash="53ea4af215bdd83bf352c4c484afc51e1cc255a0",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_track_update_88d46",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="billing_datacheck",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="datacheck",
            trigger=pgtrigger.compiler.Trigger(
                name="track_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _mutation uuid;",
                    func="_mutation := nullif(current_setting('jasenpalvelu.mutation', true), '')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM old_rows) THEN\n    RAISE EXCEPTION 'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)',\n      TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r.\"id\"::text, r.\"payer_id\", NULL::bigint, NULL::bigint, 'D',\n  jsonb_strip_nulls(to_jsonb(r) - ARRAY['code_digest', 'opened_at', 'version']::text[]), NULL::jsonb FROM old_rows r;\nRETURN NULL;",
                    hash="4e71a9bc518a9a121e3fac2c56c372fa8a42829f",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_track_delete_c63f0",
                    referencing="REFERENCING OLD TABLE AS old_rows ",
                    table="billing_datacheck",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="datacheck",
            trigger=pgtrigger.compiler.Trigger(
                name="no_truncate",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="IF coalesce(current_setting('jasenpalvelu.maintenance', true), '') <> 'truncate' THEN\n  RAISE EXCEPTION 'TRUNCATE of % would leave no history', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';\nEND IF;\nRETURN NULL;",
                    hash="e654f87b7742bf7852d3e71defaa365ab610ede0",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_no_truncate_f2e0b",
                    table="billing_datacheck",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="dataproposal",
            index=models.Index(
                condition=models.Q(("state", "waiting")), fields=["check_of"], name="dataproposal_waiting"
            ),
        ),
        migrations.AddConstraint(
            model_name="dataproposal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("basis__isnull", False),
                        ("holding__isnull", False),
                        ("kind", "basis"),
                        ("value__isnull", False),
                    ),
                    models.Q(
                        models.Q(("kind", "basis"), _negated=True), models.Q(("text", ""), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="dataproposal_says_something",
            ),
        ),
        migrations.AddConstraint(
            model_name="dataproposal",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "waiting")),
                fields=("check_of", "kind", "holding", "basis", "unit"),
                name="dataproposal_one_waiting",
                nulls_distinct=False,
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="dataproposal",
            trigger=pgtrigger.compiler.Trigger(
                name="track_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _mutation uuid;",
                    func="_mutation := nullif(current_setting('jasenpalvelu.mutation', true), '')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM new_rows) THEN\n    RAISE EXCEPTION 'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)',\n      TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r.\"id\"::text, (SELECT c.payer_id FROM billing_datacheck c WHERE c.id = r.check_of_id), NULL::bigint, r.\"holding_id\", 'I',\n  NULL::jsonb, jsonb_strip_nulls(to_jsonb(r) - ARRAY['updated_at', 'search_vector']::text[]) FROM new_rows r;\nRETURN NULL;",
                    hash="9fa83e0ec50c02b731a91bca51c5b29b67ba3fd6",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_track_insert_e9cde",
                    referencing="REFERENCING NEW TABLE AS new_rows ",
                    table="billing_dataproposal",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="dataproposal",
            trigger=pgtrigger.compiler.Trigger(
                name="track_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _mutation uuid;",
                    func='_mutation := nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM new_rows) THEN\n    RAISE EXCEPTION \'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)\',\n      TG_TABLE_NAME USING ERRCODE = \'insufficient_privilege\';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nIF EXISTS (SELECT 1 FROM new_rows n WHERE NOT EXISTS (SELECT 1 FROM old_rows o WHERE o."id" = n."id")) THEN\n  RAISE EXCEPTION \'The key of a row in % cannot be changed\', TG_TABLE_NAME USING ERRCODE = \'restrict_violation\';\nEND IF;\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r."id"::text, (SELECT c.payer_id FROM billing_datacheck c WHERE c.id = r.check_of_id), NULL::bigint, r."holding_id", \'U\',\n  to_jsonb(o) - ARRAY[\'updated_at\', \'search_vector\']::text[] - d.same, to_jsonb(r) - ARRAY[\'updated_at\', \'search_vector\']::text[] - d.same\nFROM new_rows r JOIN old_rows o ON o."id" = r."id"\nCROSS JOIN LATERAL (SELECT array_remove(ARRAY[CASE WHEN o."id" IS NOT DISTINCT FROM r."id" THEN \'id\' END, CASE WHEN o."check_of_id" IS NOT DISTINCT FROM r."check_of_id" THEN \'check_of_id\' END, CASE WHEN o."kind" IS NOT DISTINCT FROM r."kind" THEN \'kind\' END, CASE WHEN o."holding_id" IS NOT DISTINCT FROM r."holding_id" THEN \'holding_id\' END, CASE WHEN o."basis_id" IS NOT DISTINCT FROM r."basis_id" THEN \'basis_id\' END, CASE WHEN o."unit_id" IS NOT DISTINCT FROM r."unit_id" THEN \'unit_id\' END, CASE WHEN o."before" IS NOT DISTINCT FROM r."before" THEN \'before\' END, CASE WHEN o."value" IS NOT DISTINCT FROM r."value" THEN \'value\' END, CASE WHEN o."text" IS NOT DISTINCT FROM r."text" THEN \'text\' END, CASE WHEN o."made_at" IS NOT DISTINCT FROM r."made_at" THEN \'made_at\' END, CASE WHEN o."state" IS NOT DISTINCT FROM r."state" THEN \'state\' END, CASE WHEN o."decided_by_id" IS NOT DISTINCT FROM r."decided_by_id" THEN \'decided_by_id\' END, CASE WHEN o."decided_at" IS NOT DISTINCT FROM r."decided_at" THEN \'decided_at\' END, CASE WHEN o."reason" IS NOT DISTINCT FROM r."reason" THEN \'reason\' END], NULL) AS same) d\nWHERE cardinality(d.same) < 14;\nRETURN NULL;',
                    hash="63ae2f27ab17d2958959e4d5d8b06af4ae8876dd",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_track_update_c61d3",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="billing_dataproposal",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="dataproposal",
            trigger=pgtrigger.compiler.Trigger(
                name="track_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _mutation uuid;",
                    func="_mutation := nullif(current_setting('jasenpalvelu.mutation', true), '')::uuid;\nIF _mutation IS NULL OR NOT EXISTS (SELECT 1 FROM audit_mutation m WHERE m.id = _mutation) THEN\n  IF EXISTS (SELECT 1 FROM old_rows) THEN\n    RAISE EXCEPTION 'A write to % outside a mutation: wrap it in jasenpalvelu.audit.services.mutation(...)',\n      TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';\n  END IF;\n  RETURN NULL;\nEND IF;\n\nINSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, unit_id, holding_id, op, before, after) SELECT _mutation, transaction_timestamp(), TG_TABLE_NAME, r.\"id\"::text, (SELECT c.payer_id FROM billing_datacheck c WHERE c.id = r.check_of_id), NULL::bigint, r.\"holding_id\", 'D',\n  jsonb_strip_nulls(to_jsonb(r) - ARRAY['updated_at', 'search_vector']::text[]), NULL::jsonb FROM old_rows r;\nRETURN NULL;",
                    hash="7b8c2d98b2e95ec5f51dfd543484d569bfaf60b1",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_track_delete_d7cbe",
                    referencing="REFERENCING OLD TABLE AS old_rows ",
                    table="billing_dataproposal",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="dataproposal",
            trigger=pgtrigger.compiler.Trigger(
                name="no_truncate",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="IF coalesce(current_setting('jasenpalvelu.maintenance', true), '') <> 'truncate' THEN\n  RAISE EXCEPTION 'TRUNCATE of % would leave no history', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';\nEND IF;\nRETURN NULL;",
                    hash="dd750ed13d0e216e37d459e6a6244df433ddab3a",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_no_truncate_18b2b",
                    table="billing_dataproposal",
                    when="BEFORE",
                ),
            ),
        ),
    ]
