import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.core.validators
import django.db.models.deletion
import practice.clock
import simple_history.models
from django.conf import settings
from django.db import migrations, models

STATES = [('offered', 'Offered'), ('applied', 'Applied'), ('declined', 'Declined')]


def kept(to):
    return models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=to)


def held(to):
    return models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=to)


def terms(**unique):
    """The columns of a promotion; its history keeps the code without uniqueness."""
    return [
        ('code', models.CharField(max_length=40, **unique, validators=[django.core.validators.RegexValidator('^[A-Z0-9][A-Z0-9-]{2,39}$', 'Capital letters, digits and hyphens, three at least.')])),
        ('percent', models.DecimalField(decimal_places=2, max_digits=5, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(100)], verbose_name='percent off')),
        ('months', models.PositiveSmallIntegerField(validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(36)])),
        ('ends_on', models.DateField(blank=True, help_text='On which the code can be used.', null=True, verbose_name='last day')),
        ('most_uses', models.PositiveIntegerField(blank=True, help_text='By how many clients; empty for any number.', null=True)),
        ('is_offered', models.BooleanField(default=True)),
    ]


def facts():
    return [
        ('percent', models.DecimalField(decimal_places=2, max_digits=5)),
        ('state', models.CharField(choices=STATES, max_length=10)),
        ('given_at', models.DateTimeField(default=practice.clock.now, editable=False)),
        ('answered_at', models.DateTimeField(blank=True, null=True)),
        ('starts_on', models.DateField(blank=True, null=True)),
        ('ends_on', models.DateField(blank=True, null=True)),
    ]


def past():
    return [
        ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
        ('on_behalf_of_id', models.BigIntegerField(editable=False, null=True)),
        ('request_id', models.CharField(editable=False, max_length=36)),
        ('ip', models.GenericIPAddressField(editable=False, null=True)),
        ('history_change_reason', models.TextField(null=True)),
        ('history_id', models.AutoField(primary_key=True, serialize=False)),
        ('history_date', models.DateTimeField(db_index=True)),
        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
        ('history_user', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
    ]


def own_id():
    return ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID'))


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0005_charges'),
        ('clients', '0010_owner_invitation'),
        ('practice', '0003_security_event'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Promotion',
            fields=[own_id(), *terms(unique=True)],
            options={
                'ordering': ['code'],
                'constraints': [models.CheckConstraint(condition=models.Q(('months__gte', 1), ('months__lte', 36), ('percent__gt', 0), ('percent__lte', 100)), name='promotion_within_reason')],
            },
        ),
        migrations.CreateModel(
            name='HistoricalPromotion',
            fields=[*past(), *terms(db_index=False)],
            options={
                'verbose_name': 'historical promotion',
                'verbose_name_plural': 'historical promotions',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='PromotionOffer',
            fields=[
                own_id(),
                *facts(),
                ('account', held('clients.clientaccount')),
                ('connection', held('clients.connection')),
                ('firm', held('practice.firm')),
                ('given_by', held(settings.AUTH_USER_MODEL)),
                ('promotion', held('billing.promotion')),
            ],
            options={
                'ordering': ['-pk'],
                'indexes': [models.Index(fields=['connection', '-id'], name='promotion_offer_by_client')],
            },
        ),
        migrations.CreateModel(
            name='HistoricalPromotionOffer',
            fields=[
                *past(),
                *facts(),
                ('account', kept('clients.clientaccount')),
                ('connection', kept('clients.connection')),
                ('firm', kept('practice.firm')),
                ('given_by', kept(settings.AUTH_USER_MODEL)),
                ('promotion', kept('billing.promotion')),
            ],
            options={
                'verbose_name': 'historical promotion offer',
                'verbose_name_plural': 'historical promotion offers',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
                'indexes': [models.Index(fields=['firm', '-history_date'], name='promotionoffer_h_firm'), models.Index(fields=['connection', '-history_date'], name='promotionoffer_h_connection')],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.AddConstraint(
            model_name='promotionoffer',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ('offered', 'applied'))), fields=('promotion', 'account'), name='promotion_once_per_account'),
        ),
        migrations.AddConstraint(
            model_name='promotionoffer',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'applied'), _negated=True), models.Q(('ends_on__gt', models.F('starts_on')), ('starts_on__isnull', False)), _connector='OR'), name='applied_promotion_has_days'),
        ),
        migrations.AddConstraint(
            model_name='promotionoffer',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('state', 'applied')), expressions=[(models.F('account'), '='), (models.Func(models.F('starts_on'), models.F('ends_on'), function='daterange', output_field=django.contrib.postgres.fields.ranges.DateRangeField()), '&&')], name='one_promotion_at_a_time'),
        ),
    ]
