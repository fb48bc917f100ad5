"""Treasurers decide on exemptions and payers, and the regional ones on the account of their own unit (field class D).

Roles are data: only grants that still stand as the service wrote them are widened.
"""

from typing import Any

from django.db import migrations

WIDER = ("members.edit", "members.import")


def widen(apps: Any, editor: Any) -> None:
    grants = apps.get_model("members", "RoleGrant").objects
    narrow = grants.filter(template__code="treasurer", capability__in=WIDER, classes="ABC")
    regional = apps.get_model("members", "RoleTemplate").objects.filter(code="regional_treasurer").first()
    if not narrow.exists() and regional is None:
        return
    act = apps.get_model("audit", "Mutation").objects.create(kind="setup.base_data")
    with editor.connection.cursor() as cursor:
        cursor.execute("SELECT set_config('jasenpalvelu.mutation', %s, true)", [str(act.pk)])
    narrow.update(classes="ABCD")
    if regional is not None:
        grants.get_or_create(
            template=regional, capability="billing.settings", reach="own", defaults={"classes": "D"}
        )
    with editor.connection.cursor() as cursor:
        cursor.execute("SELECT set_config('jasenpalvelu.mutation', '', true)")


class Migration(migrations.Migration):
    dependencies = [("members", "0005_duplicate_pairs"), ("audit", "0002_frozen_columns")]
    operations = [migrations.RunPython(widen, migrations.RunPython.noop)]
