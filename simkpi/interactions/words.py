"""Words by which the exports of others name our columns, outcomes and units: English, French, German, without accents."""

from __future__ import annotations


def _split(words: dict[str, str]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(texts.split(", ")) for name, texts in words.items()}


#: Names of columns; the first word that fits a column of the file wins.
COLUMN_WORDS = _split(
    {
        "contact_id": (
            "contact id, call id, ticket id, conversation id, interaction id, chat id, case number, id appel, numero "
            "ticket, id contact, vorgang, number, numero, nr, ref, id"
        ),
        "case_id": "case id, issue id, dossier, parent id, issue",
        "customer_id": "customer id, client id, requester id, caller id, visitor id, customer, caller, client, kunde, ani",
        "channel": "channel, media type, media, canal, kanal",
        "contact_type": "contact type, topic, category, call type, subject, motif, sujet, categorie, type, typ",
        "queue": "queue, skill, file d attente, file, warteschlange, campaign",
        "team": "team, group, department, equipe, groupe, gruppe",
        "agent_id": "agent id, agent, assignee, user name, operator, conseiller, mitarbeiter",
        "priority": "priority, priorite, prioritat, urgency",
        "language": "language, langue, sprache",
        "arrived_at": (
            "arrived at, arrival, offered at, created at, start time, started at, call start, initiation, date appel, "
            "heure appel, date heure, date debut, received, opened at, datum, timestamp, start, debut, date"
        ),
        "queued_at": "queued at, queue entry, queue start, enqueue, entree file",
        "bot_started_at": "bot start, bot started at, ivr entry, ivr start",
        "bot_ended_at": "bot end, bot ended at, ivr exit, ivr end",
        "answered_at": "answered at, answer time, connected, pickup, answer, decroche, reponse, angenommen",
        "first_reply_at": "first reply, first response, premiere reponse",
        "wrapped_at": "wrap end, wrapped at, acw end, wrap up end",
        "ended_at": "ended at, end time, closed at, disconnect, hangup, call end, date fin, end, fin, ende",
        "resolved_at": "resolved at, solved at, resolution date, resolu",
        "talk_time": (
            "talk time, talk, conversation time, duree conversation, communication, gesprach, call duration, duration, duree"
        ),
        "hold_time": "hold time, hold, attente en ligne, mise en garde",
        "wrap_time": "wrap up, wrap, acw, after call work, post appel, nachbearbeitung",
        "outcome": "outcome, result, disposition, status, state, resultat, statut, etat, ergebnis",
        "n_transfers": "transfers, transfer count, transferts, reassignment count",
        "n_messages": "messages, message count",
        "tags": "tags, labels, etiquettes",
        "csat": "csat, satisfaction, rating, note",
        "is_resolved": "resolved, is resolved, resolu, gelost",
    }
)
#: Beginnings of words inside a cell that tell how a contact ended; looked for in this order.
OUTCOME_WORDS = _split(
    {
        "abandoned": (
            "abandon, hang, hung, lost, missed, no answer, unanswered, not answered, perdu, manque, raccroche, verl, aufgelegt"
        ),
        "blocked": "block, busy, reject, occupe, dissuad, besetzt",
        "contained": "contain, self, bot, deflect",
        "open": "open, new, pending, progress, ouvert, cours, offen",
        "answered": (
            "answer, ans, handled, agent, complete, connected, solved, closed, resolved, traite, decroche, repondu, ang"
        ),
    }
)
#: Words in the name of a duration that tell its unit.
UNIT_WORDS = _split(
    {
        "ms": "ms, millis, milliseconds",
        "min": "min, mins, minutes",
        "h": "h, hours, heures",
        "s": "s, sec, seconds",
    }
)
