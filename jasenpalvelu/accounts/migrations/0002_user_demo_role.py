
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='demo_role',
            field=models.CharField(blank=True, editable=False, max_length=200, verbose_name='Role in the demo'),
        ),
    ]
