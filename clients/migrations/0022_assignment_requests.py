import django.db.models.deletion
import practice.clock
import simple_history.models
from django.conf import settings
from django.db import migrations, models

STATES = [('open', 'Open'), ('granted', 'Granted'), ('declined', 'Declined'), ('closed', 'Closed')]


def kept(to):
    return models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=to)


def held(to, **options):
    return models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=to, **options)


def facts():
    return [
        ('reason', models.CharField(max_length=300)),
        ('asked_at', models.DateTimeField(default=practice.clock.now, editable=False)),
        ('state', models.CharField(choices=STATES, default='open', max_length=10)),
        ('answered_at', models.DateTimeField(blank=True, null=True)),
        ('hours', models.PositiveSmallIntegerField(choices=[(24, '1 day'), (72, '3 days'), (168, '1 week'), (720, '30 days')])),
    ]


class Migration(migrations.Migration):

    dependencies = [
        ('clients', '0021_ticket_of_client'),
        ('practice', '0004_api_key'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='AssignmentRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                *facts(),
                ('key', models.UUIDField(editable=False)),
                ('answered_by', held(settings.AUTH_USER_MODEL, blank=True, null=True)),
                ('asked_by', held(settings.AUTH_USER_MODEL)),
                ('connection', held('clients.connection')),
                ('firm', held('practice.firm')),
            ],
            options={
                'ordering': ['-pk'],
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('state', 'open')), fields=('connection', 'asked_by'), name='one_open_assignment_request_each'),
                    models.UniqueConstraint(fields=('connection', 'key'), name='assignment_request_once_per_form'),
                    models.CheckConstraint(condition=models.Q(models.Q(('answered_at', None), ('state', 'open')), models.Q(('answered_at__isnull', False), ('state__in', ['granted', 'declined', 'closed'])), _connector='OR'), name='assignment_request_answered_or_open'),
                ],
            },
        ),
        migrations.CreateModel(
            name='HistoricalAssignmentRequest',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('on_behalf_of_id', models.BigIntegerField(editable=False, null=True)),
                ('request_id', models.CharField(editable=False, max_length=36)),
                ('ip', models.GenericIPAddressField(editable=False, null=True)),
                *facts(),
                ('history_change_reason', models.TextField(null=True)),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('answered_by', kept(settings.AUTH_USER_MODEL)),
                ('asked_by', kept(settings.AUTH_USER_MODEL)),
                ('connection', kept('clients.connection')),
                ('firm', kept('practice.firm')),
                ('history_user', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical assignment request',
                'verbose_name_plural': 'historical assignment requests',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
                'indexes': [models.Index(fields=['firm', '-history_date'], name='assignmentrequest_h_firm'), models.Index(fields=['connection', '-history_date'], name='assignmentrequest_h_connection')],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
    ]
