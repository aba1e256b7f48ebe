"""Changes to the portal."""
