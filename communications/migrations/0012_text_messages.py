"""A text message to many is a mailing of its own kind."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("communications", "0011_campaigns")]

    operations = [
        migrations.AlterField(
            model_name="mailing",
            name="kind",
            field=models.CharField(
                choices=[
                    ("newsletter", "newsletter"),
                    ("invitation", "invitation to answer"),
                    ("notice", "notice"),
                    ("sms", "text message"),
                ],
                default="newsletter",
                max_length=12,
            ),
        ),
    ]
