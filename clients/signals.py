"""News about clients for the apps above. Sent inside the action's transaction."""

from django.dispatch import Signal

# sender Connection; connections (as they are now), from_branch_ids (by connection id), branch, by,
# reason: these clients moved together
connection_transferred = Signal()

# sender Connection; connections (as they are now), at (the instant), by (None: a pause that was
# agreed until today), reason: billing of a Bill Us client stands still, or restarts (F-064, F-068)
connection_paused = Signal()
connection_resumed = Signal()

# the same, with reason a `DisconnectReason` and by_client: the relationship ended (F-073, F-074)
connection_disconnected = Signal()
