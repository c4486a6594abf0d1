"""Reads the annotated support channel of irc-disentanglement (Stripe developers, 2019): many conversations in one stream."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from simkpi.interactions.columns import Column
from simkpi.interactions.conversations import contacts_of
from simkpi.interactions.files import make_log
from simkpi.interactions.scanning import load
from simkpi.interactions.sources import Options, log_source
from simkpi.interactions.table import Log, normalise

_SOURCE = {
    "log": Column("text", "number of the log", required=True),
    "seq": Column("count", "position in the log", required=True),
    "timestamp": Column("moment", "when", required=True),
    "sender": Column("text", "who wrote", required=True),
    "mentions": Column("text", "who is named", required=True),
    "chars": Column("count", "length", required=True),
    "conversation": Column("text", "blank = not annotated", required=True),
}
#: Who names at least this many different people is taken for an employee: roles are not labelled.
EMPLOYEE_NAMES = 5
#: Stands in for the conversation of messages that nobody annotated.
UNASSIGNED = "unassigned"


@log_source(
    "stripe-chat",
    title="Support channel with annotated conversations (irc-disentanglement)",
    signature=("log", "seq", "timestamp", "sender", "mentions", "conversation"),
    documentation="https://github.com/jkkummerfeld/irc-disentanglement",
)
def read(path: Path, options: Options) -> Log:
    """Read the messages of the channel; only annotated conversations become contacts.

    Parameters
    ----------
    path : Path
        One row per message.
    options : Options
        What the user said about the file.

    Notes
    -----
    Employees are those who name at least :data:`EMPLOYEE_NAMES` different people in a log; everybody else is a customer. Messages
    that nobody annotated stay in ``messages`` under the contact ``<log>-unassigned``; ``seq``, ``mentions`` and
    ``replies_to`` are kept.
    """
    raw = normalise(load(path, options), _SOURCE, reading=options.reading)
    names = pl.col("mentions").drop_nulls().n_unique().over("log", "sender")
    messages = raw.select(
        pl.format("{}-{}", "log", pl.col("conversation").fill_null(UNASSIGNED)).alias("contact_id"),
        pl.col("timestamp").alias("sent_at"),
        pl.when(names >= EMPLOYEE_NAMES).then(pl.lit("agent")).otherwise(pl.lit("customer")).alias("sender"),
        pl.col("sender").alias("sender_id"),
        pl.col("chars").alias("n_chars"),
        "log",
        "seq",
        "mentions",
        *(name for name in ("replies_to",) if name in raw.columns),
    )
    annotated = messages.filter(~pl.col("contact_id").str.ends_with(UNASSIGNED))
    contacts = contacts_of(annotated)
    agents = messages.filter(sender="agent")["sender_id"].n_unique()
    notes = (
        f"{annotated.height} of {messages.height} messages are annotated; they make {contacts.height} contacts",
        f"{agents} senders who name at least {EMPLOYEE_NAMES} people are taken for agents",
    )
    return make_log({"interactions": contacts, "messages": messages}, options, source="stripe-chat", notes=notes, file=str(path))
