from jasenpalvelu.audit.services.mutating import continued, current_mutation, mark_undone, mutation
from jasenpalvelu.audit.services.recording import log_download, log_export, log_unmask, log_view

__all__ = [
    "continued",
    "current_mutation",
    "log_download",
    "log_export",
    "log_unmask",
    "log_view",
    "mark_undone",
    "mutation",
]
