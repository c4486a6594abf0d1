"""Voice of the customer: what surveys, ratings, comments and quality reviews say."""

from __future__ import annotations

from polars import Expr, col

from simkpi.kpi.measure import Composite, Count, Ratio, Source, choose, kpi

_CHAT = "LiveAgent, 15 live-chat metrics"
_CS = "LiveAgent, 16 customer-service metrics"
_DESK = "LiveAgent, 12 help-desk metrics"
_CSAT = Source("surveys", variant="csat")
_COMMENTS = Source("surveys", variant="comment")


def _given() -> Expr:
    return col("score").is_not_null()


def _place() -> Expr:
    """Where a score lies on its scale: 0 the lowest, 1 the highest; turned round when low scores are good."""
    from polars import when

    place = (col("score") - col("_low")) / (col("_high") - col("_low"))
    return when(col("_lower")).then(1 - place).otherwise(place)


@kpi(
    title="Customer satisfaction",
    unit="fraction",
    better="higher",
    source=f"{_CHAT}; {_CS}; eDesk",
    rows=(48,),
    aliases=("satisfaction", "satisfaction rate"),
    example="30 / 50 = 60 %",
)
def csat(*, csat_positive: float = 0.75) -> Ratio:
    """Positive answers / answers.

    Positive: at least *csat_positive* of the way up the scale (4 and 5 of 1-5, 8 to 10 of 1-10). The scale is the one
    recorded with the survey, else 1-5; a score outside it is an error.
    """
    return Ratio(_given() & (_place() >= csat_positive), _given(), source=_CSAT)


@kpi(title="Satisfaction, mean score", unit="number", better="higher", source=f"{_CHAT}; {_CS}", rows=(48,), bounds=(None, None))
def csat_mean() -> Ratio:
    """Mean satisfaction score, on the scale of the survey."""
    return Ratio(col("score").fill_null(0.0), _given(), source=_CSAT, kind="mean")


@kpi(title="Very satisfied", unit="fraction", better="higher", source=_CHAT, rows=(48,))
def very_satisfied() -> Ratio:
    """Answers at the top of the scale / answers."""
    return Ratio(_given() & (_place() >= 1), _given(), source=_CSAT)


@kpi(title="Complaint rate", unit="fraction", better="lower", source=_CHAT, rows=(48,))
def complaint_rate() -> Ratio:
    """Contacts that are complaints (flag, tag or contact type) / contacts."""
    return Ratio(col("_complaint"), col("contact_id").is_not_null())


@kpi(title="Survey response rate", unit="fraction", better="higher", source=_CS, rows=(48,))
def survey_response_rate(*, survey: str = "csat") -> Ratio:
    """Surveys answered / surveys sent."""
    kinds = dict.fromkeys(("csat", "nps", "ces", "agent", "other"), 1)
    choose("survey", survey, kinds)
    return Ratio(_given(), col("kind").is_not_null(), source=Source("surveys", variant=survey))


@kpi(
    title="Net promoter score",
    unit="points",
    better="higher",
    source=f"{_CHAT}; {_CS}",
    rows=(49,),
    bounds=(-100.0, 100.0),
    example="70 - 10 = 60",
)
def nps() -> Ratio:
    """Share of promoters (9-10) minus share of detractors (0-6), in points."""
    promoters, detractors = _given() & (col("score") >= 9), _given() & (col("score") <= 6)
    from polars import Int64

    net = (promoters.cast(Int64) - detractors.cast(Int64)) * 100
    return Ratio(net, _given(), source=Source("surveys", variant="nps"))


@kpi(
    title="Customer effort",
    unit="number",
    better="none",
    source=f"{_CHAT} (1-5, ease); {_CS} (1-7, effort)",
    rows=(50,),
    bounds=(None, None),
    aliases=("customer effort score",),
)
def ces(*, ces: str = "as_asked") -> Ratio:
    """Mean effort score.

    The sources ask in opposite directions. Variants: ``as_asked`` (the score on its own scale), ``ease`` (0-1, 1 is
    effortless; uses the
    survey's recorded direction).
    """
    eased = choose("ces", ces, {"as_asked": False, "ease": True})
    score = _place() if eased else col("score")
    return Ratio(score.fill_null(0.0), _given(), source=Source("surveys", variant="ces"), kind="mean")


@kpi(
    title="Internal quality score",
    unit="number",
    better="higher",
    source=f"{_CS}; {_DESK}",
    rows=(51,),
    aliases=("iqs", "qa score"),
    bounds=(None, None),
)
def quality_score() -> Ratio:
    """Mean quality score of the reviewed contacts; a score weighted over criteria is weighted before it enters the log."""
    return Ratio(col("qa_score").fill_null(0.0), col("qa_score").is_not_null(), kind="mean")


@kpi(title="Positive ratings", unit="fraction", better="higher", source=f"{_CHAT} (agent report)", rows=(52,))
def positive_ratings() -> Ratio:
    """Ratings above the middle of the scale / ratings."""
    return Ratio(_given() & (_place() > 0.5), _given(), source=_CSAT)


@kpi(title="Negative ratings", unit="fraction", better="lower", source=f"{_CHAT} (agent report)", rows=(52,))
def negative_ratings() -> Ratio:
    """Ratings below the middle of the scale / ratings."""
    return Ratio(_given() & (_place() < 0.5), _given(), source=_CSAT)


@kpi(title="Feedback response rate", unit="fraction", better="higher", source=_CS, rows=(53,))
def feedback_response_rate() -> Ratio:
    """Comments replied to / comments."""
    return Ratio(col("replied_at").is_not_null(), col("kind").is_not_null(), source=_COMMENTS)


@kpi(title="Engagement", unit="fraction", better="higher", source=_CS, rows=(54,), aliases=("engagement score",))
def engagement() -> Ratio:
    """Participations (loyalty programme, training) / possible ones, over the customers at the end of the horizon."""
    from polars import Int64

    taken = col("is_member").fill_null(value=False).cast(Int64) + col("is_trained").fill_null(value=False).cast(Int64)
    return Ratio(col("_at_end") * taken, col("_at_end").cast(Int64) * 2, source=Source("customers"))


@kpi(title="Social contacts", unit="count", source=_CS, rows=(55,), aliases=("social insights",))
def social_contacts(*, social: str = "social,facebook,instagram,x,twitter,forum,review", tag: str | None = None) -> Count:
    """Contacts on social networks (with the tag *tag*: technical, competitor ...); break down by hour or contact type."""
    here = col("channel").is_in([name.strip() for name in social.split(",")])
    return Count(here if tag is None else here & col("tags").list.contains(tag).fill_null(value=False))


@kpi(title="Social share", unit="fraction", source=_CS, rows=(6, 55))
def social_share(*, social: str = "social,facebook,instagram,x,twitter,forum,review") -> Ratio:
    """Contacts on social networks / contacts."""
    return Ratio(col("channel").is_in([name.strip() for name in social.split(",")]), col("contact_id").is_not_null())


@kpi(
    title="Support efficiency index",
    unit="fraction",
    better="higher",
    source=f"{_DESK} (a composite; the parts are ours)",
    rows=(56,),
)
def support_efficiency() -> Composite:
    """Mean of answer rate, service level, resolution rate and satisfaction (equal weights); undefined if one is."""
    return Composite((("answer_rate", 1.0), ("service_level", 1.0), ("resolution_rate", 1.0), ("csat", 1.0)))
