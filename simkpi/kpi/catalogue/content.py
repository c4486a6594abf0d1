"""Content: what is in a conversation."""

from __future__ import annotations

from polars import col

from simkpi.kpi.measure import Ratio, kpi

_CHAT = "LiveAgent, 15 live-chat metrics"


@kpi(title="Messages per contact", unit="number", source=_CHAT, rows=(46,), aliases=("messages per chat",))
def messages_per_contact() -> Ratio:
    """Messages of all sides / answered contacts; ``simkpi.kpi.distributions`` shows short and long ones."""
    return Ratio(
        col("_answered") * col("n_messages").fill_null(0), col("_answered") & col("n_messages").is_not_null(), kind="mean"
    )


@kpi(title="Agent messages per contact", unit="number", source=_CHAT, rows=(46,))
def agent_messages_per_contact() -> Ratio:
    """Messages by agents / answered contacts."""
    return Ratio(
        col("_answered") * col("n_agent_messages").fill_null(0),
        col("_answered") & col("n_agent_messages").is_not_null(),
        kind="mean",
    )


@kpi(title="Tagged share", unit="fraction", source=_CHAT, rows=(47,), aliases=("tag usage",))
def tagged_share(*, tag: str | None = None) -> Ratio:
    """Contacts with a tag (with the tag *tag*) / contacts."""
    tagged = col("tags").list.len() > 0 if tag is None else col("tags").list.contains(tag)
    return Ratio(tagged.fill_null(value=False), col("contact_id").is_not_null())


@kpi(title="Tags per contact", unit="number", source=_CHAT, rows=(47,))
def tags_per_contact() -> Ratio:
    """Tags / contacts."""
    return Ratio(col("tags").list.len().fill_null(0), col("contact_id").is_not_null(), kind="mean")
