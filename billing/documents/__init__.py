"""Invoices, credit notes and reminders on paper and as PDF: frozen values in, bytes out. No Django model in here."""
