"""The steps of a user of qdrant-client (REST) against a running server: python tour.py URL

One line per step on stdout; exit 1 if one failed or the client warned.
"""

import math
import sys
import warnings

from qdrant_client import QdrantClient, models
from qdrant_client.common.client_exceptions import ResourceExhaustedResponse
from qdrant_client.http.exceptions import UnexpectedResponse

URL = sys.argv[1]
C, HYBRID, MULTI, OTHER, COLUMNS = "py-tour", "py-hybrid", "py-multi", "py-other", "py-columns"
CITIES = ["Berlin", "London", "Moscow"]
failed = 0
warned = []
warnings.showwarning = lambda message, *_: warned.append(str(message))
warnings.simplefilter("always")
client = QdrantClient(url=URL)


def step(title):
    def run(body):
        global failed
        try:
            body()
            print(f"ok    {title}")
        except Exception as error:  # each step is told, whatever happens in it
            failed += 1
            print(f"FAIL  {title} — {type(error).__name__}: {' '.join(str(error).split())[:300]}")

    return run


def refused(status, text, call):
    try:
        call()
    except UnexpectedResponse as error:
        assert error.status_code == status, error
        assert text in error.content.decode(), error.content
        return
    raise AssertionError(f"answered, where {status} was expected")


def vector(i):
    angle = i / 100 * math.pi / 2
    return [math.cos(angle), math.sin(angle), 0.0, 0.0]


def point(i):
    payload = {
        "n": i,
        "city": CITIES[i % 3],
        "text": f"the {'quick' if i % 2 else 'lazy'} fox number {i}",
        "when": f"2026-01-{i % 28 + 1:02}T00:00:00Z",
    }
    return models.PointStruct(id=i, vector=vector(i), payload=payload)


def ids(points):
    return [p.id for p in points]


def where(key, value):
    return models.Filter(
        must=[models.FieldCondition(key=key, match=models.MatchValue(value=value))]
    )


for name in (C, HYBRID, MULTI, OTHER, COLUMNS):
    client.delete_collection(name)


@step("exists, get of an unknown collection")
def _():
    assert client.collection_exists(C) is False
    refused(404, f"Not found: Collection `{C}` doesn't exist!", lambda: client.get_collection(C))


@step("create, create again, info")
def _():
    params = models.VectorParams(size=4, distance=models.Distance.COSINE)
    assert client.create_collection(C, vectors_config=params, metadata={"owner": "tour"})
    refused(409, "already exists!", lambda: client.create_collection(C, vectors_config=params))
    info = client.get_collection(C)
    assert info.status == models.CollectionStatus.GREEN
    assert info.config.params.vectors.size == 4
    assert info.config.metadata == {"owner": "tour"}


@step("upsert 100, upload 200 more in batches")
def _():
    result = client.upsert(C, [point(i) for i in range(100)])
    assert result.status == models.UpdateStatus.COMPLETED
    client.upload_points(C, [point(i) for i in range(100, 300)], batch_size=64, wait=True)
    assert client.count(C).count == 300
    client.delete(C, models.Filter(must=[models.FieldCondition(key="n", range=models.Range(gt=100))]))
    assert client.count(C).count == 101


@step("wrong dimension")
def _():
    refused(
        400,
        "Vector dimension error: expected dim: 4, got 3",
        lambda: client.upsert(C, [models.PointStruct(id=1, vector=[1, 2, 3])]),
    )


@step("ids: the largest, and a UUID")
def _():
    hexed = "98a9a4b14ef246fb8315a97d874fe1d7"
    for i in (2**64 - 1, hexed):
        client.upsert(C, [models.PointStruct(id=i, vector=vector(0))])
    got = ids(client.retrieve(C, [2**64 - 1, hexed]))
    assert got == [2**64 - 1, "98a9a4b1-4ef2-46fb-8315-a97d874fe1d7"], got
    client.delete(C, [2**64 - 1, hexed])


