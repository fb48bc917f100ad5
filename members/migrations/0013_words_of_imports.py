"""What an uploaded file and a checked one wait for, in words."""

from django.db import migrations, models

STATES = [
    ("uploaded", "waits for its columns"),
    ("checking", "checking"),
    ("checked", "waits for saving"),
    ("committing", "being saved"),
    ("committed", "saved"),
    ("rolling_back", "being rolled back"),
    ("rolled_back", "rolled back"),
    ("refused", "could not be read"),
]


class Migration(migrations.Migration):
    dependencies = [("members", "0012_former_numbers")]

    operations = [
        migrations.AlterField(
            "importbatch", "state", models.CharField(choices=STATES, default="uploaded", max_length=14)
        ),
    ]
