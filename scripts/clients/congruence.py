"""The local mode of qdrant-client as an oracle: python congruence.py URL [SEED [ROUNDS]]

Random collections, changes and questions go both to a server and to QdrantClient(":memory:"), an
independent implementation of Qdrant's semantics, and the answers are compared: ids, order, scores,
payloads and vectors. Hits whose scores are as good as equal may stand in any order. Where one side
refuses a call, the other must refuse it too. One line per difference; exit 1 if there is one.
"""

import datetime
import random
import sys
import uuid
import warnings
from collections import Counter
from itertools import pairwise

from qdrant_client import QdrantClient, models as m

URL = sys.argv[1]
SEED = int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().randrange(10**6)
ROUNDS = int(sys.argv[3]) if len(sys.argv) > 3 else 1
C, OTHER = "congruence", "congruence-other"
SIZES = {"cos": 6, "dot": 5, "euc": 4, "man": 7, "mcos": 4, "mdot": 3, "meuc": 3}
SPARSE = ["sparse", "idf"]
DENSE = ["cos", "dot", "euc", "man"]
MULTI = ["mcos", "mdot", "meuc"]
WORDS = ["red", "green", "blue", "Light blue", "dark-red", "ångström", "", "42", "x y z"]
INDEXES = {
    "city": "keyword",
    "n": "integer",
    "price": "float",
    "when": "datetime",
    "tags": "keyword",
    "flag": "bool",
    "place": "geo",
    "uid": "uuid",
}

warnings.simplefilter("ignore")
rnd = random.Random(SEED)
server = QdrantClient(url=URL, timeout=60)
local = QdrantClient(":memory:")
asked, differences = Counter(), Counter()
by_id = 0.5  # how often an example is a stored point


# ---- what is stored


def floats(size):
    return [round(rnd.uniform(-1, 1), 3) for _ in range(size)]


def sparse():
    picked = sorted(rnd.sample(range(40), rnd.randint(1, 8)))
    return m.SparseVector(indices=picked, values=[round(rnd.uniform(-0.2, 2), 3) for _ in picked])


def vector(name):
    if name in SPARSE:
        return sparse()
    if name in MULTI:
        return [floats(SIZES[name]) for _ in range(rnd.randint(1, 4))]
    return floats(SIZES[name])


def vectors(all_of_them=0.8):
    names = DENSE + MULTI + SPARSE
    if rnd.random() > all_of_them:
        names = rnd.sample(names, rnd.randint(0, len(names)))
    return {name: vector(name) for name in names}


def place():
    return {"lon": round(rnd.uniform(-180, 180), 4), "lat": round(rnd.uniform(-90, 90), 4)}


def when():
    day = datetime.datetime(2024, 1, 1) + datetime.timedelta(minutes=rnd.randrange(10**6))
    return day.strftime(rnd.choice(["%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S+02:00"]))


def maybe(probability, value):
    return value() if rnd.random() < probability else None


def some(value, most=3):
    return [value() for _ in range(rnd.randint(0, most))]


def odd():
    """A value of any type, as payloads of schemaless data hold them."""
    return rnd.choice(
        [None, True, False, 0, 1, 7, -3, 2.5, 7.0, "", "red", "7", [], [None], [1, "red"], [[1]], {}, {"a": 1}, {"a": [1, 2]}]
    )


def payload():
    fields = {
        "city": lambda: rnd.choice(WORDS),
        "n": lambda: rnd.randint(-5, 15),
        "price": lambda: round(rnd.uniform(0, 100), 2),
        "when": when,
        "tags": lambda: some(lambda: rnd.choice(WORDS)),
        "numbers": lambda: some(lambda: rnd.randint(0, 9)),
        "flag": lambda: rnd.random() < 0.5,
        "place": place,
        "places": lambda: some(place),
        "uid": lambda: str(uuid.UUID(int=rnd.randrange(6))),
        "odd": odd,
        "null": lambda: None,
        "nest": lambda: {"a": odd(), "b": {"c": rnd.randint(0, 5), "d d": rnd.choice(WORDS)}},
        "items": lambda: some(
            lambda: {"word": rnd.choice(WORDS), "n": rnd.randint(0, 9), "sub": some(lambda: {"k": rnd.randint(0, 3)}), "none": maybe(0.5, odd)}
        ),
    }
    return {name: make() for name, make in fields.items() if rnd.random() < 0.75}


