"""Rules of the house that no linter knows."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APPS = ("practice", "clients", "invitations", "billing", "portal")
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))

# The few modules that write HTML themselves; everything else leaves it to templates.
HTML_WRITERS = {
    "clients/templatetags",
    "practice/charts.py",
    "practice/templatetags",
}


def sources(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted(p for p in (ROOT / folder).rglob("*.py") if "migrations" not in p.parts)


def lines_with(pattern: str, files: list[Path] | Iterator[Path]) -> list[str]:
    found = re.compile(pattern)
    return [
        f"{file.relative_to(ROOT)}:{number} {line.strip()}"
        for file in files
        for number, line in enumerate(file.read_text().splitlines(), start=1)
        if found.search(line)
    ]


@pytest.mark.parametrize(
    "pattern",
    [
        r"\|\s*safe\b",
        r"\{%\s*autoescape\s+off",
        r"""\sstyle\s*=""",
        r"""\son[a-z]+\s*=\s*["']""",
        r"<style\b",
        r"javascript:",
        r"""\bhx-on[:\w-]*\s*=""",
        r"""<(?:script|link|img)[^>]+(?:src|href)=["']https?://""",
    ],
)
def test_templates_stay_within_the_security_policy(pattern):
    assert lines_with(pattern, TEMPLATES) == []


def test_scripts_have_no_bodies():
    bodies = [
        f"{file.relative_to(ROOT)}: {body.strip()[:60]}"
        for file in TEMPLATES
        for body in re.findall(r"<script\b[^>]*>(.*?)</script>", file.read_text(), re.DOTALL)
        if body.strip()
    ]

    assert bodies == []


def test_forms_that_post_carry_the_token():
    without = [
        str(file.relative_to(ROOT))
        for file in TEMPLATES
        for form in re.findall(
            r"<form\b[^>]*\bmethod=.post.*?</form>", file.read_text(), re.DOTALL | re.IGNORECASE
        )
        if "csrf_token" not in form
    ]

    assert without == []


def test_only_components_write_html():
    writers = {
        line.partition(":")[0] for line in lines_with(r"\bmark_safe\(|SafeString\(", sources(*APPS))
    }

    assert [w for w in writers if not w.startswith(tuple(HTML_WRITERS))] == []


# The outbox of a development installation shows every message (404 in production); operators edit
# people with Django's own form, whose fields the admin page names; payment providers and our own
# webhooks sign what they send, and have no session whose token they could bring.
KNOWN = (
    "practice/views/outbox.py",
    "practice/forms/operators.py",
    "billing/views/webhooks.py",
    "practice/views/webhook_receiver.py",
)


@pytest.mark.parametrize(
    "pattern",
    [
        r"\.objects\.all\(\)",
        r"filter\(\s*\*\*\s*request",
        r"\.extra\(",
        r"\bRawSQL\(",
        r"csrf_exempt",
        r"fields = .__all__.",
        r"except Exception",
    ],
)
def test_views_and_forms_avoid(pattern):
    files = [p for p in sources(*APPS) if {"views", "forms", "views.py", "forms.py"} & set(p.parts)]

    found = [line for line in lines_with(pattern, files) if not line.startswith(KNOWN)]

    assert found == []


@pytest.mark.parametrize(
    "pattern",
    [
        r"build_absolute_uri",  # addresses in mails come from SITE_URL
        r"accept_global_perms=True",
        r"get_objects_for_user\(",
        r"skip_history_when_saving",
        r"@receiver\(post_save",
        r"def save\(self",
        r"\bdatetime\.now\(|\bdate\.today\(|utcnow\(",
        r"\.delay\(",  # delay_on_commit
        r"@cache_page|cache_page\(",
    ],
)
def test_apps_avoid(pattern):
    files = [
        p for p in sources(*APPS) if not (pattern.startswith("def save") and "forms" in p.parts)
    ]

    assert lines_with(pattern, files) == []


def test_sql_takes_the_time_from_the_clock():
    files = [p for p in sources(*APPS) if p.name not in {"database.py", "clock.py"}]

    assert lines_with(r"(?i)['\" (]now\(\)['\" ),].*(?:select|insert|update|where)", files) == []


def test_every_variable_of_the_environment_is_listed():
    read = set()
    for file in (*sources("config", *APPS), ROOT / "manage.py"):
        words = r"""env\.(?:text|optional|flag|number|words)\(\s*["']([A-Z_]+)"""
        read |= set(re.findall(words, file.read_text()))
    listed = set(re.findall(r"(?m)^#?([A-Z_]+)=", (ROOT / ".env.example").read_text()))

    assert read - listed == set()


def test_migrations_have_names():
    names = [p.stem for app in APPS for p in (ROOT / app).glob("migrations/[0-9]*.py")]

    assert [name for name in names if "_auto_" in name] == []


def test_migrations_go_backwards():
    migrations = [p for app in APPS for p in (ROOT / app).glob("migrations/[0-9]*.py")]

    for file in migrations:
        for call in ast.walk(ast.parse(file.read_text())):
            if isinstance(call, ast.Call) and getattr(call.func, "attr", "") in {
                "RunPython",
                "RunSQL",
            }:
                assert len(call.args) + len(call.keywords) >= 2, f"{file.name} has no way back"


def test_the_house_style_is_at_hand():
    assert (ROOT / "docs" / "house-style.md").read_text().startswith("# House style")


def test_every_app_template_belongs_to_a_view():
    """Pages of an app are rendered somewhere: no template is left behind."""
    code = "\n".join(p.read_text() for p in sources(*APPS, "config"))
    markup = "\n".join(p.read_text() for p in TEMPLATES)
    orphans = [
        name
        for file in TEMPLATES
        if (name := str(file.relative_to(ROOT / "templates"))).startswith(
            tuple(f"{app}/" for app in APPS)
        )
        and not name.startswith("practice/help/")  # topics, found by their address
        and name not in code
        and name not in markup
    ]

    assert orphans == []


SENTENCE = re.compile(r"^[A-Z].*[.?!]$", re.DOTALL)


def test_reasons_are_sentences():
    """A client could read each of them in a dispute."""
    reasons = [
        call.args[0].value
        for file in sources(*APPS)
        for call in ast.walk(ast.parse(file.read_text()))
        if isinstance(call, ast.Call)
        and getattr(call.func, "id", "") == "because"
        and call.args
        and isinstance(call.args[0], ast.Constant)
    ]

    assert [reason for reason in reasons if not SENTENCE.match(reason)] == []
