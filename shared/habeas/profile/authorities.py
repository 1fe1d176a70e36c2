"""The supervisory authorities that a person can complain to, by country (GDPR Art. 77; UK GDPR Art. 77; FADP Art. 49).

A company may be in one country and a person in another: the reply names the controller's own authority first, then the
one of the person's country. Where a postal address is not known for certain there is none, since a letter to a wrong
one costs a person weeks; each page tells the address of the day.
"""

from collections.abc import Mapping

from habeas.profile.types import Authority, Profile

#: The members of the EDPB and the EEA states, the United Kingdom and Switzerland; Germany's federal authority, whose
#: page leads on to those of the Länder, which watch over companies.
AUTHORITIES: Mapping[str, Authority] = {
    "AT": Authority("Datenschutzbehörde", "https://www.dsb.gv.at/", "Barichgasse 40-42, 1030 Wien, Österreich"),
    "BE": Authority(
        "Gegevensbeschermingsautoriteit / Autorité de protection des données",
        "https://www.dataprotectionauthority.be/",
        "Drukpersstraat 35, 1000 Brussel, België",
    ),
    "BG": Authority("Комисия за защита на личните данни (Commission for Personal Data Protection)", "https://cpdp.bg/"),
    "CH": Authority(
        "Eidgenössischer Datenschutz- und Öffentlichkeitsbeauftragter (EDÖB)",
        "https://www.edoeb.admin.ch/",
        "Feldeggweg 1, 3003 Bern, Schweiz",
    ),
    "CY": Authority(
        "Γραφείο Επιτρόπου Προστασίας Δεδομένων Προσωπικού Χαρακτήρα (Commissioner for Personal Data Protection)",
        "https://www.dataprotection.gov.cy/",
    ),
    "CZ": Authority(
        "Úřad pro ochranu osobních údajů", "https://uoou.gov.cz/", "Pplk. Sochora 27, 170 00 Praha 7, Česko"
    ),
    "DE": Authority(
        "Die Bundesbeauftragte für den Datenschutz und die Informationsfreiheit (BfDI)",
        "https://www.bfdi.bund.de/",
        "Graurheindorfer Straße 153, 53117 Bonn, Deutschland",
    ),
    "DK": Authority("Datatilsynet", "https://www.datatilsynet.dk/", "Carl Jacobsens Vej 35, 2500 Valby, Danmark"),
    "EE": Authority("Andmekaitse Inspektsioon", "https://www.aki.ee/", "Tatari 39, 10134 Tallinn, Eesti"),
    "ES": Authority(
        "Agencia Española de Protección de Datos (AEPD)",
        "https://www.aepd.es/",
        "C/ Jorge Juan 6, 28001 Madrid, España",
    ),
    "FI": Authority(
        "Tietosuojavaltuutetun toimisto / Dataombudsmannens byrå",
        "https://tietosuoja.fi/",
        "PL 800, 00531 Helsinki, Suomi",
    ),
    "FR": Authority(
        "Commission nationale de l'informatique et des libertés (CNIL)",
        "https://www.cnil.fr/",
        "3 place de Fontenoy, TSA 80715, 75334 Paris Cedex 07, France",
    ),
    "GB": Authority("Information Commissioner's Office (ICO)", "https://ico.org.uk/"),
    "GR": Authority(
        "Αρχή Προστασίας Δεδομένων Προσωπικού Χαρακτήρα (Hellenic Data Protection Authority)",
        "https://www.dpa.gr/",
        "Kifisias 1-3, 115 23 Athens, Greece",
    ),
    "HR": Authority("Agencija za zaštitu osobnih podataka (AZOP)", "https://azop.hr/"),
    "HU": Authority(
        "Nemzeti Adatvédelmi és Információszabadság Hatóság (NAIH)",
        "https://www.naih.hu/",
        "Falk Miksa utca 9-11, 1055 Budapest, Magyarország",
    ),
    "IE": Authority("Data Protection Commission", "https://www.dataprotection.ie/"),
    "IS": Authority("Persónuvernd", "https://www.personuvernd.is/"),
    "IT": Authority(
        "Garante per la protezione dei dati personali",
        "https://www.garanteprivacy.it/",
        "Piazza Venezia 11, 00187 Roma, Italia",
    ),
    "LI": Authority("Datenschutzstelle Fürstentum Liechtenstein", "https://www.datenschutzstelle.li/"),
    "LT": Authority(
        "Valstybinė duomenų apsaugos inspekcija",
        "https://vdai.lrv.lt/",
        "L. Sapiegos g. 17, 10312 Vilnius, Lietuva",
    ),
    "LU": Authority(
        "Commission nationale pour la protection des données (CNPD)",
        "https://cnpd.public.lu/",
        "15, boulevard du Jazz, 4370 Belvaux, Luxembourg",
    ),
    "LV": Authority("Datu valsts inspekcija", "https://www.dvi.gov.lv/", "Elijas iela 17, Rīga, LV-1050, Latvija"),
    "MT": Authority("Office of the Information and Data Protection Commissioner (IDPC)", "https://idpc.org.mt/"),
    "NL": Authority(
        "Autoriteit Persoonsgegevens",
        "https://www.autoriteitpersoonsgegevens.nl/",
        "Postbus 93374, 2509 AJ Den Haag, Nederland",
    ),
    "NO": Authority("Datatilsynet", "https://www.datatilsynet.no/", "Postboks 458 Sentrum, 0105 Oslo, Norge"),
    "PL": Authority("Urząd Ochrony Danych Osobowych (UODO)", "https://uodo.gov.pl/"),
    "PT": Authority(
        "Comissão Nacional de Proteção de Dados (CNPD)",
        "https://www.cnpd.pt/",
        "Av. D. Carlos I, 134, 1.º, 1200-651 Lisboa, Portugal",
    ),
    "RO": Authority(
        "Autoritatea Națională de Supraveghere a Prelucrării Datelor cu Caracter Personal (ANSPDCP)",
        "https://www.dataprotection.ro/",
        "B-dul G-ral. Gheorghe Magheru 28-30, Sector 1, 010336 București, România",
    ),
    "SE": Authority("Integritetsskyddsmyndigheten (IMY)", "https://www.imy.se/", "Box 8114, 104 20 Stockholm, Sverige"),
    "SI": Authority(
        "Informacijski pooblaščenec (Information Commissioner)",
        "https://www.ip-rs.si/",
        "Dunajska cesta 22, 1000 Ljubljana, Slovenija",
    ),
    "SK": Authority("Úrad na ochranu osobných údajov Slovenskej republiky", "https://dataprotection.gov.sk/"),
}


def authorities_for(profile: Profile, country: str | None) -> tuple[Authority, ...]:
    """The authorities that a person in `country` (ISO 3166-1, None if unknown) can complain to, the controller's first.

    What the profile names for a country stands before what is known here; for a country that neither knows it is the
    controller's own alone.
    """
    own = profile.controller.authority
    if country is None or country == profile.controller.country:
        return (own,)
    theirs = profile.authorities.get(country) or AUTHORITIES.get(country)
    return (own,) if theirs is None or theirs.url == own.url else (own, theirs)