def point_id(highest=400):
    number = rnd.randrange(highest)
    return number if number % 5 else str(uuid.UUID(int=number * 2**96 + number))


def point(number=None):
    return m.PointStruct(id=point_id() if number is None else number, vector=vectors(), payload=payload())


# ---- what is asked

PATHS = [
    "city", "n", "price", "when", "tags", "numbers", "flag", "place", "places", "uid", "odd", "null", "nest", "nest.a", "nest.b.c",
    'nest.b."d d"', "items", "items[].word", "items[].n", "items[0].n", "items[].sub[].k", "items[].sub", "items[].none", "missing",
    "numbers[]", "tags[0]", "nest.a.a",
]  # fmt: skip
# Local mode selects no quoted keys.
SELECTED = [path for path in PATHS if '"' not in path]
NUMBERS = ["n", "price", "numbers", "odd", "nest.b.c", "items[].n", "items[].sub[].k", "items[0].n", "nest.a", "tags"]
STRINGS = ["city", "tags", "uid", "odd", "items[].word", 'nest.b."d d"', "tags[0]", "tags[]", "n"]


def bounds(value):
    given = {key: value() for key in rnd.sample(["gt", "gte", "lt", "lte"], rnd.randint(1, 2))}
    return given


def ring():
    lon, lat = rnd.uniform(-150, 150), rnd.uniform(-60, 60)
    w, h = rnd.uniform(5, 90), rnd.uniform(5, 40)
    corners = [(lon - w, lat - h), (lon + w, lat - h / 2), (lon + w / 2, lat + h), (lon - w, lat + h / 2)]
    corners = [(max(-180, min(180, x)), max(-90, min(90, y))) for x, y in corners]
    return [m.GeoPoint(lon=x, lat=y) for x, y in corners + corners[:1]]


def shrunk(points, by):
    x, y = sum(p.lon for p in points[:-1]) / 4, sum(p.lat for p in points[:-1]) / 4
    return [m.GeoPoint(lon=x + (p.lon - x) * by, lat=y + (p.lat - y) * by) for p in points]


def geo_condition():
    key = rnd.choice(["place", "places", "places[]", "odd"])
    kind = rnd.randrange(3)
    if kind == 0:
        a, b = place(), place()
        return m.FieldCondition(key=key, geo_bounding_box=m.GeoBoundingBox(top_left=a, bottom_right=b))
    if kind == 1:
        return m.FieldCondition(key=key, geo_radius=m.GeoRadius(center=place(), radius=rnd.uniform(1e5, 9e6)))
    outer = ring()
    inner = [m.GeoLineString(points=shrunk(outer, 0.5))] if rnd.random() < 0.5 else None
    return m.FieldCondition(key=key, geo_polygon=m.GeoPolygon(exterior=m.GeoLineString(points=outer), interiors=inner))


def match():
    word = lambda: rnd.choice(WORDS)  # noqa: E731
    number = lambda: rnd.randint(-1, 8)  # noqa: E731
    kind = rnd.randrange(9)
    if kind == 0:
        return m.MatchValue(value=word())
    if kind == 1:
        return m.MatchValue(value=rnd.choice([number(), True, False]))
    if kind == 2:
        return m.MatchAny(any=some(word))
    if kind == 3:
        return m.MatchAny(any=some(number))
    if kind == 4:
        return m.MatchExcept(**{"except": some(word)})
    if kind == 5:
        return m.MatchExcept(**{"except": some(number)})
    if kind == 6:
        return m.MatchPrefix(prefix=rnd.choice(["", "r", "re", "Li", "l"])) if hasattr(m, "MatchPrefix") else m.MatchValue(value=word())
    if kind == 7:
        # Whole words: substrings match in Qdrant 1.19, and not in local mode.
        return m.MatchText(text=rnd.choice(["red", "blue", "green"]))
    return m.MatchTextAny(text_any=rnd.choice(["red green", "blue", "white"]))


