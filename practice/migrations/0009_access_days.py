from django.db import migrations, models

DAYS = {"access_days": 60, "access_warning_days": 53}


class Migration(migrations.Migration):
    dependencies = [("practice", "0008_sign_in_country")]

    operations = [
        *(
            migrations.AddField(
                model, name, models.PositiveSmallIntegerField(db_default=days, default=days)
            )
            for name, days in DAYS.items()
            for model in ("firm", "historicalfirm")
        ),
        migrations.AddConstraint(
            "firm",
            models.CheckConstraint(
                name="access_ends_after_its_warning",
                condition=models.Q(access_days__lte=60)
                & models.Q(access_warning_days__lt=models.F("access_days")),
            ),
        ),
    ]
