"""Forms about the portal."""
