
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('clients', '0015_usage_events_by_month'),
    ]

    operations = [
        migrations.RemoveField(
            model_name='usagesnapshot',
            name='engagement_score',
        ),
    ]
