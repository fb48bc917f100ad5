"""Search terms of many members at once are gathered and put into the indexes sorted, which costs half of one by one.

Without `fastupdate` each term of each new member is a write into a page of its own. What waits in the list is put into the
indexes after each chunk of an import (`members.services.indexing.settle_search`), otherwise by autovacuum. The switch is
turned in the indexes as they stand: building them anew would take minutes in a large register. Indexes go that only repeat
the beginning of another one of their table.
"""

import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

INDEXES = {"party_search": "search", "party_search_contact": "search_contact"}


class Migration(migrations.Migration):
    dependencies = [("members", "0010_events_by_act")]

    operations = [
        *(
            migrations.SeparateDatabaseAndState(
                database_operations=[
                    migrations.RunSQL(
                        f"ALTER INDEX {name} SET (fastupdate = on)",
                        f"ALTER INDEX {name} SET (fastupdate = off)",
                    )
                ],
                state_operations=[
                    migrations.RemoveIndex("party", name),
                    migrations.AddIndex(
                        "party", django.contrib.postgres.indexes.GinIndex(fields=[field], name=name)
                    ),
                ],
            )
            for name, field in INDEXES.items()
        ),
        migrations.AlterField(
            "importrow",
            "batch",
            models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="rows",
                to="members.importbatch",
            ),
        ),
        migrations.AlterField(
            "membership",
            "holding",
            models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="memberships",
                to="members.holding",
                verbose_name="holding",
            ),
        ),
        migrations.AlterField(
            "membership",
            "party",
            models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="memberships",
                to="members.party",
            ),
        ),
        migrations.AlterField(
            "membership",
            "unit",
            models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="memberships",
                to="members.orgunit",
                verbose_name="association",
            ),
        ),
    ]
