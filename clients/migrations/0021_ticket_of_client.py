from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('clients', '0020_access_requests'),
    ]

    operations = [
        migrations.AddField(
            model_name='ticket',
            name='is_client',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name='historicalticket',
            name='is_client',
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
