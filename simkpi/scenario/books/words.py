"""What sheets, columns and settings of a planner's workbook are called, in English and in French, and what they mean."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from simkpi.units import parse_duration

_UNIT = re.compile(r"\s*\(([^()]*)\)\s*$")


@dataclass(frozen=True)
class Label:
    """A name in both languages, further spellings, and the note that the template attaches to it."""

    en: str
    fr: str
    also: tuple[str, ...] = ()
    note_en: str = ""
    note_fr: str = ""

    def say(self, lang: str) -> str:
        """Return the name in the language *lang*."""
        return self.fr if lang == "fr" else self.en

    def note(self, lang: str) -> str:
        """Return the note in the language *lang*."""
        return self.note_fr if lang == "fr" else self.note_en

    @property
    def spellings(self) -> tuple[str, ...]:
        """Every spelling that is read."""
        return (self.en, self.fr, *self.also)


SHEETS = {
    "about": Label("About", "À propos", ("lisez-moi", "readme")),
    "settings": Label("Settings", "Réglages", ("paramètres",)),
    "contacts": Label("Contacts", "Demandes", ("types de contact", "contact types")),
    "forecast": Label("Forecast", "Prévision", ("prévisions", "volumes")),
    "teams": Label("Teams", "Équipes"),
    "staff": Label("Staff", "Effectifs", ("staffing", "agents")),
    "targets": Label("Targets", "Objectifs"),
    "fields": Label("Other fields", "Autres champs", ("more",)),
}

_TIME = (
    "A number in the unit of the header, or a text such as 4m30s.",
    "Un nombre dans l'unité de l'en-tête, ou un texte comme 4min30s.",
)
_CV = (
    "Standard deviation over mean; handle times are usually between 60% and 120%. Empty: exponential (100%).",
    "Écart-type sur moyenne ; souvent de 60 % à 120 %. Vide : loi exponentielle (100 %).",
)

CONTACT = {
    "name": Label("Contact type", "Type de contact", ("contact", "type"), "One row per type.", "Une ligne par type."),
    "channel": Label("Channel", "Canal", (), "voice, chat, email or ticket.", "voix, chat, courriel ou ticket."),
    "talk": Label("Talk time", "Temps de conversation", ("talk", "aht", "dmt", "handle time"), *_TIME),
    "talk_cv": Label("Talk variation", "Variation conversation", ("talk cv",), *_CV),
    "hold": Label("Hold time", "Mise en attente", ("hold",), *_TIME),
    "hold_cv": Label("Hold variation", "Variation mise en attente", ("hold cv",), *_CV),
    "wrap": Label("After-call work", "Post-traitement", ("wrap", "acw", "wrap-up"), *_TIME),
    "wrap_cv": Label("After-call variation", "Variation post-traitement", ("wrap cv",), *_CV),
    "patience": Label(
        "Patience",
        "Patience",
        (),
        "How long customers would wait, on average; never: nobody gives up.",
        "Attente acceptée en moyenne ; jamais : personne ne renonce.",
    ),
    "patience_cv": Label("Patience variation", "Variation patience", ("patience cv",), *_CV),
    "resolved": Label(
        "Resolved", "Résolus", (), "Share of answered contacts that are solved.", "Part des contacts répondus résolus."
    ),
    "day_spread": Label(
        "Day spread",
        "Écart entre jours",
        (),
        "How much whole days differ from the forecast (coefficient of variation).",
        "Écart des journées entières à la prévision (coefficient de variation).",
    ),
}

TEAM = {
    "name": Label("Team", "Équipe", (), "One row per team.", "Une ligne par équipe."),
    "skills": Label(
        "Serves",
        "Compétences",
        ("skills",),
        "Contact types or channels, with how many at once: voice, chat x 3.",
        "Types de contact ou canaux, et combien à la fois : voice, chat x 3.",
    ),
    "count": Label(
        "Agents all day",
        "Agents toute la journée",
        (),
        "Only if the number never changes; else the sheet Staff.",
        "Seulement si le nombre ne change jamais ; sinon la feuille Effectifs.",
    ),
    "planned": Label("Planned shrinkage", "Absences prévues", (), "Leave, training: 18%.", "Congés, formation : 18 %."),
    "unplanned": Label("Unplanned shrinkage", "Absences imprévues", (), "Sickness: 9%.", "Maladie : 9 %."),
}

GRID = {
    "day": Label(
        "Day",
        "Jour",
        (),
        "Empty: every open day. Or weekdays (mon-fri), or dates, one for every day of the plan.",
        "Vide : chaque jour ouvert. Ou des jours (lun-ven), ou des dates, une par jour du plan.",
    ),
    "from": Label("From", "De", ("début", "start", "heure"), "Start of the interval.", "Début de l'intervalle."),
}

TARGET = {
    "for": Label("For", "Pour", (), "A contact type, a channel, or all.", "Un type de contact, un canal, ou tous."),
    "kpi": Label("KPI", "Indicateur", (), "As in: simkpi kpis.", "Comme dans : simkpi kpis."),
    "goal": Label(
        "Goal", "Objectif", (), "80% in 20s; at most 5%; at least 70%; 60s.", "80 % en 20 s ; au plus 5 % ; au moins 70 % ; 60 s."
    ),
}

FIELD = {
    "field": Label(
        "Field",
        "Champ",
        (),
        "A field of scenario files, by its path: contacts.voice.retry. It wins over the other sheets.",
        "Un champ des fichiers de scénario, par son chemin : contacts.voice.retry. Il l'emporte sur les autres feuilles.",
    ),
    "value": Label("Value", "Valeur", (), "As in a scenario file.", "Comme dans un fichier de scénario."),
}

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_JOURS = ("Lundi", "Mardi", "Mercredi", "Jeudi", "Vendredi", "Samedi", "Dimanche")
_HOURS = ("Opening hours: 08:00-20:00, or closed.", "Horaires : 08:00-20:00, ou fermé.")

#: Settings by the path of their field; those beginning with # say something about the workbook itself.
SETTINGS = {
    "name": Label("Name", "Nom", (), "Title of the results.", "Titre des résultats."),
    "locale": Label("Language", "Langue", (), "en or fr.", "en ou fr."),
    "calendar.from": Label("First day", "Premier jour", (), "A date.", "Une date."),
    "calendar.days": Label("Days", "Jours", ("number of days", "nombre de jours"), "How many days.", "Nombre de jours."),
    "calendar.timezone": Label("Time zone", "Fuseau horaire", (), "Such as Europe/Paris.", "Par exemple Europe/Paris."),
    **{
        f"calendar.open.{key}": Label(day, jour, (), *_HOURS)
        for key, day, jour in zip(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), _DAYS, _JOURS, strict=True)
    },
    "#forecast": Label(
        "Forecast interval", "Pas de la prévision", (), "Between the rows of Forecast.", "Entre les lignes de Prévision."
    ),
    "#staff": Label("Staff interval", "Pas des effectifs", (), "Between the rows of Staff.", "Entre les lignes d'Effectifs."),
    "run.replications": Label("Replications", "Réplications", (), "Simulated days or weeks.", "Jours ou semaines simulés."),
    "run.seed": Label("Seed", "Graine", (), "Names the random numbers.", "Désigne les nombres aléatoires."),
    "costs.currency": Label("Currency", "Monnaie", ("devise",), "Of all costs.", "De tous les coûts."),
    "costs.agent_hour": Label("Cost of an agent hour", "Coût d'une heure d'agent", (), "Per paid hour.", "Par heure payée."),
    "costs.bot_session": Label("Cost of a bot session", "Coût d'une session de robot", (), "Per session.", "Par session."),
}
SETTING = {
    "key": Label("Setting", "Réglage", ("paramètre",)),
    "value": Label("Value", "Valeur"),
    "note": Label("Note", "Remarque", ("notes", "remarques")),
}


def fold(text: str) -> str:
    """Return *text* without case, accents and needless spaces, for comparing.

    Examples
    --------
    >>> fold(" Prévision "), fold("After-call  work")
    ('prevision', 'after-call work')
    """
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    return " ".join(plain.casefold().split())


def find(text: str, labels: dict[str, Label]) -> str | None:
    """Return the key of the label that is spelt *text*, a unit in brackets apart."""
    wanted = fold(_UNIT.sub("", text))
    return next((key for key, label in labels.items() if wanted in map(fold, label.spellings)), None)


def unit_of(header: str) -> float | None:
    """Seconds of the unit in brackets behind a header; None if there is none.

    Examples
    --------
    >>> unit_of("Talk time (min)"), unit_of("Talk time (secondes)"), unit_of("Talk time")
    (60.0, 1.0, None)
    """
    match = _UNIT.search(header)
    try:
        return parse_duration(f"1{match[1].strip()}") if match else None
    except ValueError:
        return None


def spellings(labels: Iterable[Label]) -> list[str]:
    """List every spelling, for suggestions."""
    return [text for label in labels for text in label.spellings]


_CHANNELS = {
    "voix": "voice",
    "telephone": "voice",
    "appel": "voice",
    "appels": "voice",
    "courriel": "email",
    "e-mail": "email",
    "mail": "email",
}
_PHRASES = (
    (r"^\s*au plus\s+", "at most "),
    (r"^\s*au moins\s+", "at least "),
    (r"\s+(?:en|dans les|sous)\s+(?=\d)", " in "),
    (r"(?<=\d)\s+%", "%"),
)


def channel(text: str) -> str:
    """Return a channel's name in scenario files.

    Examples
    --------
    >>> channel("Téléphone"), channel("chat")
    ('voice', 'chat')
    """
    return _CHANNELS.get(fold(text), text)


def goal(text: str) -> str:
    """Return a goal as scenario files write it.

    Examples
    --------
    >>> goal("80 % en 20 s"), goal("au plus 5 %")
    ('80% in 20 s', 'at most 5%')
    """
    for pattern, words in _PHRASES:
        text = re.sub(pattern, words, text, flags=re.IGNORECASE)
    return text


def shown_goal(text: str, lang: str) -> str:
    """Return a goal of a scenario file as *lang* writes it; :func:`goal` reads it back.

    Examples
    --------
    >>> shown_goal("at most 5%", "fr"), goal(shown_goal("80% in 20s", "fr")), shown_goal("80% in 20s", "en")
    ('au plus 5%', '80% in 20s', '80% in 20s')
    """
    if lang != "fr":
        return text
    for french, words in (("au plus ", "at most "), ("au moins ", "at least "), (" en ", " in ")):
        text = text.replace(words, french)
    return text


def hours(text: str) -> str:
    """Return opening hours as scenario files write them.

    Examples
    --------
    >>> hours("8h-20h30"), hours("fermé"), hours("08:00 – 20:00")
    ('8:00-20:30', 'closed', '08:00-20:00')
    """
    if fold(text) in {"ferme", "closed"}:
        return "closed"
    text = re.sub(r"(\d{1,2})\s*[hH]\s*(\d{2})?", lambda match: f"{match[1]}:{match[2] or '00'}", text)
    return re.sub(r"\s*[-–—]\s*", "-", text).replace(" à ", "-").strip()


def date(text: str, lang: str) -> str:
    """Return a date as scenario files write it; with slashes only in a French workbook, where the day comes first.

    Examples
    --------
    >>> date("5/1/2026", "fr"), date("5/1/2026", "en")
    ('2026-01-05', '5/1/2026')
    """
    match = re.fullmatch(r"\s*(\d{1,2})[/.](\d{1,2})[/.](\d{4})\s*", text) if lang == "fr" else None
    return f"{match[3]}-{int(match[2]):02d}-{int(match[1]):02d}" if match else text


def number(text: str) -> str:
    """Return a number without the spaces between its thousands.

    Examples
    --------
    >>> number("1 250,5"), number("ten")
    ('1250,5', 'ten')
    """
    clean = text.strip()
    return re.sub(r"\s", "", clean) if re.fullmatch(r"[+-]?\d{1,3}(?:\s\d{3})+(?:[.,]\d+)?", clean) else clean
