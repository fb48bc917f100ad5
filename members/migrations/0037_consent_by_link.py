"""A consent may be given by the signed link of a letter."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("members", "0036_who_writes")]

    operations = [
        migrations.AlterField(
            model_name="consentevent",
            name="source",
            field=models.CharField(
                choices=[
                    ("form", "on the join form"),
                    ("portal", "on own pages"),
                    ("link", "by the link of a letter"),
                    ("office", "told to the office"),
                    ("import", "from an earlier register"),
                    ("organisation", "in a merger of associations"),
                ],
                max_length=12,
                verbose_name="where it was said",
            ),
        ),
    ]