def condition(depth, nested=False):
    kind = rnd.randrange(12)
    if kind <= 2:
        return m.FieldCondition(key=rnd.choice(STRINGS + NUMBERS), match=match())
    if kind == 3:
        return m.FieldCondition(key=rnd.choice(NUMBERS), range=m.Range(**bounds(lambda: rnd.choice([rnd.randint(-5, 15), rnd.uniform(0, 60)]))))
    if kind == 4:
        day = lambda: datetime.datetime(2024, 1, 1) + datetime.timedelta(days=rnd.randrange(700))  # noqa: E731
        return m.FieldCondition(key=rnd.choice(["when", "odd"]), range=m.DatetimeRange(**bounds(day)))
    if kind == 5:
        return m.FieldCondition(key=rnd.choice(PATHS), values_count=m.ValuesCount(**bounds(lambda: rnd.randint(0, 3))))
    if kind == 6:
        return geo_condition()
    if kind == 7:
        key = rnd.choice(PATHS)
        return rnd.choice(
            [
                m.IsEmptyCondition(is_empty=m.PayloadField(key=key)),
                # Of several values any one counts in Qdrant 1.19, all in local mode.
                m.FieldCondition(key=key if "[" not in key else "tags", is_empty=rnd.random() < 0.5),
                # Arrays that hold a null are one in local mode already.
                m.IsNullCondition(is_null=m.PayloadField(key=rnd.choice(["city", "null", "missing"]))),
            ]
        )
    if kind == 8:
        return m.HasIdCondition(has_id=[point_id() for _ in range(rnd.randint(0, 60))])
    if kind == 9:
        return m.HasVectorCondition(has_vector=rnd.choice(DENSE + MULTI + SPARSE + ["nothing"]))
    if kind == 10 and depth > 0:
        inner = ["word", "n", "sub[].k"]
        where = lambda: m.FieldCondition(  # noqa: E731
            key=rnd.choice(inner), **rnd.choice([{"match": match()}, {"range": m.Range(**bounds(lambda: rnd.randint(0, 9)))}])
        )
        clauses = {name: [where()] for name in rnd.sample(["must", "must_not", "should"], rnd.randint(1, 2))}
        return m.NestedCondition(nested=m.Nested(key=rnd.choice(["items", "items[]", "nest"]), filter=m.Filter(**clauses)))
    if depth > 0:
        return filters(depth - 1)
    return m.FieldCondition(key=rnd.choice(STRINGS), match=m.MatchValue(value=rnd.choice(WORDS)))


def filters(depth=2):
    clauses = {}
    for name in rnd.sample(["must", "must_not", "should"], rnd.choice([1, 1, 2])):
        clauses[name] = [condition(depth) for _ in range(rnd.randint(1, 2))]
    if rnd.random() < 0.15:
        wanted = rnd.randint(1, 2)
        clauses["min_should"] = m.MinShould(conditions=[condition(depth) for _ in range(wanted + 1)], min_count=wanted)
    return m.Filter(**clauses)


def example(name):
    return (rnd.random() < by_id and rnd.choice(stored(name) or [None])) or vector(name)


def stored(name):
    """Ids of points that have the vector."""
    where = m.Filter(must=[m.HasVectorCondition(has_vector=name)])
    return [p.id for p in local.scroll(C, scroll_filter=where, limit=10**4, with_payload=False)[0]]


def examples(name, least=0):
    return [example(name) for _ in range(rnd.randint(least, 3))]


def pairs(name, least):
    return [m.ContextPair(positive=example(name), negative=example(name)) for _ in range(rnd.randint(least, 3))]


def recommend(name):
    strategy = rnd.choice(list(m.RecommendStrategy))
    least = 1 if strategy == m.RecommendStrategy.AVERAGE_VECTOR else 0
    positive, negative = examples(name, least), examples(name, 1 - least)
    return m.RecommendQuery(recommend=m.RecommendInput(positive=positive, negative=negative, strategy=strategy))


