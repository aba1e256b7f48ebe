import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('clients', '0010_owner_invitation'),
    ]

    operations = [
        migrations.AddField(
            model_name='usagesnapshot',
            name='add_ons',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=60), db_default=[], default=list, size=None),
        ),
        migrations.AddField(
            model_name='usagesnapshot',
            name='unscheduled_jobs',
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='usagesnapshot',
            name='unsent_jobs',
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
    ]
