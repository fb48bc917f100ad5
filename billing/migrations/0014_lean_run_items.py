import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """The unique pair of run and payer is the only index over payers; writing a second one made previews slower."""

    dependencies = [
        ("billing", "0013_invoice_signs"),
        ("members", "0004_import_row_key"),
    ]

    operations = [
        migrations.AlterField(
            model_name="runitem",
            name="payer",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="run_items",
                to="members.party",
            ),
        ),
    ]
