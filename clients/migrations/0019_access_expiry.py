from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('clients', '0018_ledger'),
    ]

    operations = [
        migrations.AddField(
            model_name='connection',
            name='access_expired_for',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='connection',
            name='access_warned_for',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='historicalconnection',
            name='access_expired_for',
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
