from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('clients', '0011_usage_for_health'),
    ]

    operations = [
        migrations.AddField(
            model_name='clientaccount',
            name='trial_extensions',
            field=models.PositiveSmallIntegerField(db_default=0, default=0, editable=False),
        ),
        migrations.AddField(
            model_name='historicalclientaccount',
            name='trial_extensions',
            field=models.PositiveSmallIntegerField(db_default=0, default=0, editable=False),
        ),
        migrations.AddConstraint(
            model_name='clientaccount',
            constraint=models.CheckConstraint(condition=models.Q(('trial_extensions__lte', 2)), name='trial_extended_twice_at_most'),
        ),
    ]
