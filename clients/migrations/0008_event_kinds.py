from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('clients', '0007_handover_declined'),
    ]

    operations = [
        migrations.AlterField(
            model_name='activityevent',
            name='kind',
            field=models.CharField(choices=[('connected', 'Connected'), ('imported', 'Imported'), ('edited', 'Details edited'), ('company', 'Company details changed'), ('access', 'Access changed'), ('opened', 'Account opened'), ('status', 'Status changed'), ('transfer', 'Branch changed'), ('tags', 'Tags changed'), ('note', 'Notes'), ('message', 'Message written'), ('usage', 'Usage')], max_length=20),
        ),
    ]
