"""The topics every federation starts with."""

from typing import Any

from django.db import migrations

from communications.services.base_topics import ensure_topics


def write(apps: Any, editor: Any) -> None:
    act = apps.get_model("audit", "Mutation").objects.create(kind="setup.base_data")
    with editor.connection.cursor() as cursor:
        cursor.execute("SELECT set_config('jasenpalvelu.mutation', %s, true)", [str(act.pk)])
    ensure_topics(
        apps.get_model("communications", "Topic").objects, apps.get_model("members", "ConsentPurpose").objects
    )
    with editor.connection.cursor() as cursor:
        cursor.execute("SELECT set_config('jasenpalvelu.mutation', '', true)")


class Migration(migrations.Migration):
    dependencies = [
        ("communications", "0001_letters_and_outbox"),
        ("members", "0036_who_writes"),
        ("audit", "0004_erasable"),
    ]
    operations = [migrations.RunPython(write, migrations.RunPython.noop)]
