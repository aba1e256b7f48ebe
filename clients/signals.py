"""News about clients for the apps above. Sent inside the action's transaction."""

from django.dispatch import Signal

# sender Connection; connections (as they are now), from_branch_ids (by connection id), branch, by,
# reason: these clients moved together
connection_transferred = Signal()
