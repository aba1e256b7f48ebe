from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('clients', '0006_handover_pack'),
    ]

    operations = [
        migrations.AddField(
            model_name='handoverpack',
            name='declined_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='handoverpack',
            name='declined_by',
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name='historicalhandoverpack',
            name='declined_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='historicalhandoverpack',
            name='declined_by',
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddConstraint(
            model_name='handoverpack',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('declined_at', None), ('declined_by', '')), models.Q(('asked_at__isnull', False), ('consented_at', None), ('declined_at__isnull', False), models.Q(('declined_by', ''), _negated=True)), _connector='OR'), name='handover_declined_says_who_and_when'),
        ),
    ]
