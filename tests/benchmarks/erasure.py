"""Erasure: whose time has run out, the page of the rules, and one person's data taken out of a history of years."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from datetime import date
from statistics import median

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from jasenpalvelu.audit.services import mutation
from jasenpalvelu.common import clock
from members.models import ImportBatch, OrgUnit, Party
from members.personal import terms
from members.personal.reading import person
from members.services import erasing, retention
from tests.benchmarks import Figure, stopwatch
from tests.benchmarks.list import signed_in

ROUNDS, ERASED = 7, 10
READERS = {"rekisteri": "the federation", "sihteeri": "one association"}
MARK = "benchmark-erasure.csv"
# Of each member: so many acts of the office and so many looks.
ACTS, LOOKS = 3, 10
# What an installation gathers: former members (a fifth of those there are), an import of everybody, acts, looks, jobs, payments.
_FORMER = """
WITH made AS (
  INSERT INTO members_party (kind, member_number, display_name, sort_key, language, home_municipality, non_disclosure,
    invoice_channel, search, search_contact, created_at)
  SELECT 'person', 90000000 + g, 'Entinen' || g || ' Jäsen' || g, 'entinen' || g, 'fi', '091', false, 'auto', '', '', now()
  FROM generate_series(1, %(former)s) g RETURNING id, member_number
), people AS (
  INSERT INTO members_person (party_id, first_names, last_name, birth_date_purpose)
  SELECT id, 'Jäsen' || member_number - 90000000, 'Entinen' || member_number - 90000000, '' FROM made
), mail AS (
  INSERT INTO members_contactpoint (party_id, kind, value, key, co_line, postal_code, city, country, source, "primary", valid_from)
  SELECT id, 'email', 'entinen' || member_number || '@example.fi', 'entinen' || member_number || '@example.fi', '', '', '', 'FI',
    'import', true, %(began)s FROM made
)
INSERT INTO members_membership (party_id, unit_id, type_id, state, started_on, ended_on, fee_exempt_reason, sort_key)
SELECT id, (%(units)s::bigint[])[1 + id %% %(n)s], (SELECT min(id) FROM members_membershiptype), 'ended', %(began)s,
  %(ended)s::date - (id %% 700)::int, '', 'entinen' FROM made"""
_BATCHES = """
INSERT INTO members_importbatch (unit_id, file, file_name, sha256, state, encoding, delimiter, sheet, header, mapping, options,
  counts, problem, created_at)
SELECT u, '', %(mark)s, '', 'committed', 'utf-8', ';', '', '[]', '{}', '{}', '{}', '', now() FROM unnest(%(units)s::bigint[]) u"""
_ROWS = """
INSERT INTO members_importrow (batch_id, line, raw, key, parsed, verdict, choice, problems, diff, candidates, undo, done, party_id)
SELECT b.id, row_number() OVER (PARTITION BY b.id ORDER BY m.id), jsonb_build_array(p.display_name, p.member_number, c.value,
    'Koivulantie ' || m.id, '00100', 'Helsinki', '12,50', ''), p.display_name,
  jsonb_build_object('name', p.display_name, 'email', c.value, 'street', 'Koivulantie ' || m.id, 'city', 'Helsinki',
    'municipality', '091', 'type', 'personal', 'field_ha', '12.50'),
  CASE WHEN m.id %% 20 = 0 THEN 'error' ELSE 'new' END, '', '[]', '{}', '[]', '{}', true,
  CASE WHEN m.id %% 20 > 0 THEN p.id END
FROM members_membership m JOIN members_importbatch b ON b.unit_id = m.unit_id AND b.file_name = %(mark)s
JOIN members_party p ON p.id = m.party_id
LEFT JOIN LATERAL (SELECT value FROM members_contactpoint x WHERE x.party_id = p.id AND x.kind = 'email' LIMIT 1) c ON true"""
_ACTS = """
INSERT INTO audit_mutation (id, at, kind, summary, unit_id, request_id)
SELECT md5(p.id || '.' || g)::uuid, now() - (p.id %% 2000) * interval '1 day', 'party.edit', p.display_name, NULL, ''
FROM members_party p, generate_series(1, %(acts)s) g"""
_CHANGES = """
INSERT INTO audit_change (mutation_id, at, table_name, row_id, party_id, op, before, after)
SELECT md5(p.id || '.' || g)::uuid, now(), 'members_party', p.id::text, p.id, 'U',
  jsonb_build_object('display_name', p.display_name || ' ' || g), jsonb_build_object('display_name', p.display_name)
FROM members_party p, generate_series(1, %(acts)s) g"""
_LOOKS = """
INSERT INTO audit_accesslog (at, user_id, action, party_id, unit_id, classes, reason, count, subject)
SELECT now(), (SELECT min(id) FROM accounts_user), CASE WHEN g = 1 THEN 'export' ELSE 'view' END,
  CASE WHEN g > 1 THEN p.id END, (%(units)s::bigint[])[1 + p.id %% %(n)s], 'ABCD', '',
  CASE WHEN g = 1 THEN 300 ELSE 1 END, CASE WHEN g = 1 THEN 'Jäsenluettelo ' || p.id ELSE '' END
