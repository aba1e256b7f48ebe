"""The models of the portal."""

from portal.models.files import ClientFile, FileRead, FileState, Folder, FolderKind
from portal.models.previews import PortalPreview
from portal.models.questions import Question, QuestionReply, QuestionSettings, ReplyFile
from portal.models.settings import PortalSettings
from portal.models.sign_in_links import LinkKind, LinkOutcome, SignInLink
from portal.models.tax import TaxReturn

__all__ = [
    "ClientFile",
    "FileRead",
    "FileState",
    "Folder",
    "FolderKind",
    "LinkKind",
    "LinkOutcome",
    "PortalPreview",
    "PortalSettings",
    "Question",
    "QuestionReply",
    "QuestionSettings",
    "ReplyFile",
    "SignInLink",
    "TaxReturn",
]
