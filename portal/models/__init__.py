"""The models of the portal."""

from portal.models.questions import Question, QuestionReply, QuestionSettings

__all__ = ["Question", "QuestionReply", "QuestionSettings"]
