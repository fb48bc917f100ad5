"""Files made by jobs are asked for under the capability they were made under.

Of files that lie there already it is known by their kind; without a unit it has to be held somewhere.
"""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('jobs', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='job',
            name='needs',
            field=models.CharField(blank=True, max_length=40, verbose_name='needed capability'),
        ),
        migrations.AddField(
            model_name='job',
            name='units',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, size=None, verbose_name='units concerned'),
        ),
        migrations.RunSQL(
            """
            UPDATE jobs_job SET needs = CASE kind WHEN 'members.export' THEN 'members.export' ELSE 'billing.view' END,
              units = CASE WHEN unit_id IS NULL THEN '{}'::bigint[] ELSE ARRAY[unit_id] END
            WHERE kind IN ('members.export', 'billing.documents') AND capability = ''
            """,
            migrations.RunSQL.noop,
        ),
    ]
