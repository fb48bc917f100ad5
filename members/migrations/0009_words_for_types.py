"""A name for the column that tells whom a type is for; nothing changes in the table."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0008_events_stay"),
    ]

    operations = [
        migrations.AlterField(
            model_name="membershiptype",
            name="for_kinds",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=[("person", "person"), ("organisation", "organisation")], max_length=12
                ),
                blank=True,
                default=list,
                help_text="person, organisation; empty = both",
                size=None,
                verbose_name="for whom",
            ),
        ),
    ]
