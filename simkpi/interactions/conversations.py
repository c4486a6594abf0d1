"""Turns messages into contacts: who wrote first, when an agent first answered, how long replies took."""

from __future__ import annotations

import polars as pl


def contacts_of(messages: pl.DataFrame, *, channel: str = "chat") -> pl.DataFrame:
    """One interaction per conversation, from its messages.

    Parameters
    ----------
    messages : DataFrame
        Normalised ``messages``: contact_id, sent_at, sender (customer, agent, bot or system), and sender_id, is_canned if known.
        Messages of one moment count in the order in which they stand.
    channel : str
        Channel of the contacts.

    Returns
    -------
    DataFrame
        In the schema of the interactions, one row per conversation, by arrival.

    Notes
    -----
    - The contact arrives with the first message of the customer (with the first message at all where he never writes); if an
      agent wrote before, its origin is proactive.
    - First response: the first message of an agent after the arrival. A reply time runs from the first unanswered message of the
      customer to the next message of an agent; ``reply_time`` is their mean over a contact.
    - Conversations without an answer of an agent are ``contained`` if a bot wrote, else ``abandoned`` (missed); where only an
      agent wrote, he is taken to have answered at once.
    - Where a bot wrote first, its part ends with its last message before the agent's first; that is when the contact is queued.
    """
    turns = _with_reply_times(messages)
    grouped = turns.group_by("contact_id", maintain_order=True).agg(
        arrived_at=pl.coalesce(_first("customer"), pl.col("sent_at").min()),
        opened_by=pl.col("sender").filter(pl.col("sender") != "system").first(),
        customer_id=pl.col("sender_id").filter(pl.col("sender") == "customer").first(),
        agent_id=pl.col("sender_id").filter(pl.col("sender") == "agent").last(),
        n_agents=pl.col("sender_id").filter(pl.col("sender") == "agent").drop_nulls().n_unique(),
        first_reply_at=pl.col("sent_at").filter((pl.col("sender") == "agent") & pl.col("customer_wrote")).min(),
        first_agent_at=_first("agent"),
        first_bot_at=_first("bot"),
        last_bot_at=pl.col("sent_at").filter((pl.col("sender") == "bot") & ~pl.col("agent_wrote")).max(),
        ended_at=pl.col("sent_at").max(),
        n_messages=(pl.col("sender") != "system").sum(),
        n_customer_messages=(pl.col("sender") == "customer").sum(),
        n_agent_messages=(pl.col("sender") == "agent").sum(),
        n_canned=pl.when(pl.col("is_canned").is_not_null().any()).then(pl.col("is_canned").sum()),
        reply_time=pl.col("reply_time").mean(),
    )
    return _finished(grouped, channel).sort("arrived_at", "contact_id")


def _first(sender: str) -> pl.Expr:
    return pl.col("sent_at").filter(pl.col("sender") == sender).min()


def _with_reply_times(messages: pl.DataFrame) -> pl.DataFrame:
    """Add to each agent's message how long the customer had been waiting for it; null if he was not."""
    optional = {"sender_id": pl.String(), "is_canned": pl.Boolean()}
    absent = [pl.lit(None, dtype=dtype).alias(name) for name, dtype in optional.items() if name not in messages.columns]
    customer, agent = pl.col("sender") == "customer", pl.col("sender") == "agent"
    return (
        messages.with_columns(absent)
        .sort("contact_id", "sent_at", maintain_order=True)
        .with_columns(
            turn=agent.cast(pl.Int64).cum_sum().over("contact_id") - agent.cast(pl.Int64),  # an agent's message ends a turn
            customer_wrote=customer.cum_max().over("contact_id"),
            agent_wrote=agent.cum_max().over("contact_id"),
        )
        .with_columns(waiting_since=pl.when(customer).then(pl.col("sent_at")).min().over("contact_id", "turn"))
        .with_columns(
            reply_time=pl.when(agent).then((pl.col("sent_at") - pl.col("waiting_since")).dt.total_milliseconds() / 1000)
        )
    )


def _finished(grouped: pl.DataFrame, channel: str) -> pl.DataFrame:
    unasked = pl.col("first_agent_at").is_not_null() & (pl.col("n_customer_messages") == 0)
    has_agent, has_bot = pl.col("first_reply_at").is_not_null() | unasked, pl.col("first_bot_at").is_not_null()
    bot_first = has_bot & (pl.col("last_bot_at").is_not_null())
    outcome = pl.when(has_agent).then(pl.lit("answered")).when(has_bot).then(pl.lit("contained")).otherwise(pl.lit("abandoned"))
    bot_ended_at = pl.when(bot_first).then(pl.max_horizontal("last_bot_at", "arrived_at"))
    queued_at = pl.when(bot_first & ~has_agent).then(None).when(bot_first).then(bot_ended_at).otherwise(pl.col("arrived_at"))
    proactive = (pl.col("opened_by") == "agent") & (pl.col("n_customer_messages") > 0)
    return grouped.select(
        "contact_id",
        pl.lit(channel).alias("channel"),
        "arrived_at",
        outcome.alias("outcome"),
        pl.col("contact_id").alias("case_id"),
        "customer_id",
        "agent_id",
        pl.when(proactive).then(pl.lit("proactive")).otherwise(pl.lit("reactive")).alias("origin"),
        pl.when(bot_first).then(pl.col("arrived_at")).alias("bot_started_at"),
        bot_ended_at.alias("bot_ended_at"),
        pl.when(bot_first)
        .then(pl.when(has_agent).then(pl.lit("handed_off")).otherwise(pl.lit("contained")))
        .alias("bot_outcome"),
        queued_at.alias("queued_at"),
        pl.when(has_agent).then(pl.max_horizontal("first_reply_at", queued_at)).alias("answered_at"),
        "first_reply_at",
        pl.max_horizontal("ended_at", "arrived_at").alias("ended_at"),
        (pl.col("n_agents").cast(pl.Int64) - 1).clip(lower_bound=0).alias("n_transfers"),
        pl.col("n_messages", "n_customer_messages", "n_agent_messages", "n_canned").cast(pl.Int64),
        "reply_time",
    )
