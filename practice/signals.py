"""News for the apps above. Sent inside the action's transaction; a receiver calls one action."""

from django.dispatch import Signal

# sender TeamMember; member, branch_ids (the branches that the person left), by, reason
branch_left = Signal()
# sender TeamMember; member, by, reason: the person works at the firm no longer
firm_left = Signal()
