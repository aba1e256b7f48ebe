"""Whatever is sent is either an event or refused with a reason (F-229)."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from clients.actions.usage.checking import AHEAD, BACK, FIELDS, drafts_of
from clients.roles import UsageKind

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from([kind.value for kind in UsageKind])
    | st.datetimes().map(lambda at: f"{at.isoformat()}Z")
    | st.text(alphabet="\ud800\0aÄ ", max_size=90)
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner),
    max_leaves=9,
)
EVENTS = st.dictionaries(st.sampled_from(sorted(FIELDS)), SCALARS)


@given(st.lists(ANYTHING | EVENTS, max_size=9))
def test_every_event_is_taken_or_refused_with_a_reason(events):
    drafts, refused = drafts_of(events, NOW)

    places = [draft.index for draft in drafts] + [one.index for one in refused]
    assert sorted(places) == list(range(len(events)))
    assert all(one.error for one in refused)


@given(
    seconds=st.integers(min_value=-70_000_000, max_value=70_000),
    zone=st.integers(min_value=-14 * 60, max_value=14 * 60),
)
def test_an_instant_counts_whatever_its_zone(seconds, zone):
    away = timedelta(seconds=seconds)
    at = (NOW + away).astimezone(timezone(timedelta(minutes=zone)))
    event = {"id": "1", "client_id": "1", "kind": "login", "at": at.isoformat()}

    drafts, _ = drafts_of([event], NOW)

    assert [draft.at for draft in drafts] == ([at] if -BACK <= away <= AHEAD else [])
