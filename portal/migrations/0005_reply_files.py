import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('clients', '0023_ledger_questions'),
        ('portal', '0004_tax_returns'),
        ('practice', '0007_webhook'),
    ]

    operations = [
        migrations.CreateModel(
            name='ReplyFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('connection', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clients.connection')),
                ('file', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='portal.clientfile')),
                ('firm', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='practice.firm')),
                ('reply', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='attached', to='portal.questionreply')),
            ],
            options={
                'ordering': ['pk'],
                'constraints': [models.UniqueConstraint(fields=('reply', 'file'), name='reply_file_once')],
            },
        ),
    ]
