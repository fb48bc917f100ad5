"""Names of columns the history of an association tells of; nothing changes in the tables."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0006_treasurers_fees'),
    ]

    operations = [
        migrations.AlterField(
            model_name='unitparent',
            name='parent',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='child_links', to='members.orgunit', verbose_name='belongs to'),
        ),
        migrations.AlterField(
            model_name='unitparent',
            name='relation',
            field=models.CharField(choices=[('administrative', 'administrative'), ('fee', 'fee')], default='administrative', max_length=20, verbose_name='belongs for'),
        ),
    ]
