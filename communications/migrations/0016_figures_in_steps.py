"""Which answers the figures of a survey count: they change by five at a time.

What has been told of surveys that are over stays told.
"""

from django.db import migrations, models
from django.db.models import Q

_OVER = """
  s.state IN ('closed', 'archived') AND (SELECT count(*) FROM {table} b WHERE b.survey_id = s.id) >= 5
"""
TELL = f"""
UPDATE communications_surveyanswer a SET told = a.answers, fresh = false FROM communications_survey s
WHERE s.id = a.survey_id AND s.grade = 'pseudonymous' AND {_OVER.format(table="communications_surveyanswer")}
"""
TELL_SECRET = f"""
UPDATE communications_secretanswer a SET fresh = false FROM communications_survey s
WHERE s.id = a.survey_id AND {_OVER.format(table="communications_secretanswer")}
"""


class Migration(migrations.Migration):
    dependencies = [("communications", "0015_rounds_of_surveys")]

    operations = [
        migrations.AddField(model_name="secretanswer", name="fresh", field=models.BooleanField(default=True)),
        migrations.AddField(model_name="surveyanswer", name="fresh", field=models.BooleanField(default=True)),
        migrations.AddField(
            model_name="surveyanswer",
            name="told",
            field=models.JSONField(null=True, verbose_name="answers in the figures"),
        ),
        migrations.RunSQL(TELL, migrations.RunSQL.noop),
        migrations.RunSQL(TELL_SECRET, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="secretanswer",
            index=models.Index(condition=Q(("fresh", True)), fields=["survey"], name="secretanswer_fresh"),
        ),
        migrations.AddIndex(
            model_name="surveyanswer",
            index=models.Index(condition=Q(("fresh", True)), fields=["survey"], name="surveyanswer_fresh"),
        ),
    ]
