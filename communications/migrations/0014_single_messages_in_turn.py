"""Single messages have an index of their own in the order they leave, and a message in doubt may be let be."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("communications", "0013_names_of_messages")]

    operations = [
        migrations.RemoveIndex(model_name="delivery", name="delivery_turn"),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                fields=["mailing", "lane", "next_at", "id"],
                name="delivery_turn",
                condition=Q(mailing__isnull=False, state__in=[0, 5]),
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                fields=["klass", "next_at", "id"],
                name="delivery_single_turn",
                condition=Q(mailing__isnull=True, state__in=[0, 5]),
            ),
        ),
        migrations.AlterField(
            model_name="delivery",
            name="reason",
            field=models.CharField(
                "why not sent",
                max_length=16,
                blank=True,
                choices=[
                    ("", ""),
                    ("no_address", "no e-mail address"),
                    ("refused", "has refused letters of the topic"),
                    ("no_consent", "has not consented"),
                    ("objects", "has objected or its use is restricted"),
                    ("address_stopped", "the address does not work"),
                    ("same_address", "the same address gets it already"),
                    ("deceased", "has died"),
                    ("no_language", "the letter has no words in the language"),
                    ("bad_address", "the address is not one"),
                    ("server", "the receiving server refused"),
                    ("gave_up", "the receiving server did not take it in time"),
                    ("cancelled", "sending was cancelled"),
                    ("bounced", "came back"),
                    ("not_rendered", "could not be made"),
                    ("left", "looked at and let be"),
                ],
            ),
        ),
    ]
