"""Other engines, asked by `millrace bench-engine` over standard input and output.

One JSON object a line goes in, one comes back. Engines take their turns between ours, so that a
noisy moment hits all of them; each measures the CPU time of its own process around its searches.

  {"list": true}                                                 names of the engines that are here
  {"build": NAME}                                                CPU seconds of the build
  {"ask": NAME, "ef": N, "threads": N, "passes": N}              microseconds a query, ids found
  {"accept": FILE, "queries": N}                                 the first N queries have a filter
  {"filtered": NAME, "ef": N, "passes": N}                       the same under those filters

A file of filters has for each query one byte per row, 1 where it matches.
"""

import json
import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

ROWS, DIMENSION, QUERIES, M, EF_CONSTRUCT = (
    sys.argv[1],
    int(sys.argv[2]),
    sys.argv[3],
    int(sys.argv[4]),
    int(sys.argv[5]),
)
K = 10
rows = np.fromfile(ROWS, dtype="<f4").reshape(-1, DIMENSION)
queries = np.fromfile(QUERIES, dtype="<f4").reshape(-1, DIMENSION)


class Hnswlib:
    """float32, dot product of normalised rows; built with -march=native by scripts/bench."""

    def __init__(self):
        import hnswlib

        self.index = hnswlib.Index(space="ip", dim=DIMENSION)

    def build(self):
        self.index.init_index(max_elements=len(rows), M=M, ef_construction=EF_CONSTRUCT)
        self.index.set_num_threads(1)
        self.index.add_items(rows)

    def ask(self, ef, threads):
        self.index.set_ef(ef)
        self.index.set_num_threads(threads)
        return self.index.knn_query(queries, k=K, num_threads=threads)[0]


class Faiss:
    """float32 HNSW."""

    def __init__(self):
        import faiss

        self.faiss = faiss
        self.index = faiss.IndexHNSWFlat(DIMENSION, M, faiss.METRIC_INNER_PRODUCT)
        self.index.hnsw.efConstruction = EF_CONSTRUCT

    def build(self):
        self.faiss.omp_set_num_threads(1)
        self.index.add(rows)

    def ask(self, ef, threads):
        self.faiss.omp_set_num_threads(threads)
        self.index.hnsw.efSearch = ef
        return self.index.search(queries, K)[1]

    def accept(self, accepted):
        self.bits = [np.packbits(each, bitorder="little") for each in accepted]
        self.filters = [self.faiss.IDSelectorBitmap(bits) for bits in self.bits]

    def ask_filtered(self, ef):
        self.faiss.omp_set_num_threads(1)
        params = [self.faiss.SearchParametersHNSW(sel=f, efSearch=ef) for f in self.filters]
        started = usage()
        found = [
            self.index.search(queries[i : i + 1], K, params=params[i])[1][0]
            for i in range(len(params))
        ]
        self.measured = tuple(b - a for a, b in zip(started, usage()))
        return found


class Usearch:
    """int8 rows, the best 24 of a search decided by float32 rows."""

    RESCORED = 24

    def __init__(self):
        from usearch.index import Index

        self.index = Index(
            ndim=DIMENSION,
            metric="ip",
            dtype="i8",
            connectivity=M,
            expansion_add=EF_CONSTRUCT,
        )

    def build(self):
        self.index.add(np.arange(len(rows)), rows, threads=1)

    def ask(self, ef, threads):
        self.index.expansion_search = ef
        found = self.index.search(queries, self.RESCORED, threads=threads).keys.astype(np.int64)
        exact = np.einsum("qkd,qd->qk", rows[found], queries)
        order = np.argsort(-exact, axis=1)[:, :K]
        return np.take_along_axis(found, order, axis=1)


