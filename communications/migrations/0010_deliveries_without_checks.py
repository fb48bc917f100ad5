import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("communications", "0009_partners_and_benefits"),
        ("members", "0036_who_writes"),
    ]

    operations = [
        migrations.AlterField(
            model_name="delivery",
            name="mailing",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="deliveries",
                to="communications.mailing",
            ),
        ),
        migrations.AlterField(
            model_name="delivery",
            name="party",
            field=models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="deliveries",
                to="members.party",
            ),
        ),
        migrations.AlterField(
            model_name="delivery",
            name="unit",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="members.orgunit",
            ),
        ),
    ]
