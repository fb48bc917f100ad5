"""What a column of a member file may hold, and the headings by which associations call it in Finnish, Swedish and English."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from jasenpalvelu.common.sorting import fold
from members.masking import HIDDEN_BY_ORDER


@dataclass(frozen=True)
class Field:
    """`field_class` as in members.scope: a role imports only the classes it may see. `group` orders the choices."""

    key: str
    group: str
    field_class: str
    names: tuple[str, ...]


def _field(key: str, group: str, field_class: str, names: str) -> Field:
    return Field(key, group, field_class, tuple(fold(name) for name in names.split("|")))


FIELDS: dict[str, Field] = {
    field.key: field
    for field in (
        _field(
            "number",
            "who",
            "A",
            "jäsennumero|jäsennro|jäsen nro|jäsennr|jäsenno|medlemsnummer|medlemsnr|member number|member no|member id|nro|numero",
        ),
        _field(
            "last_name", "who", "A", "sukunimi|snimi|efternamn|släktnamn|last name|lastname|surname|family name"
        ),
        _field(
            "first_names",
            "who",
            "A",
            "etunimi|etunimet|enimi|kutsumanimi|förnamn|first name|first names|firstname|given name|given names|forename",
        ),
        _field(
            "name",
            "who",
            "A",
            "nimi|jäsenen nimi|jäsen|sukunimi etunimi|sukunimi ja etunimi|namn|medlem|efternamn förnamn|name|member|full name",
        ),
        _field("name_first", "who", "A", "etunimi sukunimi|etu ja sukunimi|förnamn efternamn|first name last name"),
        _field(
            "organisation",
            "who",
            "A",
            "yhteisö|yhteisön nimi|organisaatio|yritys|yrityksen nimi|yhtiö|kuolinpesä|yhteismetsä|organisation|företag|samfund|company|organization",
        ),
        _field(
            "legal_form",
            "who",
            "A",
            "yhteisömuoto|yritysmuoto|yhtiömuoto|oikeudellinen muoto|juridisk form|bolagsform|legal form",
        ),
        _field(
            "y_tunnus",
            "who",
            "A",
            "y tunnus|ytunnus|yritystunnus|ly tunnus|lytunnus|alv tunnus|fo nummer|fonummer|business id|vat number",
        ),
        _field("birth_date", "who", "C", "syntymäaika|syntymäpäivä|syntynyt|synt aika|syntaika|sa|s a|födelsedatum|födelsetid|född|date of birth|birth date|birthdate|dob"),
        _field("language", "who", "B", "kieli|äidinkieli|asiointikieli|språk|modersmål|language"),
        _field(
            "municipality",
            "who",
            "A",
            "kotikunta|kunta|kotipaikka|asuinkunta|kuntanumero|kuntakoodi|hemkommun|kommun|hemort|home municipality|municipality",
        ),
        _field(
            "non_disclosure",
            "who",
            "B",
            "turvakielto|turvakiellossa|tietojen luovutuskielto|spärrmarkering|non disclosure|nondisclosure",
        ),
        _field("email", "contact", "B", "sähköposti|sähköpostiosoite|email|e mail|e posti|eposti|meili|e post|epost|e postadress|mail|email address"),
        _field(
            "phone",
            "contact",
            "B",
            "puhelin|puhelinnumero|puh|puh nro|matkapuhelin|gsm|kännykkä|puhelin1|telefon|telefonnummer|mobil|mobiltelefon|phone|phone number|mobile|tel",
        ),
        _field(
            "street",
            "contact",
            "B",
            "katuosoite|osoite|lähiosoite|postiosoite|jakeluosoite|osoite1|osoiterivi|gatuadress|adress|näradress|postadress|utdelningsadress|street|street address|address|address line",
        ),
        _field("co_line", "contact", "B", "c o|co|c o osoite|osoite2|lisäosoite|c o adress|care of"),
        _field("postal_code", "contact", "B", "postinumero|postinro|postino|pno|postnummer|postnr|postal code|postcode|zip|zip code|postinumero ja postitoimipaikka|postinumero ja toimipaikka|pno ja toimipaikka|pno ja postitoimipaikka|postnummer och ort"),
        _field("city", "contact", "B", "postitoimipaikka|toimipaikka|ptp|paikkakunta|postipaikka|kaupunki|postort|postanstalt|ort|stad|city|town|post office"),
        _field("country", "contact", "B", "maa|maakoodi|osoitemaa|land|landskod|country|country code"),
        _field("type", "membership", "A", "jäsentyyppi|jäsenyystyyppi|jäsenlaji|jäsenyyslaji|jäsenryhmä|jäsenluokka|jäsenyys|laji|tyyppi|medlemstyp|medlemsslag|medlemskategori|membership type|member type"),
        _field(
            "started_on",
            "membership",
            "A",
            "liittynyt|liittymispäivä|liittymispvm|jäsen alkaen|jäsenyys alkanut|jäsenyyden alku|alkupvm|liittymisvuosi|medlem sedan|inträde|inträdesdatum|member since|joined|start date",
        ),
        _field(
            "ended_on",
            "membership",
            "A",
            "eronnut|eropäivä|eropvm|erosi|päättynyt|jäsenyys päättynyt|jäsenyyden loppu|loppupvm|utträde|utträdesdatum|avslutad|ended|resigned|end date",
        ),
        _field("payer", "membership", "D", "maksaja|maksajan numero|maksajan nimi|laskun maksaja|betalare|betalarens nummer|payer"),
        _field("spouse", "membership", "C", "puoliso|puolison numero|puolison nimi|make|maka|spouse"),
        _field("family_of", "membership", "C", "perheen päämies|perhe|päämies|päämiehen numero|pääjäsen|perhenumero|huvudmedlem|familj|family of|main member"),
        _field("holding_name", "holding", "C", "tila|tilan nimi|maatila|maatilan nimi|kiinteistö|talousyksikkö|lägenhet|gård|gårdens namn|gårdsnamn|holding|farm|farm name"),
        _field("holding_y_tunnus", "holding", "C", "tilan y tunnus|maatilan y tunnus|tilatunnus y tunnus|gårdens fo nummer|holding business id|farm business id"),
        _field("holding_municipality", "holding", "C", "tilan kunta|sijaintikunta|metsän kunta|tilan sijaintikunta|gårdens kommun|holding municipality"),
        _field("field_ha", "holding", "C", "pelto|pelto ha|peltoala|peltoala ha|peltopinta ala|peltohehtaarit|peltoa|åker|åker ha|åkerareal|åkerareal ha|field|field ha|arable land"),
        _field("forest_ha", "holding", "C", "metsä|metsä ha|metsäala|metsäala ha|metsäpinta ala|metsämaa|metsämaa ha|metsää|skog|skog ha|skogsareal|skogsmark|forest|forest ha|forest land"),
        _field("forest_ha_south", "holding", "C", "metsä etelä|metsä etelä ha|etelän metsä|metsä etelä suomi|skog södra|skog söder|forest south"),
        _field("forest_ha_north", "holding", "C", "metsä pohjoinen|metsä pohjoinen ha|pohjoisen metsä|metsä pohjois suomi|skog norra|skog norr|forest north"),
        _field("animal_units", "holding", "C", "eläinyksiköt|eläinyksikkö|ey|kotieläimet|kotieläinyksiköt|djurenheter|de|animal units|livestock units|lu"),
        _field("person_years", "holding", "C", "henkilötyövuodet|henkilötyövuosi|htv|htv lkm|årsverken|person years|fte"),
    )
}  # fmt: skip

GROUPS = ("who", "contact", "membership", "holding")
BASES = ("field_ha", "forest_ha_south", "forest_ha_north", "animal_units", "person_years")
# One value of a member: two columns may not both give it. A phone may come from any of several columns.
MAY_REPEAT = frozenset({"phone", "email"})


# What a non-disclosure order hides of a row, as fields and as differences.
HIDDEN = (HIDDEN_BY_ORDER - {"home_municipality"}) | {"municipality", "holding_municipality", "address"}


def open_column(
    mapping: Mapping[str, str], column: int, classes: frozenset[str], *, protected: bool = False
) -> bool:
    """Whether a reader with these field classes may see a column of the file; one that is nothing may hold anything."""
    field = FIELDS.get(mapping.get(str(column), ""))
    if field is None:
        return not protected and classes >= {"A", "B", "C"}
    return field.field_class in classes and not (protected and field.key in HIDDEN)


def for_classes(classes: frozenset[str]) -> dict[str, Field]:
    """The fields a role with these field classes may import."""
    return {key: field for key, field in FIELDS.items() if field.field_class in classes}