class QdrantEdge:
    """Qdrant's engine in this process: int8 rows in memory, rescored; one segment.

    A filter is a condition on a payload field with an index, which has the numbers of the queries
    that a row matches. It comes after the graph, which has no links made for it.
    """

    def __init__(self):
        import qdrant_edge as q

        self.q = q
        self.folder = tempfile.mkdtemp(prefix="peer-qdrant-")
        self.shard = q.EdgeShard.create(
            self.folder,
            q.EdgeConfig(
                vectors=q.EdgeVectorParams(size=DIMENSION, distance=q.Distance.Dot),
                hnsw_config=q.HnswIndexConfig(M, EF_CONSTRUCT, 10, max_indexing_threads=1),
                quantization_config=q.ScalarQuantizationConfig(q.ScalarType.Int8, always_ram=True),
                optimizers=q.EdgeOptimizersConfig(
                    default_segment_number=1, max_segment_size=1 << 30, indexing_threshold=1
                ),
                max_search_threads=2,
            ),
        )

    def build(self):
        q = self.q
        for start in range(0, len(rows), 1000):
            points = [
                q.Point(i, rows[i].tolist(), None)
                for i in range(start, min(start + 1000, len(rows)))
            ]
            self.shard.update(q.UpdateOperation.upsert_points(points))
        while self.shard.optimize():
            pass
        self.lists = [v.tolist() for v in queries]

    def ask(self, ef, threads):
        return np.array(self.search(ef, [None] * len(self.lists), threads))

    def accept(self, accepted):
        q = self.q
        field = q.PayloadSchemaType.Integer
        self.shard.update(q.UpdateOperation.delete_field_index("queries"))
        for row in range(len(rows)):
            numbers = np.flatnonzero(accepted[:, row]).tolist()
            self.shard.update(q.UpdateOperation.overwrite_payload([row], {"queries": numbers}))
        self.shard.update(q.UpdateOperation.create_field_index("queries", field))
        self.filters = [
            q.Filter(must=[q.FieldCondition("queries", match=q.MatchValue(i))])
            for i in range(len(accepted))
        ]

    def ask_filtered(self, ef):
        return self.search(ef, self.filters)

    def search(self, ef, filters, threads=1):
        q = self.q
        params = q.SearchParams(
            hnsw_ef=ef, quantization=q.QuantizationSearchParams(rescore=True, oversampling=2.4)
        )
        requests = [
            q.SearchRequest(query=q.Query.Nearest(v), limit=K, params=params, filter=f)
            for v, f in zip(self.lists, filters)
        ]
        one = lambda r: [hit.id for hit in self.shard.search(r)]
        if threads == 1:
            started = usage()
            found = [one(r) for r in requests]
        else:
            with ThreadPoolExecutor(threads) as pool:
                started = usage()
                found = list(pool.map(one, requests))
        self.measured = tuple(b - a for a, b in zip(started, usage()))
        return found


ENGINES = {
    "hnswlib": Hnswlib,
    "faiss": Faiss,
    "usearch-i8": Usearch,
    "qdrant-edge-i8": QdrantEdge,
}
made = {}


def usage():
    return time.process_time(), time.perf_counter()


def available():
    for name, kind in list(ENGINES.items()):
        try:
            made[name] = kind()
        except Exception as missing:  # an engine that cannot be had is left out and said so
            print(f"{name} is left out: {missing}", file=sys.stderr)
    return list(made)


def accept(file, count):
    accepted = np.fromfile(file, dtype=np.uint8).reshape(count, len(rows))
    for engine in filtering():
        made[engine].accept(accepted)
    return {}


def filtering():
    return [name for name, engine in made.items() if hasattr(engine, "ask_filtered")]


def ask(engine, search, passes):
    cpu = wall = 0.0
    for _ in range(passes):
        engine.measured = None
        started = usage()
        found = search()
        spent = engine.measured or tuple(b - a for a, b in zip(started, usage()))
        cpu += spent[0]
        wall += spent[1]
    each = 1e6 / (passes * len(found))
    ids = [[int(id) for id in of if id >= 0] for of in found]  # faiss fills up with -1
    return {"cpu_us": cpu * each, "wall_us": wall * each, "found": ids}


def answer(request):
    if "list" in request:
        return {"engines": available(), "filtering": filtering(), "pid": os.getpid()}
    if "build" in request:
        started = usage()
        made[request["build"]].build()
        return {"cpu_seconds": usage()[0] - started[0]}
    if "accept" in request:
        return accept(request["accept"], request["queries"])
    if "filtered" in request:
        engine = made[request["filtered"]]
        return ask(engine, lambda: engine.ask_filtered(request["ef"]), request["passes"])
    engine = made[request["ask"]]
    return ask(engine, lambda: engine.ask(request["ef"], request["threads"]), request["passes"])


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
