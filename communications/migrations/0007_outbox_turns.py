from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("communications", "0006_talks")]

    operations = [
        migrations.RemoveIndex(model_name="delivery", name="delivery_due"),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("state__in", [0, 5])),
                fields=["mailing", "lane", "next_at", "id"],
                name="delivery_turn",
            ),
        ),
        migrations.AlterField(
            model_name="delivery",
            name="reason",
            field=models.CharField(
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
                ],
                max_length=16,
            ),
        ),
    ]
