"""What the first sheet of a planner's workbook says."""

from __future__ import annotations

_EN = (
    "A plan for simkpi",
    "Fill in the cream-coloured cells, save the file as .xlsx, and type: simkpi run plan.xlsx",
    "To check it first: simkpi validate plan.xlsx. Everything that is wrong is listed with its cell.",
    "",
    "Settings: days, opening hours, costs. An empty cell leaves the usual value.",
    "Contacts: one row per contact type: handle times, patience, share resolved. Rest the pointer on a header to read its note.",
    "Forecast: expected contacts, one row an interval, one column per contact type.",
    "Teams: who serves what. Staff: agents on duty, one row an interval, one column per team.",
    "Targets: what the plan must reach.",
    "Other fields: anything else that a scenario file can say, such as bots, redials and overflow; see docs/scenario.md.",
    "",
    "Another time step: write the rows at that step and change the interval in Settings.",
    "Other numbers on other days: fill in the column Day, with weekdays (mon-fri) or with dates.",
    "Numbers may have a decimal comma; durations read 4m30s, 4 min 30, 0:04:30; shares 80% or 0.8.",
    "Sheets, headers and settings may be in English or in French; further sheets of your own are left alone.",
)
_FR = (
    "Un plan pour simkpi",
    "Remplir les cellules crème, enregistrer le fichier en .xlsx, puis taper : simkpi run plan.xlsx",
    "Pour le vérifier d'abord : simkpi validate plan.xlsx. Tout ce qui ne va pas est indiqué avec sa cellule.",
    "",
    "Réglages : jours, horaires, coûts. Une cellule vide laisse la valeur habituelle.",
    "Demandes : une ligne par type de contact : durées, patience, part résolue. La note de chaque colonne est sur son en-tête.",
    "Prévision : contacts attendus, une ligne par intervalle, une colonne par type de contact.",
    "Équipes : qui traite quoi. Effectifs : agents en poste, une ligne par intervalle, une colonne par équipe.",
    "Objectifs : ce que le plan doit atteindre.",
    "Autres champs : le reste d'un fichier de scénario, comme robots, rappels et débordement ; voir docs/scenario.md.",
    "",
    "Un autre pas de temps : écrire les lignes à ce pas et changer l'intervalle dans Réglages.",
    "D'autres nombres d'autres jours : remplir la colonne Jour, par des jours (lun-ven) ou des dates.",
    "La virgule décimale est lue ; durées : 4min30s, 4 min 30, 0:04:30 ; parts : 80 % ou 0,8.",
    "Feuilles, en-têtes et réglages sont lus en français ou en anglais ; d'autres feuilles sont laissées de côté.",
)


def guide(lang: str) -> tuple[str, ...]:
    """Lines of the first sheet; the first is its title."""
    return _FR if lang == "fr" else _EN
