from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0037_consent_by_link'),
    ]

    operations = [
        migrations.AddField(
            model_name='joinrequest',
            name='campaign',
            field=models.CharField(blank=True, help_text='What the link said of the campaign it came by', max_length=120),
        ),
    ]
