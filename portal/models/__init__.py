"""The models of the portal."""

from portal.models.files import ClientFile, FileRead, FileState, Folder, FolderKind
from portal.models.questions import Question, QuestionReply, QuestionSettings

__all__ = [
    "ClientFile",
    "FileRead",
    "FileState",
    "Folder",
    "FolderKind",
    "Question",
    "QuestionReply",
    "QuestionSettings",
]