FROM members_party p, generate_series(1, %(looks)s) g"""
_JOBS = """
INSERT INTO jobs_job (id, kind, title, detail, unit_id, capability, needs, units, dedupe_key, params, cursor, state, wish, done, failed,
  facts, phases, timeline, attention, message, log, result, result_name, result_url, result_label, failures, attempts, worked, created_at,
  finished_at)
SELECT gen_random_uuid(), 'members.export', 'Jäsenluettelo', '', (%(units)s::bigint[])[1 + g %% %(n)s], '', '', '{}', '', '{"q": "x"}',
  '{}', 'done', '', 300, 0, '{}', '[]', '[]', (SELECT jsonb_agg(jsonb_build_object('name', 'Virtanen Matti ' || k, 'what', 'Osoite puuttuu'))
  FROM generate_series(1, 40) k), '', '', '', '', '', '', 0, 0, interval '3 s', now(), now()
FROM generate_series(1, %(jobs)s) g"""
_PAYMENTS = """
INSERT INTO billing_paymentrow (unit_id, line, account, booked_on, paid_on, archive_id, ordinal, uetr, reference_raw, reference_key,
  reference, payer_name, payer_iban, message, amount, correction, state, reason, manual_key, created_at)
SELECT (%(units)s::bigint[])[1 + p.id %% %(n)s], 0, 'FI00', current_date - 200, current_date - 200, '', 0, '', '', '', '',
  upper(p.display_name), '', '', 40, false, CASE WHEN p.id %% 30 = 0 THEN 'waiting' ELSE 'matched' END, '', gen_random_uuid(), now()
FROM members_party p"""


def measure(persons: int) -> Iterator[Figure]:
    settings.ALLOWED_HOSTS = ["testserver"]
    importlib.import_module("jasenpalvelu.wsgi")  # the web server's process, as it is set up there
    on = clock.today()
    units = list(OrgUnit.objects.filter(kind__has_members=True).order_by("pk").values_list("pk", flat=True))
    if not ImportBatch.objects.filter(file_name=MARK).exists():
        _fill(units, persons, on)
    size = _size()
    for reach, some in (("the federation", units), ("one association", units[:1])):
        with stopwatch() as seconds:
            found = terms.due("former", units=some, on=on)
        yield Figure(
            f"erasure, whose time has run out, {reach}",
            seconds[0] * 1000,
            "ms",
            f"{len(found)} people of {size}",
        )
    with stopwatch() as seconds:
        retention.count(on=on)
    yield Figure("erasure, the night's count", seconds[0], "s", size)
    for login, reach in READERS.items():
        milliseconds, queries = _opened(signed_in(f"{login}@demo.example"))
        yield Figure(f"erasure, the page of the rules, {reach}", milliseconds, "ms", size)
        yield Figure(f"erasure, the page of the rules, {reach}, queries", queries, "queries", size)
    yield from _erased(units, on, size)


def _erased(units: list[int], on: date, size: str) -> Iterator[Figure]:
    """People whose time has run out; they are gone afterwards, and the next measurement takes others."""
    found = terms.due("former", units=units, on=on)[:ERASED]
    previews, acts = [], []
    for due in found:
        with stopwatch() as seconds:
            erasing.plan(party_id=due.party_id, on=on)
        previews += seconds
        with stopwatch() as seconds:
            erasing.erase(actor=None, party_id=due.party_id, on=on, at=clock.now())
        acts += seconds
        assert person(due.party_id).party.display_name == "–"
    yield Figure("erasure, the preview of one person", median(previews) * 1000, "ms", size)
    yield Figure("erasure, one person", median(acts) * 1000, "ms", size)
    yield Figure("erasure, one person, the slowest", max(acts) * 1000, "ms", size)


def _fill(units: list[int], persons: int, on: date) -> None:
    """Once; it stays in the database."""
    params = {
        "units": units, "n": len(units), "mark": MARK, "former": persons // 5, "acts": ACTS, "looks": LOOKS,
        "jobs": persons // 10, "began": date(2015, 1, 1), "ended": on - relativedelta(months=40),
    }  # fmt: skip
    with mutation(actor=None, kind="benchmark.fill"), connection.cursor() as cursor:
        for sql in (_FORMER, _BATCHES, _ROWS, _ACTS, _CHANGES, _LOOKS, _JOBS, _PAYMENTS):
            cursor.execute(sql, params)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _size() -> str:
    counted = {}
    with connection.cursor() as cursor:
        for table in (
            "audit_change",
            "audit_mutation",
            "audit_accesslog",
            "members_importrow",
            "jobs_job",
            "billing_paymentrow",
        ):
            cursor.execute(f"SELECT count(*) FROM {table}")
            counted[table.partition("_")[2]] = cursor.fetchone()[0]
    return f"{Party.objects.count()} persons, " + ", ".join(f"{n} {name}" for name, n in counted.items())


def _opened(client: Client) -> tuple[float, int]:
    """Median time of the page as the server makes it, and its queries when nothing is in the cache."""
    url = reverse("office:retention")
    cache.clear()
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    queries = len(captured)
    times = []
    for _round in range(ROUNDS):
        with stopwatch() as seconds:
            client.get(url)
        times += seconds
    return median(times) * 1000, queries