def feedback(name):
    items = [m.FeedbackItem(example=example(name), score=round(rnd.random(), 2)) for _ in range(rnd.randint(1, 3))]
    naive = m.NaiveFeedbackStrategy(naive=m.NaiveFeedbackStrategyParams(a=1.0, b=rnd.choice([0.5, 1.0]), c=rnd.choice([0.3, 1.0])))
    return m.RelevanceFeedbackQuery(relevance_feedback=m.RelevanceFeedbackInput(target=example(name), feedback=items, strategy=naive))


KINDS = ["nearest", "nearest", "recommend", "discover", "context", "feedback", "mmr"]


def query(name, kind=None):
    kind = kind or rnd.choice(KINDS)
    if kind == "feedback" and name not in DENSE:  # local mode knows it for dense vectors only
        kind = "nearest"
    if kind == "nearest":
        return example(name)
    if kind == "recommend":
        return recommend(name)
    if kind == "discover":
        return m.DiscoverQuery(discover=m.DiscoverInput(target=example(name), context=pairs(name, 0)))
    if kind == "context":
        return m.ContextQuery(context=pairs(name, 1))
    if kind == "feedback":
        return feedback(name)
    return m.NearestQuery(nearest=example(name), mmr=m.Mmr(diversity=round(rnd.random(), 2), candidates_limit=rnd.randint(20, 60)))


def expression(depth, scores):
    e = lambda: expression(depth - 1, scores)  # noqa: E731
    if depth == 0 or rnd.random() < 0.2:
        return rnd.choice(
            [
                round(rnd.uniform(-3, 3), 2),
                "$score",
                f"$score[{rnd.randrange(scores)}]",
                "n",
                "price",
                "nest.b.c",
                m.FieldCondition(key="city", match=m.MatchAny(any=WORDS[:3])),
                m.DatetimeExpression(datetime="2024-03-01"),
                m.DatetimeKeyExpression(datetime_key="when"),
                m.GeoDistance(geo_distance=m.GeoDistanceParams(origin=m.GeoPoint(**place()), to="place")),
            ]
        )
    kind = rnd.randrange(12)
    if kind == 0:
        return m.MultExpression(mult=[e() for _ in range(rnd.randint(1, 3))])
    if kind == 1:
        return m.SumExpression(sum=[e() for _ in range(rnd.randint(1, 3))])
    if kind == 2:
        return m.NegExpression(neg=e())
    if kind == 3:
        return m.AbsExpression(abs=e())
    if kind == 4:
        return m.DivExpression(div=m.DivParams(left=e(), right=e(), by_zero_default=1.5))
    if kind == 5:
        return m.SqrtExpression(sqrt=m.AbsExpression(abs=e()))
    if kind == 6:
        return m.PowExpression(pow=m.PowParams(base=e(), exponent=2.0))
    if kind == 7:
        return m.LnExpression(ln=m.SumExpression(sum=[1.5, m.AbsExpression(abs=e())]))
    if kind == 8:
        return m.Log10Expression(log10=m.SumExpression(sum=[1.5, m.AbsExpression(abs=e())]))
    params = m.DecayParamsExpression(x=e(), target=rnd.choice([None, 1.0]), scale=rnd.choice([None, 5.0]), midpoint=rnd.choice([None, 0.3]))
    return [
        m.LinDecayExpression(lin_decay=params),
        m.ExpDecayExpression(exp_decay=params),
        m.GaussDecayExpression(gauss_decay=params),
    ][kind % 3]


DEFAULTS = {"n": 1, "price": 2.5, "nest.b.c": 3, "when": "2024-02-02", "place": {"lon": 1.0, "lat": 2.0}, "$score": 0.25, "$score[0]": 0.25, "$score[1]": 0.5}


