"""Who answers requests about people's own data: the secretary in the association, the register manager everywhere.

Roles are data: only the two the service itself has written, and only where they still stand.
"""

from typing import Any

from django.db import migrations

GRANTS = (("secretary", "own"), ("register_manager", "below"))


def grant(apps: Any, editor: Any) -> None:
    templates = apps.get_model("members", "RoleTemplate").objects
    found = [(templates.filter(code=code, unit=None).first(), reach) for code, reach in GRANTS]
    if not any(template for template, _reach in found):
        return
    act = apps.get_model("audit", "Mutation").objects.create(kind="setup.base_data")
    with editor.connection.cursor() as cursor:
        cursor.execute("SELECT set_config('jasenpalvelu.mutation', %s, true)", [str(act.pk)])
    for template, reach in found:
        if template is not None:
            apps.get_model("members", "RoleGrant").objects.get_or_create(
                template=template, capability="privacy.handle", reach=reach, defaults={"classes": "ABCD"}
            )
    with editor.connection.cursor() as cursor:
        cursor.execute("SELECT set_config('jasenpalvelu.mutation', '', true)")


class Migration(migrations.Migration):
    dependencies = [("members", "0022_requests_and_erasures"), ("audit", "0004_erasable")]
    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
