
from django.db import migrations, models

DAYS = {'login_alert_days': 30, 'transaction_alert_days': 60, 'low_engagement': 40}


class Migration(migrations.Migration):

    dependencies = [
        ('practice', '0004_api_key'),
    ]

    operations = [
        migrations.AddField(
            model_name=model,
            name=name,
            field=models.PositiveSmallIntegerField(default=days, db_default=days),
        )
        for model in ('firm', 'historicalfirm')
        for name, days in DAYS.items()
    ]
