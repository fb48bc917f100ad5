"""Who approves an erasure whose number has jumped: the register manager, where the service's own role still stands."""

from typing import Any

from django.db import migrations


def grant(apps: Any, editor: Any) -> None:
    template = (
        apps.get_model("members", "RoleTemplate").objects.filter(code="register_manager", unit=None).first()
    )
    if template is None:
        return
    act = apps.get_model("audit", "Mutation").objects.create(kind="setup.base_data")
    with editor.connection.cursor() as cursor:
        cursor.execute("SELECT set_config('jasenpalvelu.mutation', %s, true)", [str(act.pk)])
    apps.get_model("members", "RoleGrant").objects.get_or_create(
        template=template, capability="privacy.release", reach="below", defaults={"classes": "ABCD"}
    )
    with editor.connection.cursor() as cursor:
        cursor.execute("SELECT set_config('jasenpalvelu.mutation', '', true)")


class Migration(migrations.Migration):
    dependencies = [("members", "0027_retention_rules"), ("audit", "0004_erasable")]
    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