@step("retrieve, scroll, count")
def _():
    got = client.retrieve(C, [7, 3, 4711], with_vectors=True)
    assert ids(got) == [7, 3] and abs(got[0].vector[0] - vector(7)[0]) < 1e-6
    seen, offset = [], None
    while True:
        page, offset = client.scroll(C, limit=30, offset=offset)
        seen += ids(page)
        if offset is None:
            break
    assert seen == list(range(101))
    assert client.count(C, count_filter=where("city", "London"), exact=True).count == 34


@step("query by vector, by id, with filter and threshold")
def _():
    points = client.query_points(C, query=vector(50), limit=3).points
    assert points[0].id == 50 and abs(points[0].score - 1) < 1e-5
    assert 50 not in ids(client.query_points(C, query=50, limit=3).points)
    hits = client.query_points(C, query=vector(50), query_filter=where("city", "Berlin"), limit=2)
    assert ids(hits.points) == [51, 48]
    assert all(
        p.score > 0.9
        for p in client.query_points(C, query=vector(0), score_threshold=0.9, limit=999999999).points
    )


@step("batch of queries")
def _():
    requests = [models.QueryRequest(query=vector(i), limit=2) for i in (10, 20)]
    assert [r.points[0].id for r in client.query_batch_points(C, requests)] == [10, 20]


@step("payload indexes")
def _():
    client.create_payload_index(C, "city", models.PayloadSchemaType.KEYWORD)
    client.create_payload_index(
        C,
        "text",
        models.TextIndexParams(type="text", tokenizer=models.TokenizerType.WORD, lowercase=True),
    )
    client.create_payload_index(C, "n", models.IntegerIndexParams(type="integer", range=True, lookup=True))
    schema = client.get_collection(C).payload_schema
    assert schema["city"].points == 101 and schema["text"].params.lowercase


@step("facet")
def _():
    hits = client.facet(C, "city", exact=True).hits
    assert [(h.value, h.count) for h in hits] == [("Berlin", 34), ("London", 34), ("Moscow", 33)]


@step("order_by")
def _():
    page, _next = client.scroll(C, order_by=models.OrderBy(key="n", direction="desc"), limit=3)
    assert ids(page) == [100, 99, 98]


@step("payload: set, overwrite, delete, clear")
def _():
    def payload():
        return client.retrieve(C, [1])[0].payload

    client.set_payload(C, {"extra": 1}, points=[1])
    assert payload()["extra"] == 1
    client.delete_payload(C, ["extra"], points=[1])
    assert "extra" not in payload()
    client.overwrite_payload(C, {"only": True}, points=models.Filter(must=[models.HasIdCondition(has_id=[1])]))
    assert payload() == {"only": True}
    client.clear_payload(C, [1])
    assert payload() == {}
    client.upsert(C, [point(1)])


@step("vectors: update, delete")
def _():
    client.update_vectors(C, [models.PointVectors(id=2, vector=vector(90))])
    client.delete_vectors(C, [""], [2])
    assert client.retrieve(C, [2], with_vectors=True)[0].vector == {}
    client.upsert(C, [point(2)])


@step("batch update, conditional upsert")
def _():
    results = client.batch_update_points(
        C,
        [
            models.UpsertOperation(upsert=models.PointsList(points=[point(200)])),
            models.SetPayloadOperation(
                set_payload=models.SetPayload(payload={"batch": "yes"}, points=[200])
            ),
            models.DeleteOperation(delete=models.PointIdsList(points=[199])),
        ],
    )
    assert [r.status for r in results] == [models.UpdateStatus.COMPLETED] * 3
    assert client.retrieve(C, [200])[0].payload["batch"] == "yes"
    client.delete(C, [200])
    other = models.PointStruct(id=3, vector=vector(3), payload={"replaced": True})
    client.upsert(C, [other], update_filter=where("n", 4711))
    assert client.retrieve(C, [3])[0].payload["n"] == 3


