"""Measurements: `manage.py bench CASE`. Not a part of the product; nothing imports it by name."""
