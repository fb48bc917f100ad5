from jasenpalvelu.audit.models.access import AccessLog
from jasenpalvelu.audit.models.change import Change, Mutation

__all__ = ["AccessLog", "Change", "Mutation"]
