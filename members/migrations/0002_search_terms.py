from django.db import migrations

from members.sql import terms_function


class Migration(migrations.Migration):
    dependencies = [("members", "0001_initial")]

    operations = [migrations.RunSQL(terms_function(), "DROP FUNCTION members_terms(text)")]