@step("groups")
def _():
    groups = client.query_points_groups(C, "city", query=vector(0), group_size=2, limit=3).groups
    assert [g.id for g in groups] == CITIES and ids(groups[0].hits) == [0, 3]


@step("recommend, discover, context")
def _():
    recommend = models.RecommendQuery(recommend=models.RecommendInput(positive=[10], negative=[90]))
    assert 10 not in ids(client.query_points(C, query=recommend, limit=3).points)
    context = [models.ContextPair(positive=40, negative=90)]
    discover = models.DiscoverQuery(discover=models.DiscoverInput(target=vector(50), context=context))
    assert len(client.query_points(C, query=discover, limit=3).points) == 3
    assert len(client.query_points(C, query=models.ContextQuery(context=context), limit=3).points) == 3


@step("dense and sparse, RRF and DBSF over prefetches")
def _():
    client.create_collection(
        HYBRID,
        vectors_config={"dense": models.VectorParams(size=4, distance=models.Distance.DOT)},
        sparse_vectors_config={"words": models.SparseVectorParams(modifier=models.Modifier.IDF)},
    )
    points = [
        models.PointStruct(
            id=i,
            vector={
                "dense": vector(i * 20),
                "words": models.SparseVector(indices=[i, 7], values=[1.0, 0.5]),
            },
        )
        for i in (1, 2, 3)
    ]
    client.upsert(HYBRID, points)
    words = models.SparseVector(indices=[1], values=[1.0])
    for fusion in (models.Fusion.RRF, models.Fusion.DBSF):
        hits = client.query_points(
            HYBRID,
            prefetch=[
                models.Prefetch(query=vector(20), using="dense", limit=3),
                models.Prefetch(query=words, using="words", limit=3),
            ],
            query=models.FusionQuery(fusion=fusion),
        ).points
        assert hits[0].id == 1, hits


@step("multivector with max_sim")
def _():
    params = models.VectorParams(
        size=2,
        distance=models.Distance.DOT,
        multivector_config=models.MultiVectorConfig(comparator=models.MultiVectorComparator.MAX_SIM),
    )
    client.create_collection(MULTI, vectors_config=params)
    client.upsert(
        MULTI,
        [
            models.PointStruct(id=1, vector=[[1.0, 0.0], [0.0, 1.0]]),
            models.PointStruct(id=2, vector=[[0.5, 0.5]]),
        ],
    )
    points = client.query_points(MULTI, query=[[1.0, 0.0], [0.0, 1.0]]).points
    assert [(p.id, p.score) for p in points] == [(1, 2), (2, 1)]


@step("formula over a prefetch")
def _():
    formula = models.FormulaQuery(
        formula=models.SumExpression(sum=["$score", models.MultExpression(mult=[0.01, "n"])])
    )
    hits = client.query_points(C, prefetch=models.Prefetch(query=vector(50), limit=5), query=formula).points
    assert hits[0].id == 52, hits


@step("aliases, change of the configuration")
def _():
    create = models.CreateAlias(collection_name=C, alias_name="py-now")
    client.update_collection_aliases([models.CreateAliasOperation(create_alias=create)])
    assert client.count("py-now").count == 101
    delete = models.DeleteAlias(alias_name="py-now")
    client.update_collection_aliases([models.DeleteAliasOperation(delete_alias=delete)])
    client.update_collection(C, hnsw_config=models.HnswConfigDiff(m=24))
    assert client.get_collection(C).config.hnsw_config.m == 24


@step("distance matrix")
def _():
    assert client.search_matrix_pairs(C, sample=10, limit=2).pairs
    assert client.search_matrix_offsets(C, sample=10, limit=2).scores


@step("ordered scroll, page by page")
def _():
    seen, start = [], None
    while len(seen) < 101:
        order = models.OrderBy(key="n", direction="desc", start_from=start)
        rest = models.Filter(must_not=[models.HasIdCondition(has_id=seen)])
        page, following = client.scroll(C, scroll_filter=rest, order_by=order, limit=40)
        assert page and following is None
        seen, start = seen + ids(page), page[-1].payload["n"]
    assert seen == list(range(100, -1, -1)), seen


