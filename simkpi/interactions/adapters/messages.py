"""Reads logs of chat messages and makes contacts of them."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from simkpi.interactions.conversations import contacts_of
from simkpi.interactions.files import make_log
from simkpi.interactions.quarantine import check
from simkpi.interactions.scanning import load
from simkpi.interactions.sources import Options, log_source
from simkpi.interactions.table import Log, bundle


@log_source("messages", title="One row per chat message, in our own columns", signature=("contact_id", "sent_at", "sender"))
def read(path: Path, options: Options) -> Log:
    """Read messages with contact_id, sent_at and sender (customer, agent, bot, system), and make a contact of each conversation.

    Parameters
    ----------
    path : Path
        One row per message; see :data:`simkpi.interactions.columns.MESSAGES`.
    options : Options
        What the user said about the file.

    Notes
    -----
    How contacts come about is told in :func:`simkpi.interactions.conversations.contacts_of`. A column ``channel`` of the file is
    ignored: all contacts are chats.
    """
    checked = check(load(path, options), "messages", reading=options.reading, max_rejects=options.max_rejects, file=str(path))
    messages = checked.good.lazy().collect()
    log = make_log({"interactions": contacts_of(messages)}, options, source="messages", file=str(path))
    rejects = checked.rejects.select(pl.lit("messages").alias("table"), pl.all()) if len(checked.rejects) else log.rejects
    said = (f"{messages.height} messages make {log.interactions.lazy().collect().height} contacts", checked.summary(), *log.notes)
    about = Log(log.interactions, rejects=rejects, source="messages", notes=tuple(note for note in said if note))
    return bundle({**log.tables(), "messages": messages}, about)
