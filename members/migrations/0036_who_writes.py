"""Who writes to members: the service's own roles get their rights in communications, where they still stand.

Roles are data: only those the service itself has written. The role of the expert comes with the base data.
"""

from typing import Any

from django.db import migrations, models

WRITES = {
    "messages.view": "AB",
    "messages.send": "AB",
    "messages.settings": "A",
    "talks.answer": "AB",
    "surveys.edit": "AB",
    "content.edit": "A",
}
APPROVES = {"messages.approve": "A"}
GRANTS = {
    "secretary": ("own", WRITES),
    "chair": ("own", WRITES | APPROVES),
    "treasurer": ("own", {"messages.view": "AB", "talks.answer": "AB"}),
    "register_manager": ("below", dict.fromkeys(WRITES | APPROVES, "ABCD")),
}


def grant(apps: Any, editor: Any) -> None:
    templates = apps.get_model("members", "RoleTemplate").objects
    found = {code: template for code in GRANTS if (template := templates.filter(code=code, unit=None).first())}
    if not found:
        return
    act = apps.get_model("audit", "Mutation").objects.create(kind="setup.base_data")
    with editor.connection.cursor() as cursor:
        cursor.execute("SELECT set_config('jasenpalvelu.mutation', %s, true)", [str(act.pk)])
    for code, template in found.items():
        reach, capabilities = GRANTS[code]
        for capability, classes in capabilities.items():
            apps.get_model("members", "RoleGrant").objects.get_or_create(
                template=template, capability=capability, reach=reach, defaults={"classes": classes}
            )
    with editor.connection.cursor() as cursor:
        cursor.execute("SELECT set_config('jasenpalvelu.mutation', '', true)")


class Migration(migrations.Migration):
    dependencies = [("members", "0035_names_of_ended_groups"), ("audit", "0004_erasable")]
    operations = [
        migrations.AlterField(
            model_name="rolegrant",
            name="capability",
            field=models.CharField(
                choices=[
                    ("units.view", "see units"),
                    ("units.edit", "edit units"),
                    ("units.change", "merge, divide and move units"),
                    ("members.view", "see members"),
                    ("members.edit", "edit members"),
                    ("members.admit", "decide on applications"),
                    ("members.import", "import members"),
                    ("members.export", "export members"),
                    ("mandates.grant", "grant mandates"),
                    ("nondisclosure.unmask", "unmask non-disclosed data"),
                    ("privacy.handle", "handle requests about one's data"),
                    ("privacy.release", "approve erasures whose number jumped"),
                    ("statistics.view", "see statistics"),
                    ("audit.view", "see history and access log"),
                    ("messages.view", "see letters and the contact log"),
                    ("messages.send", "write and send letters"),
                    ("messages.approve", "approve letters to many"),
                    ("messages.settings", "edit topics, senders and the look of letters"),
                    ("talks.answer", "answer members' questions"),
                    ("surveys.edit", "make surveys and see their results"),
                    ("content.edit", "edit announcements, materials, benefits and campaigns"),
                    ("billing.view", "see invoices"),
                    ("billing.tables", "edit fee tables"),
                    ("billing.run", "calculate and issue invoice runs"),
                    ("billing.payments", "book payments"),
                    ("billing.settings", "edit billing settings"),
                ],
                max_length=30,
            ),
        ),
        migrations.RunPython(grant, migrations.RunPython.noop),
    ]