def prefetch(depth=1):
    """Examples are vectors: Qdrant leaves an example's id out of the whole tree, local mode of its
    branch. Sparse vectors are searched only: by several examples they tie by the dozen, and a tie
    at the limit is anyone's."""
    name = rnd.choice(DENSE + MULTI + SPARSE)
    kind = "nearest" if name in SPARSE else rnd.choice(["nearest", "recommend", "discover"])
    given = {"query": query(name, kind), "using": name, "limit": rnd.randint(5, 40)}
    if rnd.random() < 0.4:
        given["filter"] = all_of(filters(1))
    if depth > 0 and rnd.random() < 0.3:
        given["prefetch"] = [prefetch(depth - 1) for _ in range(rnd.randint(1, 2))]
    return m.Prefetch(**given)


def all_of(where):
    """Local mode joins the `should` of a request and of its prefetches to one list; this stays apart."""
    return where and m.Filter(must=[where])


def undecided(one, above):
    """Whether hits of a prefetch tie, so that any of them may be the ones that count."""
    where = m.Filter(must=[f for f in (above, one.filter) if f])
    if any(undecided(inner, where) for inner in one.prefetch or []):
        return True
    hits = local.query_points(
        C, prefetch=one.prefetch, query=one.query, using=one.using, query_filter=where, limit=one.limit + 1
    ).points
    return any(abs(a.score - b.score) <= 1e-6 * (1 + abs(a.score)) for a, b in pairwise(hits))


def merged():
    """A query over prefetches, and its `using`."""
    global by_id
    by_id = 0
    prefetches = [prefetch() for _ in range(rnd.randint(1, 3))]
    by_id = 0.5
    kind = rnd.randrange(6)
    name = None
    if kind == 0:
        root = m.FusionQuery(fusion=m.Fusion.RRF)
    elif kind == 1:
        root = m.FusionQuery(fusion=m.Fusion.DBSF)
    elif kind == 2:
        root = m.RrfQuery(rrf=m.Rrf(k=rnd.choice([None, 1, 10, 60]), weights=[round(rnd.uniform(0.1, 3), 1) for _ in prefetches]))
    elif kind == 3:
        root = m.FormulaQuery(formula=expression(2, len(prefetches)), defaults=DEFAULTS)
    elif kind == 4:
        root = m.OrderByQuery(order_by=order_by())
    else:
        name = rnd.choice(DENSE + MULTI + SPARSE)
        root = query(name)
    return {"prefetch": prefetches, "query": root, "using": name}


def order_by():
    key, start = rnd.choice([("n", 3), ("price", 40.5), ("when", "2024-06-01T00:00:00Z")])
    return m.OrderBy(key=key, direction=rnd.choice(list(m.Direction)), start_from=rnd.choice([None, start]))


def selection():
    return {
        "with_payload": rnd.choice(
            [
                True,
                False,
                rnd.sample(SELECTED, 3),
                m.PayloadSelectorInclude(include=rnd.sample(SELECTED, 2)),
                m.PayloadSelectorExclude(exclude=rnd.sample(SELECTED, 3)),
            ]
        ),
        "with_vectors": rnd.choice([True, False, rnd.sample(DENSE + MULTI + SPARSE, 2)]),
    }


def optional(**given):
    return {key: value() for key, value in given.items() if rnd.random() < 0.4}


# ---- how it is compared


def close(a, b):
    return abs(a - b) <= 2e-5 + 1e-4 * max(abs(a), abs(b))


