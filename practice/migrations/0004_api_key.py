import django.contrib.postgres.fields
import django.db.models.deletion
import practice.clock
import simple_history.models
from django.conf import settings
from django.db import migrations, models

SCOPES = [('clients:read', 'Read clients'), ('activity:write', 'Send client activity')]


class Migration(migrations.Migration):

    dependencies = [
        ('practice', '0003_security_event'),
    ]

    operations = [
        migrations.CreateModel(
            name='ApiKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120)),
                ('hint', models.CharField(editable=False, max_length=10, verbose_name='begins with')),
                ('secret_hash', models.CharField(editable=False, max_length=64, unique=True)),
                ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=SCOPES, max_length=40), size=None)),
                ('created_at', models.DateTimeField(default=practice.clock.now, editable=False)),
                ('last_used_at', models.DateTimeField(blank=True, null=True)),
                ('revoked_at', models.DateTimeField(blank=True, null=True)),
                ('created_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('firm', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='practice.firm')),
            ],
            options={
                'verbose_name': 'API key',
                'ordering': ['-created_at', '-pk'],
                'indexes': [models.Index(fields=['firm', '-created_at', '-id'], name='api_key_by_date')],
            },
        ),
        migrations.CreateModel(
            name='HistoricalApiKey',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('on_behalf_of_id', models.BigIntegerField(editable=False, null=True)),
                ('request_id', models.CharField(editable=False, max_length=36)),
                ('ip', models.GenericIPAddressField(editable=False, null=True)),
                ('name', models.CharField(max_length=120)),
                ('hint', models.CharField(editable=False, max_length=10, verbose_name='begins with')),
                ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=SCOPES, max_length=40), size=None)),
                ('created_at', models.DateTimeField(default=practice.clock.now, editable=False)),
                ('revoked_at', models.DateTimeField(blank=True, null=True)),
                ('history_change_reason', models.TextField(null=True)),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('created_by', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('firm', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='practice.firm')),
                ('history_user', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical API key',
                'verbose_name_plural': 'historical API keys',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
                'indexes': [models.Index(fields=['firm', '-history_date'], name='apikey_h_firm')],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
    ]
