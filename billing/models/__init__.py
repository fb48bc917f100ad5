"""Tables of billing, one module per concept."""

from billing.models.checks import CheckRound, DataCheck, DataProposal
from billing.models.fees import FeeBracket, FeeRule, FeeTable
from billing.models.invoices import DueRow, Invoice, InvoiceLine, Issuer, NumberSeries
from billing.models.ledger import Allocation, LedgerEntry
from billing.models.payments import ControlTotal, PayerAccount, PaymentFile, PaymentRow
from billing.models.runs import InvoiceRun, RunExclusion, RunItem, RunMembership, RunRange
from billing.models.statistics import FeeYear
from billing.models.volumes import DocumentVolume

__all__ = [
    "Allocation",
    "CheckRound",
    "ControlTotal",
    "DataCheck",
    "DataProposal",
    "DocumentVolume",
    "DueRow",
    "FeeBracket",
    "FeeRule",
    "FeeTable",
    "FeeYear",
    "Invoice",
    "InvoiceLine",
    "InvoiceRun",
    "Issuer",
    "LedgerEntry",
    "NumberSeries",
    "PayerAccount",
    "PaymentFile",
    "PaymentRow",
    "RunExclusion",
    "RunItem",
    "RunMembership",
    "RunRange",
]
