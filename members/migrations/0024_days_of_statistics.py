"""The days of the statistics, and the right to see them."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

# Who gets the right to see statistics where the federation's roles stand already: how far, of which classes.
STATISTICS = {
    "secretary": ("own", "ACD"),
    "treasurer": ("own", "ACD"),
    "chair": ("own", "ACD"),
    "regional_treasurer": ("below", "ACD"),
    "regional_director": ("below", "ACD"),
    "register_manager": ("below", "ABCD"),
}


def give_right(apps: Any, editor: Any) -> None:
    """Roles are data: each gets the right as a new federation's has it."""
    roles = list(apps.get_model("members", "RoleTemplate").objects.filter(code__in=STATISTICS, unit=None))
    if not roles:
        return
    act = apps.get_model("audit", "Mutation").objects.create(kind="setup.base_data")
    with editor.connection.cursor() as cursor:
        cursor.execute("SELECT set_config('jasenpalvelu.mutation', %s, true)", [str(act.pk)])
    for role in roles:
        reach, classes = STATISTICS[role.code]
        apps.get_model("members", "RoleGrant").objects.get_or_create(
            template=role, capability="statistics.view", reach=reach, defaults={"classes": classes}
        )
    with editor.connection.cursor() as cursor:
        cursor.execute("SELECT set_config('jasenpalvelu.mutation', '', true)")


class Migration(migrations.Migration):

    dependencies = [
        ('audit', '0002_frozen_columns'),
        ('members', '0023_who_answers_requests'),
    ]

    operations = [
        migrations.CreateModel(
            name='CountedDay',
            fields=[
                ('day', models.DateField(primary_key=True, serialize=False, verbose_name='day')),
                ('detailed', models.BooleanField(default=True)),
                ('counted_at', models.DateTimeField(verbose_name='counted at')),
            ],
        ),
        migrations.CreateModel(
            name='CountingMark',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('change_id', models.BigIntegerField(default=0)),
            ],
        ),
        migrations.AlterField(
            model_name='rolegrant',
            name='capability',
            field=models.CharField(choices=[('units.view', 'see units'), ('units.edit', 'edit units'), ('members.view', 'see members'), ('members.edit', 'edit members'), ('members.admit', 'decide on applications'), ('members.import', 'import members'), ('members.export', 'export members'), ('mandates.grant', 'grant mandates'), ('nondisclosure.unmask', 'unmask non-disclosed data'), ('privacy.handle', "handle requests about one's data"), ('statistics.view', 'see statistics'), ('audit.view', 'see history and access log'), ('billing.view', 'see invoices'), ('billing.tables', 'edit fee tables'), ('billing.run', 'calculate and issue invoice runs'), ('billing.payments', 'book payments'), ('billing.settings', 'edit billing settings')], max_length=30),
        ),
        migrations.CreateModel(
            name='AgeCount',
            fields=[
                ('pk', models.CompositePrimaryKey('day', 'unit_id', 'band', blank=True, editable=False, primary_key=True, serialize=False)),
                ('day', models.DateField(verbose_name='day')),
                ('band', models.SmallIntegerField(verbose_name='age')),
                ('members', models.PositiveIntegerField(verbose_name='members')),
                ('unit', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='members.orgunit', verbose_name='unit')),
            ],
        ),
        migrations.CreateModel(
            name='MemberFlow',
            fields=[
                ('pk', models.CompositePrimaryKey('day', 'unit_id', 'code', 'kind', blank=True, editable=False, primary_key=True, serialize=False)),
                ('day', models.DateField(verbose_name='day')),
                ('code', models.CharField(max_length=20, verbose_name='federation code')),
                ('kind', models.CharField(choices=[('joined', 'joined'), ('moved_in', 'came from another association'), ('resigned', 'resigned'), ('deemed_resigned', 'deemed resigned'), ('expelled', 'expelled'), ('died', 'died'), ('transferred', 'moved to another association'), ('other', 'ended otherwise')], max_length=16, verbose_name='what happened')),
                ('members', models.PositiveIntegerField(verbose_name='members')),
                ('unit', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='members.orgunit', verbose_name='unit')),
            ],
        ),
        migrations.CreateModel(
            name='PlaceCount',
            fields=[
                ('pk', models.CompositePrimaryKey('day', 'unit_id', 'municipality', blank=True, editable=False, primary_key=True, serialize=False)),
                ('day', models.DateField(verbose_name='day')),
                ('municipality', models.CharField(max_length=3, verbose_name='home municipality')),
                ('members', models.PositiveIntegerField(verbose_name='members')),
                ('unit', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='members.orgunit', verbose_name='unit')),
            ],
        ),
        migrations.CreateModel(
            name='TypeCount',
            fields=[
                ('pk', models.CompositePrimaryKey('day', 'unit_id', 'code', blank=True, editable=False, primary_key=True, serialize=False)),
                ('day', models.DateField(verbose_name='day')),
                ('code', models.CharField(max_length=20, verbose_name='federation code')),
                ('members', models.PositiveIntegerField(verbose_name='members')),
                ('unit', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='members.orgunit', verbose_name='unit')),
            ],
        ),
        migrations.RunPython(give_right, migrations.RunPython.noop),
    ]
