"""What the logs say of a person may be emptied by an erasure, and by nothing else."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('audit', '0003_renamed_members'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='accesslog',
            name='append_only',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='change',
            name='append_only',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='mutation',
            name='immutable_update',
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='accesslog',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'Rows of % can only be added: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';", hash='d6e9a67f1ce25f2a54f2d429b549c0094a6a3b5a', operation='DELETE', pgid='pgtrigger_append_only_d991f', table='audit_accesslog', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='accesslog',
            trigger=pgtrigger.compiler.Trigger(name='append_only_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='IF OLD."id" IS NOT DISTINCT FROM NEW."id" AND OLD."at" IS NOT DISTINCT FROM NEW."at" AND OLD."user_id" IS NOT DISTINCT FROM NEW."user_id" AND OLD."action" IS NOT DISTINCT FROM NEW."action" AND OLD."party_id" IS NOT DISTINCT FROM NEW."party_id" AND OLD."unit_id" IS NOT DISTINCT FROM NEW."unit_id" AND OLD."classes" IS NOT DISTINCT FROM NEW."classes" AND OLD."count" IS NOT DISTINCT FROM NEW."count" AND (NEW."reason" IS NOT DISTINCT FROM OLD."reason" OR NEW."reason" IS NULL OR NEW."reason" IN (\'\', \'–\')) AND (NEW."subject" IS NOT DISTINCT FROM OLD."subject" OR NEW."subject" IS NULL OR NEW."subject" IN (\'\', \'–\')) AND (true) AND EXISTS (SELECT 1 FROM audit_mutation m WHERE m.kind = \'privacy.erase\' AND m.id = nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid) THEN RETURN NEW; END IF; RAISE EXCEPTION \'Rows of % can only be added: % refused\', TG_TABLE_NAME, TG_OP USING ERRCODE = \'restrict_violation\';', hash='d84acb7c469eba1f9047dbd0e642dc811cf61be5', operation='UPDATE', pgid='pgtrigger_append_only_update_ff74b', table='audit_accesslog', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='change',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'Rows of % can only be added: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';", hash='7617aeaccaaea207964a90378cc36bc24789ba08', operation='DELETE', pgid='pgtrigger_append_only_f2037', table='audit_change', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='change',
            trigger=pgtrigger.compiler.Trigger(name='append_only_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='IF OLD."id" IS NOT DISTINCT FROM NEW."id" AND OLD."mutation_id" IS NOT DISTINCT FROM NEW."mutation_id" AND OLD."at" IS NOT DISTINCT FROM NEW."at" AND OLD."table_name" IS NOT DISTINCT FROM NEW."table_name" AND OLD."row_id" IS NOT DISTINCT FROM NEW."row_id" AND OLD."party_id" IS NOT DISTINCT FROM NEW."party_id" AND OLD."unit_id" IS NOT DISTINCT FROM NEW."unit_id" AND OLD."holding_id" IS NOT DISTINCT FROM NEW."holding_id" AND OLD."op" IS NOT DISTINCT FROM NEW."op" AND (NEW."before" IS NOT DISTINCT FROM OLD."before" OR NEW."before" IS NULL OR NEW."before" <@ OLD."before" OR NEW."before" IN (\'{}\', \'[]\')) AND (NEW."after" IS NOT DISTINCT FROM OLD."after" OR NEW."after" IS NULL OR NEW."after" <@ OLD."after" OR NEW."after" IN (\'{}\', \'[]\')) AND (true) AND EXISTS (SELECT 1 FROM audit_mutation m WHERE m.kind = \'privacy.erase\' AND m.id = nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid) THEN RETURN NEW; END IF; RAISE EXCEPTION \'Rows of % can only be added: % refused\', TG_TABLE_NAME, TG_OP USING ERRCODE = \'restrict_violation\';', hash='006882ef99f6801cf734f0ccdf9dc83de6ce58d1', operation='UPDATE', pgid='pgtrigger_append_only_update_2d43f', table='audit_change', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='mutation',
            trigger=pgtrigger.compiler.Trigger(name='immutable_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (TRUE)', func='IF OLD."id" IS DISTINCT FROM NEW."id" OR OLD."at" IS DISTINCT FROM NEW."at" OR OLD."actor_id" IS DISTINCT FROM NEW."actor_id" OR OLD."kind" IS DISTINCT FROM NEW."kind" OR OLD."unit_id" IS DISTINCT FROM NEW."unit_id" OR OLD."request_id" IS DISTINCT FROM NEW."request_id" OR NOT (OLD."summary" IS NOT DISTINCT FROM NEW."summary") AND NOT ((NEW."summary" IS NOT DISTINCT FROM OLD."summary" OR NEW."summary" IS NULL OR NEW."summary" IN (\'\', \'–\')) AND EXISTS (SELECT 1 FROM audit_mutation m WHERE m.kind = \'privacy.erase\' AND m.id = nullif(current_setting(\'jasenpalvelu.mutation\', true), \'\')::uuid)) THEN RAISE EXCEPTION \'Row % of % is final: % refused\', OLD."id", TG_TABLE_NAME, TG_OP USING ERRCODE = \'restrict_violation\'; END IF; RETURN NEW;', hash='91d17cda9b3e7a9634ba2e9d1f54bd37dffa37b7', operation='UPDATE', pgid='pgtrigger_immutable_update_2630c', table='audit_mutation', when='BEFORE')),
        ),
    ]
