"""Invoices by the thousand: one page by WeasyPrint for each form, and what differs written onto it.

WeasyPrint lays a form out once with its variable texts hidden (`template`), the boxes of these are read from its layout, and for each
document only their text, the bank barcode and the QR code are written (`drawing`, `qr`). A volume (`volume`) is one PDF file in which
all pages of a form share its drawing and fonts. What cannot be written so is rendered by WeasyPrint and put at its place.
Pure: documents in, files out. ADR 0027.
"""
