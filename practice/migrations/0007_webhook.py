import django.contrib.postgres.fields
import django.db.models.deletion
import practice.clock
import simple_history.models
from django.conf import settings
from django.db import migrations, models

KINDS = [
    ('client.connected', 'Client connected'),
    ('client.paused', 'Client paused'),
    ('client.resumed', 'Client resumed'),
    ('client.disconnected', 'Client disconnected'),
    ('client.reconnected', 'Client reconnected'),
    ('client.branch_changed', 'Client moved to another branch'),
    ('client.ownership_transferred', 'Client took its subscription over'),
    ('branch_invoice.issued', 'Branch invoice issued'),
    ('webhook.test', 'Test'),
]


class Migration(migrations.Migration):

    dependencies = [
        ('practice', '0006_firm_clocks_and_downloads'),
    ]

    operations = [
        migrations.CreateModel(
            name='HistoricalWebhook',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('on_behalf_of_id', models.BigIntegerField(editable=False, null=True)),
                ('request_id', models.CharField(editable=False, max_length=36)),
                ('ip', models.GenericIPAddressField(editable=False, null=True)),
                ('name', models.CharField(max_length=120)),
                ('url', models.CharField(max_length=500, verbose_name='address')),
                ('kinds', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=KINDS, max_length=40), size=None)),
                ('old_until', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(default=practice.clock.now, editable=False)),
                ('switched_off_at', models.DateTimeField(blank=True, null=True)),
                ('removed_at', models.DateTimeField(blank=True, null=True)),
                ('history_change_reason', models.TextField(null=True)),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('created_by', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('firm', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='practice.firm')),
                ('history_user', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical webhook',
                'verbose_name_plural': 'historical webhooks',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
                'indexes': [models.Index(fields=['firm', '-history_date'], name='webhook_h_firm')],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='Webhook',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120)),
                ('url', models.CharField(max_length=500, verbose_name='address')),
                ('kinds', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=KINDS, max_length=40), size=None)),
                ('nonce', models.CharField(editable=False, max_length=64, unique=True)),
                ('old_nonce', models.CharField(blank=True, editable=False, max_length=64)),
                ('old_until', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(default=practice.clock.now, editable=False)),
                ('failing_since', models.DateTimeField(blank=True, null=True)),
                ('switched_off_at', models.DateTimeField(blank=True, null=True)),
                ('removed_at', models.DateTimeField(blank=True, null=True)),
                ('created_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('firm', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='practice.firm')),
            ],
            options={
                'ordering': ['-created_at', '-pk'],
                'indexes': [models.Index(fields=['firm', '-created_at', '-id'], name='webhook_by_date')],
            },
        ),
        migrations.CreateModel(
            name='WebhookDelivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('event_id', models.CharField(max_length=40)),
                ('kind', models.CharField(choices=KINDS, max_length=40)),
                ('body', models.TextField()),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('delivered', 'Delivered'), ('failed', 'Failed')], default='waiting', max_length=10)),
                ('created_at', models.DateTimeField(default=practice.clock.now, editable=False)),
                ('not_before', models.DateTimeField(default=practice.clock.now)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('tried_at', models.DateTimeField(blank=True, null=True)),
                ('answer_code', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('answer', models.CharField(blank=True, max_length=500)),
                ('error', models.CharField(blank=True, max_length=300)),
                ('milliseconds', models.PositiveIntegerField(blank=True, null=True)),
                ('firm', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='practice.firm')),
                ('webhook', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='practice.webhook')),
            ],
            options={
                'verbose_name': 'webhook delivery',
                'verbose_name_plural': 'webhook deliveries',
                'ordering': ['-pk'],
                'indexes': [models.Index(fields=['webhook', '-id'], name='delivery_by_webhook'), models.Index(condition=models.Q(('state', 'waiting')), fields=['not_before'], name='delivery_due')],
                'constraints': [models.UniqueConstraint(fields=('event_id', 'webhook'), name='webhook_told_once')],
            },
        ),
    ]
