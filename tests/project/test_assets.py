"""Static files: collected with hashed names, and the style sheets one small file."""

import re

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import override_settings

from config.assets import IMPORT, one_sheet

# Sheets of single pages, and the ranges of the fonts.
APART = {
    "billing",
    "portal",
    "clients",
    "flow",
    "imports",
    "records",
    "reports",
    "team",
    "notes",
    "fonts",
}
SHEETS = settings.BASE_DIR / "static" / "css"


def test_one_sheet_holds_every_part_in_its_layer():
    sheet = one_sheet()

    assert "@import" not in sheet
    assert re.findall(r"@layer (\w+)\{", sheet) == [
        "tokens",
        "base",
        "layout",
        "components",
        "narrow",
        "print",
    ]
    assert sheet.count("{") == sheet.count("}")


def test_every_sheet_is_named_in_the_index():
    index = (SHEETS / "app.css").read_text()

    named = {found["file"] for found in IMPORT.finditer(index)}

    assert named == {path.name for path in SHEETS.glob("*.css")} - {"app.css"}


def test_the_components_stay_under_20_kb():
    parts = [path for path in SHEETS.glob("*.css") if path.stem not in APART | {"app"}]

    assert sum(path.stat().st_size for path in parts) <= 20 * 1024


@pytest.fixture
def collected(tmp_path):
    storages = {**settings.STORAGES, "staticfiles": {"BACKEND": "config.assets.Storage"}}
    with override_settings(STATIC_ROOT=str(tmp_path), STORAGES=storages):
        call_command("collectstatic", interactive=False, verbosity=0)
        yield tmp_path


def test_collecting_makes_one_hashed_sheet_whose_fonts_exist(collected):
    [sheet] = (path for path in (collected / "css").glob("app.*.css"))

    fonts = re.findall(r'url\("\.\./([^"]+)"\)', sheet.read_text())

    assert len(fonts) == 6  # a part and the whole of three weights
    assert all((collected / font).exists() for font in fonts)
    assert all(re.search(r"\.[0-9a-f]{12}\.woff2$", font) for font in fonts)