@step("groups with points of another collection, weights of a fusion")
def _():
    params = models.VectorParams(size=1, distance=models.Distance.DOT)
    client.create_collection(OTHER, vectors_config=params)
    client.upsert(OTHER, [models.PointStruct(id=5, vector=[1.0], payload={"five": True})])
    look = models.WithLookup(collection=OTHER, with_payload=True)
    groups = client.query_points_groups(C, "n", query=vector(5), limit=1, with_lookup=look).groups
    assert groups[0].lookup.payload == {"five": True}, groups
    prefetch = [models.Prefetch(query=vector(i), limit=2) for i in (10, 90)]
    for weights, first in (([3.0, 1.0], 10), ([1.0, 3.0], 90)):
        query = models.RrfQuery(rrf=models.Rrf(k=60, weights=weights))
        assert client.query_points(C, prefetch=prefetch, query=query).points[0].id == first


@step("upload of columns, a named vector added and removed, migration")
def _():
    params = {"a": models.VectorParams(size=2, distance=models.Distance.DOT)}
    client.create_collection(COLUMNS, vectors_config=params)
    client.upload_collection(
        COLUMNS,
        vectors=[{"a": [i, 1.0]} for i in range(250)],
        payload=[{"n": i} for i in range(250)],
        ids=range(250),
        batch_size=100,
        wait=True,
    )
    assert client.query_points(COLUMNS, query=[1.0, 0.0], using="a").points[0].id == 249
    added = models.DenseVectorNameConfig(dense=models.DenseVectorConfig(size=3, distance=models.Distance.COSINE))
    client.create_vector_name(COLUMNS, "b", added)
    client.update_vectors(COLUMNS, [models.PointVectors(id=7, vector={"b": [0.0, 2.0, 0.0]})])
    having = models.Filter(must=[models.HasVectorCondition(has_vector="b")])
    assert client.count(COLUMNS, count_filter=having).count == 1
    assert client.retrieve(COLUMNS, [7], with_vectors=True)[0].vector == {"a": [7, 1], "b": [0, 1, 0]}
    client.delete_vector_name(COLUMNS, "b")
    assert client.retrieve(COLUMNS, [7], with_vectors=True)[0].vector == {"a": [7, 1]}
    memory = QdrantClient(":memory:")
    client.migrate(memory, [COLUMNS], batch_size=64)
    client.delete_collection(COLUMNS)
    memory.migrate(client, [COLUMNS], batch_size=64)
    assert client.count(COLUMNS).count == memory.count(COLUMNS).count == 250


@step("a rate limit, and when to come again")
def _():
    client.update_collection(
        COLUMNS, strict_mode_config=models.StrictModeConfig(enabled=True, read_rate_limit=2)
    )
    try:
        for _ in range(4):
            client.retrieve(COLUMNS, [1])
        raise AssertionError("no limit")
    except ResourceExhaustedResponse as error:
        assert 0 < error.retry_after_s <= 60, error.retry_after_s


@step("snapshots")
def _():
    made = client.create_snapshot(C)
    assert made.name in [s.name for s in client.list_snapshots(C)]
    assert client.delete_snapshot(C, made.name)


@step("delete by an empty filter, delete the collection twice")
def _():
    client.delete(C, models.Filter(must=[]))
    assert client.count(C).count == 0
    assert client.delete_collection(C) is True
    assert client.delete_collection(C) is False


for name in (HYBRID, MULTI, OTHER, COLUMNS):
    client.delete_collection(name)
if warned:
    failed += 1
    print("FAIL  the client warned: " + " | ".join(warned))
print("all steps passed" if failed == 0 else f"{failed} failed")
sys.exit(0 if failed == 0 else 1)
