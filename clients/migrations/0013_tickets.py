import django.db.models.deletion
import practice.clock
import simple_history.models
from django.conf import settings
from django.db import migrations, models

PRIORITIES = [('urgent', 'Urgent'), ('high', 'High'), ('normal', 'Normal'), ('low', 'Low')]


class Migration(migrations.Migration):

    dependencies = [
        ('clients', '0012_trial_extensions'),
        ('practice', '0003_security_event'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Ticket',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(editable=False)),
                ('subject', models.CharField(max_length=200)),
                ('text', models.TextField(max_length=5000)),
                ('priority', models.CharField(choices=PRIORITIES, max_length=10)),
                ('created_at', models.DateTimeField(default=practice.clock.now, editable=False)),
                ('due_at', models.DateTimeField(blank=True, null=True)),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('key', models.UUIDField(editable=False)),
                ('closed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('connection', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clients.connection')),
                ('created_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('firm', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='practice.firm')),
            ],
            options={
                'ordering': ['-pk'],
                'indexes': [models.Index(fields=['connection', '-id'], name='ticket_by_connection')],
                'constraints': [models.UniqueConstraint(fields=('firm', 'number'), name='ticket_number_once_per_firm'), models.UniqueConstraint(fields=('firm', 'key'), name='ticket_once_per_form'), models.CheckConstraint(condition=models.Q(('priority__in', ['urgent', 'high', 'normal', 'low'])), name='ticket_priority_known'), models.CheckConstraint(condition=models.Q(models.Q(('closed_at', None), ('closed_by', None)), models.Q(('closed_at__isnull', False), ('closed_by__isnull', False)), _connector='OR'), name='ticket_closed_by_somebody')],
            },
        ),
        migrations.CreateModel(
            name='TicketReply',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('is_client', models.BooleanField(default=False)),
                ('text', models.TextField(max_length=5000)),
                ('created_at', models.DateTimeField(default=practice.clock.now, editable=False)),
                ('key', models.UUIDField(editable=False)),
                ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('connection', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clients.connection')),
                ('firm', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='practice.firm')),
                ('ticket', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='replies', to='clients.ticket')),
            ],
            options={
                'verbose_name_plural': 'ticket replies',
                'ordering': ['pk'],
                'constraints': [models.UniqueConstraint(fields=('ticket', 'key'), name='ticket_reply_once_per_form')],
            },
        ),
        migrations.CreateModel(
            name='HistoricalTicket',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('on_behalf_of_id', models.BigIntegerField(editable=False, null=True)),
                ('request_id', models.CharField(editable=False, max_length=36)),
                ('ip', models.GenericIPAddressField(editable=False, null=True)),
                ('number', models.PositiveIntegerField(editable=False)),
                ('subject', models.CharField(max_length=200)),
                ('text', models.TextField(max_length=5000)),
                ('priority', models.CharField(choices=PRIORITIES, max_length=10)),
                ('created_at', models.DateTimeField(default=practice.clock.now, editable=False)),
                ('due_at', models.DateTimeField(blank=True, null=True)),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('history_change_reason', models.TextField(null=True)),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('closed_by', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('connection', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='clients.connection')),
                ('created_by', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('firm', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='practice.firm')),
                ('history_user', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical ticket',
                'verbose_name_plural': 'historical tickets',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
                'indexes': [models.Index(fields=['firm', '-history_date'], name='ticket_h_firm'), models.Index(fields=['connection', '-history_date'], name='ticket_h_connection')],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
    ]