def plain(value):
    """Vectors and payloads as Python values; floats to the digits both sides must share."""
    if isinstance(value, m.SparseVector):
        return {"indices": value.indices, "values": plain(value.values)}
    if isinstance(value, dict):
        return {key: plain(v) for key, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    return round(value, 3) + 0.0 if isinstance(value, float) else value


def nearly(a, b):
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(nearly(a[k], b[k]) for k in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(nearly, a, b))
    if isinstance(a, float) and isinstance(b, float):
        return abs(a - b) <= 2e-3 + 1e-5 * abs(a)
    return type(a) is type(b) and a == b


def different_hits(ours, theirs):
    """What is different between two lists of scored points, or None."""
    if len(ours) != len(theirs):
        return f"{len(ours)} hits, local mode has {len(theirs)}: {[p.id for p in ours]} | {[p.id for p in theirs]}"
    for at, (a, b) in enumerate(zip(ours, theirs)):
        if not close(a.score, b.score):
            return f"score {a.score} of {a.id} at {at}, local mode has {b.score} of {b.id}"
    by_id = {p.id: p for p in theirs}
    ends = [theirs[0].score, theirs[-1].score] if theirs else []
    for a in ours:
        b = by_id.get(a.id)
        if b is None:
            if not any(close(a.score, end) for end in ends):
                return f"hit {a.id} with {a.score} is none in local mode"
        elif not close(a.score, b.score):
            return f"score {a.score} of {a.id}, local mode has {b.score}"
        else:
            told = different_record(a, b)
            if told:
                return told
    return None


def apart(a, b):
    """The deepest part in which two JSON values differ."""
    if isinstance(a, dict) and isinstance(b, dict):
        keys = [key for key in sorted({*a, *b}) if key not in a or key not in b or not nearly(plain(a[key]), plain(b[key]))]
        return ", ".join(f"{key}: {apart(a.get(key, '(absent)'), b.get(key, '(absent)'))}" for key in keys)
    return f"{a} | {b}"


def different_record(a, b):
    if not nearly(plain(a.payload), plain(b.payload)):
        return f"payload of {a.id}: " + apart(a.payload, b.payload)
    if not nearly(plain(a.vector), plain(b.vector)):
        return f"vectors of {a.id}: {a.vector} | {b.vector}"
    return None


def different_records(ours, theirs):
    if [p.id for p in ours] != [p.id for p in theirs]:
        return f"ids {[p.id for p in ours]} | {[p.id for p in theirs]}"
    return next((told for told in map(different_record, ours, theirs) if told), None)


def different_groups(ours, theirs):
    a, b = ours.groups, theirs.groups
    if len(a) != len(b):
        return f"{len(a)} groups {[g.id for g in a]}, local mode has {[g.id for g in b]}"
    by_id = {g.id: g for g in b}
    for group in a:
        other = by_id.get(group.id)
        if other is None:
            if not close(group.hits[0].score, b[-1].hits[0].score):
                return f"group {group.id!r} is none in local mode: {[g.id for g in b]}"
        else:
            told = different_hits(group.hits, other.hits)
            if told:
                return f"group {group.id!r}: {told}"
    return None


def different_orders(ours, theirs):
    """Ordered scrolls: the same values in the same order, ties in any."""
    a, b = [p.order_value for p in ours], [p.order_value for p in theirs]
    return None if a == b else f"order values {a} | {b}"


def equal(ours, theirs):
    return None if ours == theirs else f"{ours} | {theirs}"


def ask(title, call, compare):
    asked[title] += 1
    try:
        ours, refused = call(server), None
    except Exception as error:  # a refusal is an answer; it is compared, too
        ours, refused = None, " ".join(str(error).split())[:300]
    try:
        theirs, refused_locally = call(local), None
    except Exception as error:
        theirs, refused_locally = None, f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
    if refused or refused_locally:
        told = None if refused and refused_locally else f"refused: {refused} | {refused_locally}"
    else:
        told = compare(ours, theirs)
    if told:
        differences[title] += 1
        print(f"DIFF  {title[:300]}: {told}"[:700])
    return told


# ---- one collection


def create():
    params = {
        "cos": m.VectorParams(size=SIZES["cos"], distance=m.Distance.COSINE),
        "dot": m.VectorParams(size=SIZES["dot"], distance=m.Distance.DOT),
        "euc": m.VectorParams(size=SIZES["euc"], distance=m.Distance.EUCLID),
        "man": m.VectorParams(size=SIZES["man"], distance=m.Distance.MANHATTAN),
    }
    max_sim = m.MultiVectorConfig(comparator=m.MultiVectorComparator.MAX_SIM)
    for name, distance in (("mcos", m.Distance.COSINE), ("mdot", m.Distance.DOT), ("meuc", m.Distance.EUCLID)):
        params[name] = m.VectorParams(size=SIZES[name], distance=distance, multivector_config=max_sim)
    words = {"sparse": m.SparseVectorParams(), "idf": m.SparseVectorParams(modifier=m.Modifier.IDF)}
    for client in (server, local):
        for name in (C, OTHER):
            client.delete_collection(name)
            client.create_collection(name, vectors_config=params, sparse_vectors_config=words)
    points = [point(i if i % 5 else str(uuid.UUID(int=i * 2**96 + i))) for i in range(rnd.randint(150, 400))]
    others = [point(i) for i in range(50)]
    for client in (server, local):
        client.upload_points(C, points, batch_size=50, wait=True)
        client.upload_points(OTHER, others, wait=True)
    for path, schema in INDEXES.items():
        server.create_payload_index(C, path, schema, wait=True)


def same_state():
    def everything(client):
        return client.scroll(C, limit=1000, with_payload=True, with_vectors=True)[0]

    return ask("state", everything, different_records)


def change():
    """One random change of points: a title and what to call."""
    kind = rnd.randrange(10)
    some_points = [point() for _ in range(rnd.randint(1, 5))]
    # A null deletes the key in Qdrant's set_payload; local mode keeps it.
    fields = {key: value for key, value in payload().items() if rnd.random() < 0.4 and value is not None}
    ids = [p.id for p in local.scroll(C, limit=1000, with_payload=False)[0]]
    known = rnd.sample(ids, min(len(ids), rnd.randint(1, 4)))
    if kind == 0:
        return "upsert", lambda c: c.upsert(C, some_points)
    if kind == 1:
        where, mode = filters(1), rnd.choice([None, *m.UpdateMode])
        return f"conditional upsert {mode}", lambda c: c.upsert(C, some_points, update_filter=where, update_mode=mode)
    selector = rnd.choice([known, filters(1)])
    chosen = told_plainly(selector)
    if kind == 2:
        key = rnd.choice([None, None, "nest", "nest.b", "items[0]", "items[]", "new.deep", 'nest."d d"', "odd"])
        return f"set_payload at {key} {chosen}", lambda c: c.set_payload(C, fields, points=selector, key=key)
    if kind == 3:
        return f"overwrite_payload {chosen}", lambda c: c.overwrite_payload(C, fields, points=selector)
    if kind == 4:
        keys = rnd.sample(PATHS, 2)
        return f"delete_payload {keys} {chosen}", lambda c: c.delete_payload(C, keys, points=selector)
    if kind == 5:
        return "clear_payload", lambda c: c.clear_payload(C, known)
    if kind == 6:
        changed = [m.PointVectors(id=i, vector=vectors(0) or {"cos": vector("cos")}) for i in known]
        return "update_vectors", lambda c: c.update_vectors(C, changed)
    if kind == 7:
        names = rnd.sample(DENSE + MULTI + SPARSE, 2)
        return f"delete_vectors {chosen}", lambda c: c.delete_vectors(C, names, selector)
    if kind == 8:
        where = m.Filter(must=[filters(1), m.HasIdCondition(has_id=rnd.sample(ids, min(len(ids), 20)))])
        gone = rnd.choice([known, where])
        return f"delete {told_plainly(gone)}", lambda c: c.delete(C, gone)
    operations = [
        m.UpsertOperation(upsert=m.PointsList(points=some_points)),
        m.SetPayloadOperation(set_payload=m.SetPayload(payload=fields, points=known)),
        m.DeletePayloadOperation(delete_payload=m.DeletePayload(keys=["tags", "nest.b"], points=known)),
        m.DeleteVectorsOperation(delete_vectors=m.DeleteVectors(vector=["cos"], points=known)),
        m.OverwritePayloadOperation(overwrite_payload=m.SetPayload(payload=fields, filter=filters(1))),
        m.DeleteOperation(delete=m.PointIdsList(points=known[:1])),
    ]
    picked = rnd.sample(operations, 3)
    picked.sort(key=lambda o: isinstance(o, m.DeleteOperation))
    return "batch_update_points", lambda c: c.batch_update_points(C, picked)


def told_plainly(value):
    return value.model_dump_json(exclude_none=True) if hasattr(value, "model_dump_json") else str(value)


def question():
    where = rnd.choice([None, filters()])
    if where and ask(f"count {told_plainly(where)}", lambda c: c.count(C, count_filter=where).count, equal):
        return
    limit, offset = rnd.randint(1, 30), rnd.choice([0, 0, 3])
    kind = rnd.randrange(12)
    if kind <= 3:
        name = rnd.choice(DENSE + MULTI + SPARSE)
        sort = rnd.choice(KINDS)
        asked_for = query(name, sort)
        chosen = selection()
        more = optional(score_threshold=lambda: round(rnd.uniform(-1, 2), 2))
        ask(
            f"{sort} {told_plainly(asked_for)} {name} {more} {where and told_plainly(where)}",
            lambda c: c.query_points(C, query=asked_for, using=name, query_filter=where, limit=limit, offset=offset, **chosen, **more).points,
            different_hits,
        )
    elif kind <= 5:
        where = all_of(where)
        tree = merged()
        while any(undecided(one, where) for one in tree["prefetch"]):
            tree = merged()
        root = tree["query"]
        compare = different_hits
        title = f"prefetch {[told_plainly(p) for p in tree['prefetch']]} {tree['using']} then {told_plainly(root)}"
        if isinstance(root, m.OrderByQuery):
            compare = lambda a, b: equal(len(a), len(b))  # noqa: E731
        ask(title, lambda c: c.query_points(C, query_filter=where, limit=limit, offset=offset, **tree).points, compare)
    elif kind == 6:
        name = rnd.choice(DENSE + MULTI + SPARSE)
        by = rnd.choice(["city", "n", "tags", "items[].word", "flag", "numbers", "odd", "nest.b.c", "missing", "uid"])
        asked_for = query(name, rnd.choice(["nearest", "recommend", "discover"]))
        look = rnd.choice([None, OTHER, m.WithLookup(collection=OTHER, with_payload=["city"], with_vectors=["dot"])])
        ask(
            f"groups by {by} {name}",
            lambda c: c.query_points_groups(
                C, group_by=by, query=asked_for, using=name, query_filter=where, limit=limit, group_size=3, with_payload=True, with_lookup=look
            ),
            different_groups,
        )
    elif kind == 7:
        start = rnd.choice([None, point_id()])
        chosen = selection()
        ask(f"scroll {chosen}", lambda c: c.scroll(C, scroll_filter=where, limit=limit, offset=start, **chosen), lambda a, b: different_records(a[0], b[0]) or equal(a[1], b[1]))
    elif kind == 8:
        order = order_by()
        ask(f"scroll {order}", lambda c: c.scroll(C, scroll_filter=where, limit=limit, order_by=order)[0], different_orders)
    elif kind <= 10:
        key = rnd.choice(["city", "n", "tags", "flag", "uid"])
        ask(f"facet {key}", lambda c: sorted((str(h.value), h.count) for h in c.facet(C, key, facet_filter=where, limit=100, exact=True).hits), equal)
    else:
        ids = list(dict.fromkeys(point_id() for _ in range(rnd.randint(0, 10))))
        chosen = selection()
        ask(f"retrieve {chosen}", lambda c: c.retrieve(C, ids, **chosen), different_records)


def round_of(changes, questions):
    create()
    if same_state():
        return
    for _ in range(changes):
        title, call = change()
        ask(title, call, lambda a, b: None)
        if same_state():
            print(f"      … after {title}")
            return
        for _ in range(questions):
            question()


def main():
    for number in range(ROUNDS):
        rnd.seed(SEED + number)
        before = sum(differences.values())
        round_of(12, 12)
        if sum(differences.values()) > before:
            print(f"      … again with: congruence.py {URL} {SEED + number} 1")
    for client in (server, local):
        for name in (C, OTHER):
            client.delete_collection(name)
    print(f"{sum(asked.values())} calls, {sum(differences.values())} differences, seed {SEED}")
    sys.exit(1 if differences else 0)


if __name__ == "__main__":
    main()
