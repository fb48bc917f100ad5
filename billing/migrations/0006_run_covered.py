from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0005_payment_file_time")]

    operations = [
        migrations.AddField(
            model_name="runmembership",
            name="covered",
            field=models.BooleanField(default=False, help_text="A family member covered by another's fee"),
        ),
    ]
