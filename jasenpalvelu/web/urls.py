"""The addresses of the three faces. Each app lists its own pages in `urls_office`, `urls_portal` or `urls_public`.

Names are asked for as `office:members`, `portal:home`, `public:join`; the navigation leaves out what is not here.
"""

from django.urls import URLPattern, URLResolver, include, path

from billing import urls_checks
from communications import (
    urls_campaigns,
    urls_content,
    urls_letters,
    urls_outbox,
    urls_surveys,
    urls_talks,
)
from jasenpalvelu.web.views import front, home, language, posts, search, sight, ui
from jasenpalvelu.web.views import portal as portal_views
from members import urls_addresses, urls_community
from members.views import portal_seers

Patterns = list[URLPattern | URLResolver]

# Under /toimisto/, for staff.
office: Patterns = [
    path("", home.home, name="home"),
    path("luvut/", home.figures, name="home_figures"),
    path("haku/", search.search, name="search"),
    path("asetukset/", home.settings, name="settings"),
    path("tehtava/", posts.switch, name="switch"),
    path("laskutus/", include("billing.urls_desk")),
    path("laskutus/", include("billing.urls_payments")),
    path("laskutus/", include("billing.urls_runs")),
    path("laskutus/", include("billing.urls_checks")),
    path("viestinta/", include(urls_letters)),
    path("viestinta/", include(urls_outbox)),
    path("viestinta/", include(urls_talks)),
    path("viestinta/", include(urls_surveys)),
    path("viestinta/", include(urls_content)),
    path("viestinta/", include(urls_campaigns)),
    path("", include("jasenpalvelu.jobs.urls_office")),
    path("tuonti/", include("members.urls_import")),
    path("yhdistykset/", include("members.urls_units")),
    path("oikeudet/", include("members.urls_rights")),
    path("oikeudet/<int:pk>/nakee/", sight.sees, name="mandate_sees"),
    path("laatu/", include("members.urls_quality")),
    path("ryhmat/", include("members.urls_segments")),
    path("tilastot/", include("members.urls_statistics")),
    path("yhteiso/", include("members.urls_community")),
    path("", include("members.urls_list")),
    path("", include("members.urls_member")),
    path("", include("members.urls_board")),
    path("", include("members.urls_privacy")),
]
# Under /oma/, for members.
portal: Patterns = [
    path("", portal_views.home, name="home"),
    path("osoite/", include(urls_addresses.own)),
    path("kuka-nakee/", portal_seers.seers, name="seers"),
    path("laskut/", portal_views.invoices, name="invoices"),
    path("laskut/<int:pk>/", portal_views.invoice, name="invoice"),
    path("laskut/<int:pk>/pdf/", portal_views.invoice_pdf, name="invoice_pdf"),
    path("tiedot/", portal_views.details, name="details"),
    path("tarkistus/", include(urls_checks.own)),
    path("", include("members.urls_card")),
    path("", include("members.urls_portal")),
    path("tietosuoja/", include("members.urls_privacy_own")),
    path("yhteiso/", include(urls_community.own)),
    path("", include(urls_letters.own)),
    path("", include(urls_outbox.own)),
    path("", include(urls_talks.own)),
    path("", include(urls_surveys.own)),
    path("", include(urls_content.own)),
    path("", include(urls_campaigns.own)),
]
# From the root, for everyone.
public: Patterns = [
    path("liity/", include("members.urls_join")),
    path("osoitteenvaihto/", include(urls_addresses)),
    path("tarkista/", include(urls_checks.public)),
    path("tietosuoja/", include("members.urls_privacy_public")),
    path("", include("members.urls_card_public")),
    path("", include(urls_letters.public)),
    path("", include(urls_outbox.public)),
    path("", include(urls_talks.public)),
    path("", include(urls_surveys.public)),
    path("", include(urls_content.public)),
    path("", include(urls_campaigns.public)),
]

urlpatterns: Patterns = [
    path("", front.front, name="front"),
    path("saavutettavuus/", front.accessibility, name="accessibility"),
    path("lahteet/", front.sources, name="sources"),
    path("kieli/", language.switch, name="language"),
    path("ui/", ui.components, name="ui"),
    path("toimisto/", include((office, "office"))),
    path("oma/", include((portal, "portal"))),
    path("", include((public, "public"))),
]
