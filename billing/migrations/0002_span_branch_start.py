from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("billing", "0001_branch_bills")]

    operations = [
        migrations.AddIndex(
            model_name="span",
            index=models.Index(fields=["branch", "starts_on"], name="span_branch_start"),
        ),
    ]
