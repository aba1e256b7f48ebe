"""Handover packs (F-244): made by a job, checked by anybody, given on with the client's consent."""

from clients.actions.handover.answers import (
    decline_consent,
    find_pack,
    give_consent,
    take_pack,
    why_no_consent,
    why_no_download,
)
from clients.actions.handover.links import ask_consent, asked_person, revoke_link
from clients.actions.handover.making import JOB, make_pack
from clients.actions.handover.manifest import Checked, check_upload, public_key
from clients.actions.handover.starting import download_pack, failure_of, progress_of, start_pack

__all__ = [
    "JOB",
    "Checked",
    "ask_consent",
    "asked_person",
    "check_upload",
    "decline_consent",
    "download_pack",
    "failure_of",
    "find_pack",
    "give_consent",
    "make_pack",
    "progress_of",
    "public_key",
    "revoke_link",
    "start_pack",
    "take_pack",
    "why_no_consent",
    "why_no_download",
]
