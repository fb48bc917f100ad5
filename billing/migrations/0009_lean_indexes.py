

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0008_frozen_columns'),
        ('members', '0004_import_row_key'),
    ]

    operations = [
        migrations.AlterField(
            model_name='duerow',
            name='invoice',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='due_rows', to='billing.invoice'),
        ),
        migrations.AlterField(
            model_name='invoice',
            name='creditor',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='invoices', to='members.orgunit'),
        ),
        migrations.AlterField(
            model_name='invoice',
            name='issuer',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='billing.issuer'),
        ),
        migrations.AlterField(
            model_name='invoice',
            name='payer',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='invoices', to='members.party'),
        ),
        migrations.AlterField(
            model_name='invoice',
            name='run',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='invoices', to='billing.invoicerun'),
        ),
        migrations.AlterField(
            model_name='invoiceline',
            name='invoice',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='billing.invoice'),
        ),
        migrations.AlterField(
            model_name='invoiceline',
            name='unit',
            field=models.ForeignKey(db_index=False, help_text='whose fee table the line is from', on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.orgunit'),
        ),
        migrations.AlterField(
            model_name='ledgerentry',
            name='invoice',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='ledger', to='billing.invoice'),
        ),
        migrations.AlterField(
            model_name='ledgerentry',
            name='payer',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='ledger', to='members.party'),
        ),
        migrations.AlterField(
            model_name='ledgerentry',
            name='reverses',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reversed_by', to='billing.ledgerentry'),
        ),
        migrations.AlterField(
            model_name='runitem',
            name='run',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='items', to='billing.invoicerun'),
        ),
        migrations.AlterField(
            model_name='runitem',
            name='state',
            field=models.CharField(choices=[('ready', 'will be invoiced'), ('error', 'cannot be invoiced'), ('nothing', 'nothing to charge'), ('excluded', 'left out')], max_length=10),
        ),
        migrations.AlterField(
            model_name='runmembership',
            name='run',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='paid_memberships', to='billing.invoicerun'),
        ),
        migrations.AlterField(
            model_name='runrange',
            name='run',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='ranges', to='billing.invoicerun'),
        ),
    ]
