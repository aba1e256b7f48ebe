from django.db import migrations, models

PAGES = [
    ("account", "Your account"),
    ("details", "Details"),
    ("dashboard", "Dashboard"),
    ("activity", "Activity"),
    ("notes", "The firm’s notes"),
    ("work", "Tasks and dates"),
    ("tickets", "Tickets"),
    ("questions", "Questions"),
    ("mail", "Emails"),
    ("files", "Files"),
    ("contacts", "Contacts"),
    ("team", "Team and access"),
    ("billing", "Billing and plan"),
    ("relationship", "The relationship"),
    ("records", "Records of the past"),
    ("handover", "Handover"),
    ("export", "Export"),
    ("list_export", "Export of the client list"),
    ("api", "Reading by a program"),
]


class Migration(migrations.Migration):
    dependencies = [("clients", "0026_contact_by_address")]

    operations = [
        migrations.AlterField(
            "ledgerentry", "page", models.CharField(choices=PAGES, max_length=20)
        ),
    ]
