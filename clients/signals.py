"""News about clients for the apps above. Sent inside the action's transaction."""

from django.dispatch import Signal

# sender Connection; connections (as they are now), from_branch_ids (by connection id), branch, by,
# reason: these clients moved together
connection_transferred = Signal()

# sender Connection; connections (as they are now): these relationships began
connection_opened = Signal()

# sender Connection; connections (as they are now), at (the instant), by (None: a pause that was
# agreed until today), reason: billing of a Bill Us client stands still, or restarts (F-064, F-068)
connection_paused = Signal()
connection_resumed = Signal()

# the same, with reason a `DisconnectReason` and by_client: the relationship ended (F-073, F-074)
connection_disconnected = Signal()

# sender Connection; connections (as they are now), at, by (the client's owner, if signed in): an
# accepted reconnection opened the next period, under the old billing model (F-080)
connection_reconnected = Signal()

# sender Connection; connections, at, by, reason: the firm stops paying for these Bill Us clients
# today; each goes on, in archive mode, until its owner subscribes (F-084)
ownership_transfer_started = Signal()

# sender Connection; connection (ended), at, by (its owner), started_by (who began it, or None): the
# client pays for itself from now on and may connect anew (F-084)
ownership_transferred = Signal()

# sender ClientAccount; account (as it is now), by: its trial ends later than before (F-135)
trial_extended = Signal()
