import django.db.models.deletion
from django.db import migrations, models

KINDS = [
    ("factor_reset", "Second factor reset"),
    ("unusual", "Unusual activity"),
    ("new_country", "Unusual activity: new country"),
]


class Migration(migrations.Migration):
    dependencies = [("practice", "0007_webhook")]

    operations = [
        *(
            migrations.AddField(
                model,
                "new_country_days",
                models.PositiveSmallIntegerField(db_default=365, default=365),
            )
            for model in ("firm", "historicalfirm")
        ),
        *(
            migrations.AlterField(model, "kind", models.CharField(choices=KINDS, max_length=20))
            for model in ("securityevent", "historicalsecurityevent")
        ),
        migrations.CreateModel(
            name="SignInCountry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("country", models.CharField(max_length=2)),
                ("last_at", models.DateTimeField()),
                (
                    "firm",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="practice.firm",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="practice.teammember",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "sign-in countries",
                "ordering": ["-last_at", "-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("member", "country"), name="sign_in_country_once"
                    )
                ],
            },
        ),
    ]
