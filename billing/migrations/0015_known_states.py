from django.db import migrations, models


class Migration(migrations.Migration):
    """The database knows the same states and kinds as the code, what a credit note is about, and where a payment came from."""

    dependencies = [
        ('billing', '0014_lean_run_items'),
    ]

    operations = [
        migrations.AddConstraint(
            model_name='feerule',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['flat', 'per_unit', 'bracket', 'tiered', 'percent_discount', 'amount_discount'])), name='feerule_kind'),
        ),
        migrations.AddConstraint(
            model_name='feerule',
            constraint=models.CheckConstraint(condition=models.Q(('once_per__in', ['membership', 'person', 'holding', 'payer'])), name='feerule_once_per'),
        ),
        migrations.AddConstraint(
            model_name='feetable',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'approved', 'locked'])), name='feetable_state'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('credits', None), ('kind', 'invoice')), models.Q(('credits__isnull', False), ('kind', 'credit_note')), _connector='OR'), name='invoice_credit_note_credits'),
        ),
        migrations.AddConstraint(
            model_name='invoicerun',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'calculating', 'preview', 'issuing', 'issued', 'cancelled'])), name='invoicerun_state'),
        ),
        migrations.AddConstraint(
            model_name='ledgerentry',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['invoice', 'credit', 'payment', 'correction', 'unmatched', 'refund', 'write_off'])), name='ledgerentry_kind'),
        ),
        migrations.AddConstraint(
            model_name='paymentrow',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['new', 'waiting', 'matched', 'left', 'return', 'reversed'])), name='paymentrow_state_known'),
        ),
        migrations.AddConstraint(
            model_name='paymentrow',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('file', None), ('manual_key__isnull', False)), models.Q(('file__isnull', False), ('manual_key', None)), _connector='OR'), name='paymentrow_origin'),
        ),
        migrations.AddConstraint(
            model_name='runitem',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['ready', 'error', 'nothing', 'excluded'])), name='runitem_state_known'),
        ),
    ]
