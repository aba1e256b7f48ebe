import django.db.models.deletion
import practice.clock
from django.conf import settings
from django.db import migrations, models

PAGES = [
    ('account', 'Your account'),
    ('details', 'Details'),
    ('dashboard', 'Dashboard'),
    ('activity', 'Activity'),
    ('notes', 'The firm’s notes'),
    ('work', 'Tasks and dates'),
    ('tickets', 'Tickets'),
    ('mail', 'Emails'),
    ('files', 'Files'),
    ('contacts', 'Contacts'),
    ('team', 'Team and access'),
    ('billing', 'Billing and plan'),
    ('relationship', 'The relationship'),
    ('records', 'Records of the past'),
    ('handover', 'Handover'),
    ('export', 'Export'),
    ('list_export', 'Export of the client list'),
]


class Migration(migrations.Migration):

    dependencies = [
        ('clients', '0017_alerts'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='LedgerBlock',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('closed_at', models.DateTimeField()),
                ('entries', models.PositiveIntegerField()),
                ('previous', models.CharField(blank=True, max_length=64, verbose_name='seal before')),
                ('seal', models.CharField(max_length=64)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clients.clientaccount')),
            ],
            options={
                'ordering': ['account', 'number'],
                'constraints': [models.UniqueConstraint(fields=('account', 'number'), name='ledger_block_once')],
            },
        ),
        migrations.CreateModel(
            name='LedgerEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('page', models.CharField(choices=PAGES, max_length=20)),
                ('reason', models.CharField(max_length=200)),
                ('at', models.DateTimeField(default=practice.clock.now)),
                ('window', models.IntegerField(editable=False)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clients.clientaccount')),
                ('block', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clients.ledgerblock')),
                ('connection', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clients.connection')),
                ('firm', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='practice.firm')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'ledger entries',
                'ordering': ['-pk'],
                'indexes': [models.Index(fields=['account', '-id'], name='ledger_by_account'), models.Index(condition=models.Q(('block__isnull', True)), fields=['account'], name='ledger_open')],
                'constraints': [models.UniqueConstraint(fields=('connection', 'user', 'page', 'window'), name='ledger_once_a_window')],
            },
        ),
    ]
