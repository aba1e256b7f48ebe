"""One key holds a line to its client and firm; its indexes lead both."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("clients", "0027_ledger_of_programs")]

    operations = [
        migrations.AlterField(
            "activityevent",
            name,
            models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=target,
            ),
        )
        for name, target in (("connection", "clients.connection"), ("firm", "practice.firm"))
    ]
