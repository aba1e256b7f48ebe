"""Pages of the portal, and the practice's pages about it."""
