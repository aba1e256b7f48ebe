import django.db.models.deletion
import practice.clock
from django.db import migrations, models

KINDS = [
    ('login', 'Login'),
    ('transaction', 'Transaction'),
    ('invoice', 'Invoice'),
    ('reconciliation', 'Reconciliation'),
    ('report', 'Report'),
    ('bank_connected', 'Bank feed connected'),
    ('bank_expired', 'Bank feed expired'),
    ('bank_removed', 'Bank feed removed'),
    ('gateway_connected', 'Payment gateway connected'),
    ('gateway_removed', 'Payment gateway removed'),
    ('job_booked', 'Job booked'),
    ('job_scheduled', 'Job scheduled'),
    ('job_sent', 'Job sent to the accounting package'),
    ('add_on_activated', 'Add-on activated'),
    ('add_on_removed', 'Add-on removed'),
    ('package_connected', 'Accounting package connected'),
    ('package_removed', 'Accounting package removed'),
]
STATES = [
    'bank_connected',
    'bank_expired',
    'bank_removed',
    'gateway_connected',
    'gateway_removed',
    'add_on_activated',
    'add_on_removed',
    'package_connected',
    'package_removed',
]


class Migration(migrations.Migration):

    dependencies = [
        ('clients', '0013_tickets'),
        ('practice', '0004_api_key'),
    ]

    operations = [
        migrations.CreateModel(
            name='UsageEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('event_id', models.CharField(max_length=80)),
                ('kind', models.CharField(choices=KINDS, max_length=20)),
                ('at', models.DateTimeField()),
                ('count', models.PositiveIntegerField(default=1)),
                ('name', models.CharField(blank=True, max_length=60)),
                ('received_at', models.DateTimeField(default=practice.clock.now)),
                ('connection', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clients.connection')),
                ('firm', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='practice.firm')),
            ],
            options={
                'ordering': ['-at', '-pk'],
                'indexes': [
                    models.Index(fields=['connection', '-at', '-id'], name='usage_by_connection'),
                    models.Index(condition=models.Q(('kind__in', STATES)), fields=['connection', 'name'], name='usage_states'),
                ],
                'constraints': [models.UniqueConstraint(fields=('firm', 'event_id'), name='usage_event_known_once')],
            },
        ),
        migrations.CreateModel(
            name='UsageDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('logins', models.PositiveBigIntegerField(default=0)),
                ('transactions', models.PositiveBigIntegerField(default=0)),
                ('invoices', models.PositiveBigIntegerField(default=0)),
                ('reconciliations', models.PositiveBigIntegerField(default=0)),
                ('reports', models.PositiveBigIntegerField(default=0)),
                ('jobs_booked', models.PositiveBigIntegerField(default=0)),
                ('jobs_scheduled', models.PositiveBigIntegerField(default=0)),
                ('jobs_sent', models.PositiveBigIntegerField(default=0)),
                ('connection', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clients.connection')),
                ('firm', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='practice.firm')),
            ],
            options={
                'ordering': ['-day', '-pk'],
                'constraints': [models.UniqueConstraint(fields=('connection', 'day'), name='usage_day_once_per_client')],
            },
        ),
    ]
