"""Notices of mail servers, made up after their manner."""

from __future__ import annotations

RETURNED = """\
Message-ID: {message_id}
From: Kuusilahden tuottajayhdistys <jasenpalvelu@localhost>
To: maija@example.fi
Subject: Kirje

Hei
"""


def report(
    *blocks: str,
    to: str,
    sender: str = "MAILER-DAEMON@mx.example.fi (Mail Delivery System)",
    subject: str = "Undelivered Mail Returned to Sender",
    words: str = "I'm sorry to have to inform you that your message could not be delivered.",
    message_id: str = "<1-x@localhost>",
    further: str = "",
) -> bytes:
    """RFC 3464: the words, the report of blocks, the returned message."""
    fields = "\n\n".join(block.strip() for block in blocks)
    text = f"""\
Return-Path: <>
From: {sender}
To: {to}
Subject: {subject}
{further}MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="RAJA"

--RAJA
Content-Type: text/plain; charset=utf-8

{words}

--RAJA
Content-Type: message/delivery-status

{fields}

--RAJA
Content-Type: message/rfc822

{RETURNED.format(message_id=message_id)}
--RAJA--
"""
    return text.replace("\n", "\r\n").encode()


POSTFIX = (
    "Reporting-MTA: dns; mail.example.fi\nX-Postfix-Queue-ID: 4C1F2A0\nArrival-Date: Sun, 22 Nov 2026 12:00:00 +0200",
    "Final-Recipient: rfc822; maija@example.fi\nOriginal-Recipient: rfc822;maija@example.fi\nAction: failed\nStatus: 5.1.1\n"
    "Remote-MTA: dns; mx.example.fi\nDiagnostic-Code: smtp; 550 5.1.1 <maija@example.fi>: Recipient address\n"
    "    rejected: User unknown in virtual mailbox table",
)
GMAIL = (
    "Reporting-MTA: dns; googlemail.com\nArrival-Date: Sun, 22 Nov 2026 02:00:00 -0800",
    "Final-Recipient: rfc822; maija@example.fi\nAction: failed\nStatus: 4.4.2\nRemote-MTA: dns; mx.example.fi.\n"
    "Diagnostic-Code: smtp; The recipient server did not accept our requests to connect. [mx.example.fi: timed out]\n"
    "Last-Attempt-Date: Sun, 22 Nov 2026 04:00:00 -0800",
)
GMAIL_FULL = (
    "Reporting-MTA: dns; googlemail.com",
    "Final-Recipient: rfc822; maija@example.fi\nAction: failed\nStatus: 5.2.2\n"
    "Diagnostic-Code: smtp; 552-5.2.2 The email account that you tried to reach is over quota.",
)
M365 = (
    "Reporting-MTA: dns;AM0PR0000.eurprd00.prod.outlook.com\nReceived-From-MTA: dns;mail.example.fi",
    "Final-Recipient: rfc822;maija@example.fi\nAction: failed\nStatus: 5.1.10\n"
    "Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient maija@example.fi not found by SMTP address lookup",
)
M365_DENIED = (
    "Reporting-MTA: dns;AM0PR0000.eurprd00.prod.outlook.com",
    "Final-Recipient: rfc822;maija@example.fi\nAction: failed\nStatus: 5.4.1\n"
    "Diagnostic-Code: smtp;550 5.4.1 Recipient address rejected: Access denied.",
)
M365_BLOCKED = (
    "Reporting-MTA: dns;AM0PR0000.eurprd00.prod.outlook.com",
    "Final-Recipient: rfc822;maija@example.fi\nAction: failed\nStatus: 5.7.606\n"
    "Diagnostic-Code: smtp;550 5.7.606 Access denied, banned sending IP [192.0.2.7].",
)
LATE = (
    "Reporting-MTA: dns; mail.example.fi",
    "Final-Recipient: rfc822; maija@example.fi\nAction: delayed\nStatus: 4.4.1\nWill-Retry-Until: Fri, 27 Nov 2026 12:00:00 +0200",
)
RELAYED = (
    "Reporting-MTA: dns; mail.example.fi",
    "Final-Recipient: rfc822; maija@example.fi\nAction: relayed\nStatus: 2.0.0",
)


def exim(to: str, message_id: str = "<1-x@localhost>") -> bytes:
    """Exim's old manner: no report, a header and words."""
    text = f"""\
Return-path: <>
From: Mail Delivery System <Mailer-Daemon@mx.example.fi>
To: {to}
Subject: Mail delivery failed: returning message to sender
X-Failed-Recipients: maija@example.fi
Auto-Submitted: auto-replied

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  maija@example.fi
    host mx.example.fi [192.0.2.9]
    SMTP error from remote mail server after RCPT TO:<maija@example.fi>:
    550 No such user here

------ This is a copy of the message, including all the headers. ------

{RETURNED.format(message_id=message_id)}"""
    return text.replace("\n", "\r\n").encode()


def away(to: str) -> bytes:
    """An answering machine's letter, written to the envelope's sender."""
    text = f"""\
Return-Path: <maija@example.fi>
From: Maija <maija@example.fi>
To: {to}
Subject: Automaattinen vastaus: Kirje
Auto-Submitted: auto-replied

Olen lomalla 1.12. asti. 550 hirveä.
"""
    return text.replace("\n", "\r\n").encode()


def complaint(to: str, message_id: str, kind: str = "abuse", sender: str = "") -> bytes:
    """RFC 5965."""
    mail_from = f"Original-Mail-From: <{sender}>\n" if sender else ""
    text = f"""\
From: <feedback@mx.example.fi>
To: {to}
Subject: FW: Kirje
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="RAJA"

--RAJA
Content-Type: text/plain

This is an email abuse report.

--RAJA
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: SomeGenerator/1.0
Version: 1
{mail_from}Original-Rcpt-To: <maija@example.fi>

--RAJA
Content-Type: message/rfc822

{RETURNED.format(message_id=message_id)}
--RAJA--
"""
    return text.replace("\n", "\r\n").encode()
