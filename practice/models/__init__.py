"""The tenant and what every app shares."""

from practice.models.api_keys import ApiKey
from practice.models.firms import Branch, BranchMembership, Firm, TeamMember
from practice.models.jobs import ClockOffset, Job, JobState, Schedule
from practice.models.outbox import Channel, Message, MessageState
from practice.models.security import (
    Download,
    SecurityEvent,
    SecurityEventKind,
    SignInCountry,
)
from practice.models.users import User
from practice.models.views import SavedView
from practice.models.webhooks import DeliveryState, Webhook, WebhookDelivery

__all__ = [
    "ApiKey",
    "Branch",
    "BranchMembership",
    "Channel",
    "ClockOffset",
    "DeliveryState",
    "Download",
    "Firm",
    "Job",
    "JobState",
    "Message",
    "MessageState",
    "SavedView",
    "Schedule",
    "SecurityEvent",
    "SecurityEventKind",
    "SignInCountry",
    "TeamMember",
    "User",
    "Webhook",
    "WebhookDelivery",
]
