// The 40 steps of a user of @qdrant/js-client-rest against a running server:
//   node tour.mjs URL MODULE_FOLDER [KEYED_URL FULL_KEY READ_KEY]
// One line per step on stdout; exit 1 if one failed. KEYED_URL is a server that asks for keys.
import assert from 'node:assert/strict';
import {createRequire} from 'node:module';
import {pathToFileURL} from 'node:url';

const [url, modules, keyedUrl, fullKey, readKey] = process.argv.slice(2);
const require = createRequire(pathToFileURL(modules + '/'));
const {QdrantClient} = require('@qdrant/js-client-rest');

const warnings = [];
console.warn = (...words) => {
  const text = words.join(' ');
  // Said for every key over http, which is what step 38 does.
  if (!text.includes('unsecure connection')) warnings.push(text);
};
const client = new QdrantClient({url});
const C = 'tour';
const HYBRID = 'tour-hybrid';
const MULTI = 'tour-multi';
let failed = 0;

async function step(number, title, body) {
  try {
    const note = await body();
    console.log(`${String(number).padStart(2)} ok    ${title}${note ? ' — ' + note : ''}`);
  } catch (error) {
    failed++;
    const data = error.data ? JSON.stringify(error.data) : '';
    console.log(`${String(number).padStart(2)} FAIL  ${title} — ${error.message?.replace(/\s+/g, ' ').slice(0, 200)} ${data}`);
  }
}

async function refused(status, text, call) {
  try {
    await call();
  } catch (error) {
    assert.equal(error.status, status, JSON.stringify(error.data ?? error.message));
    assert.match(JSON.stringify(error.data ?? error.message), text);
    return;
  }
  assert.fail(`answered, where ${status} was expected`);
}

const ids = (points) => points.map((point) => point.id);
const close = (a, b) => assert.ok(Math.abs(a - b) < 1e-5, `${a} is not ${b}`);
const cities = ['Berlin', 'London', 'Moscow'];

/** Point i lies at angle i/64 of a quarter circle in the first two of four dimensions. */
function vector(i) {
  const angle = (i / 100) * (Math.PI / 2);
  return [Math.cos(angle), Math.sin(angle), 0, 0];
}

function point(i) {
  return {
    id: i,
    vector: vector(i),
    payload: {
      n: i,
      city: cities[i % 3],
      text: `the ${i % 2 ? 'quick' : 'lazy'} fox number ${i}`,
      when: `2026-01-${String((i % 28) + 1).padStart(2, '0')}T00:00:00Z`,
      place: {lon: i / 10, lat: 50},
      list: [{a: i % 5, b: i % 2}],
    },
  };
}

for (const name of [C, HYBRID, MULTI, 'tour-restored']) await client.deleteCollection(name);

await step(1, 'root and version, no warning', async () => {
  const info = await client.versionInfo();
  assert.equal(info.title, 'qdrant - vector search engine');
  assert.match(info.version, /^1\.\d+\.\d+$/);
  assert.equal(info.commit.length, 40);
  await new Promise((done) => setImmediate(done));
  assert.deepEqual(warnings, []);
});
await step(2, 'list of collections', async () => {
  assert.ok(!(await client.getCollections()).collections.some((c) => c.name === C));
});
await step(3, 'exists is false', async () => {
  assert.equal((await client.collectionExists(C)).exists, false);
});
await step(4, 'get of an unknown collection', () =>
  refused(404, /Not found: Collection `tour` doesn't exist!/, () => client.getCollection(C)));
await step(5, 'create cosine, dimension 4', async () => {
  assert.equal(await client.createCollection(C, {vectors: {size: 4, distance: 'Cosine'}, metadata: {owner: 'tour'}}), true);
});
await step(6, 'create again', () =>
  refused(409, /Wrong input: Collection `tour` already exists!/, () =>
    client.createCollection(C, {vectors: {size: 4, distance: 'Cosine'}})));
await step(7, 'info is green', async () => {
  const info = await client.getCollection(C);
  assert.equal(info.status, 'green');
  assert.deepEqual(info.config.params.vectors, {size: 4, distance: 'Cosine'});
  assert.deepEqual(info.config.metadata, {owner: 'tour'});
});
await step(8, 'upsert 100 points, wait', async () => {
  const points = Array.from({length: 100}, (_, i) => point(i));
  assert.equal((await client.upsert(C, {wait: true, points})).status, 'completed');
  assert.equal((await client.getCollection(C)).points_count, 100);
});
await step(9, 'upsert without wait, read at once', async () => {
  assert.equal((await client.upsert(C, {wait: false, points: [point(100)]})).status, 'acknowledged');
  assert.equal((await client.retrieve(C, {ids: [100]}))[0].payload.n, 100);
});
await step(10, 'wrong dimension', () =>
  refused(400, /Wrong input: Vector dimension error: expected dim: 4, got 3/, () =>
    client.upsert(C, {wait: true, points: [{id: 1, vector: [1, 2, 3]}]})));
await step(11, 'largest id and UUID without hyphens', async () => {
  const hex = '98A9A4B14EF246FB8315A97D874FE1D7';
  await client.upsert(C, {wait: true, points: [{id: hex, vector: vector(0), payload: {edge: true}}]});
  assert.deepEqual(ids(await client.retrieve(C, {ids: [hex]})), ['98a9a4b1-4ef2-46fb-8315-a97d874fe1d7']);
  // The client sends no BigInt on a runtime without JSON.rawJSON; the wire takes it.
  const send = (path, method, body) =>
    fetch(`${url}/collections/${C}${path}`, {method, body, headers: {'content-type': 'application/json'}});
  const point = '{"id": 18446744073709551615, "vector": [1, 0, 0, 0], "payload": {"edge": true}}';
  assert.equal((await send('/points?wait=true', 'PUT', `{"points": [${point}]}`)).status, 200);
  const got = await (await send('/points', 'POST', '{"ids": [18446744073709551615]}')).text();
  assert.match(got, /"id":18446744073709551615[,}]/);
  await client.delete(C, {wait: true, filter: {must: [{key: 'edge', match: {value: true}}]}});
});
await step(12, 'retrieve in order, a missing id left out', async () => {
  const got = await client.retrieve(C, {ids: [7, 3, 4711, 5], with_vector: true, with_payload: ['n']});
  assert.deepEqual(ids(got), [7, 3, 5]);
  assert.deepEqual(got[0].payload, {n: 7});
  vector(7).forEach((x, i) => close(got[0].vector[i], x));
});
await step(13, 'scroll all in pages', async () => {
  const seen = [];
  let offset;
  do {
    const page = await client.scroll(C, {limit: 30, offset, with_payload: false});
    seen.push(...ids(page.points));
    offset = page.next_page_offset;
  } while (offset !== null && offset !== undefined);
  assert.deepEqual(seen, Array.from({length: 101}, (_, i) => i));
});
await step(14, 'count, exact and by filter', async () => {
  assert.equal((await client.count(C, {exact: true})).count, 101);
  const filter = {must: [{key: 'city', match: {value: 'London'}}]};
  assert.equal((await client.count(C, {filter, exact: true})).count, 34);
});
await step(15, 'query nearest', async () => {
  const {points} = await client.query(C, {query: vector(50), limit: 3, with_payload: true});
  assert.equal(points[0].id, 50);
  close(points[0].score, 1);
  assert.equal(points[0].payload.n, 50);
});
await step(16, 'query by id leaves it out', async () => {
  const {points} = await client.query(C, {query: 50, limit: 3});
  assert.deepEqual(new Set(ids(points).slice(0, 2)), new Set([49, 51]));
});
await step(17, 'filter must, should, must_not', async () => {
  const filter = {
    must: [{key: 'city', match: {any: ['Berlin', 'London']}}],
    should: [{key: 'n', match: {value: 3}}, {key: 'n', match: {value: 4}}, {key: 'n', match: {value: 5}}],
    must_not: [{has_id: [3]}],
  };
  assert.deepEqual(ids((await client.scroll(C, {filter})).points), [4]);
});
await step(18, 'range, datetime, geo, nested, values_count', async () => {
  const count = async (condition) => (await client.count(C, {filter: {must: [condition]}, exact: true})).count;
  assert.equal(await count({key: 'n', range: {gte: 10, lt: 20}}), 10);
  assert.equal(await count({key: 'when', range: {gt: '2026-01-27T12:00:00Z'}}), 3);
  assert.equal(await count({key: 'place', geo_bounding_box: {top_left: {lon: 1, lat: 51}, bottom_right: {lon: 2, lat: 49}}}), 9); // borders outside
  assert.equal(await count({key: 'place', geo_radius: {center: {lon: 1, lat: 50}, radius: 100}}), 1);
  assert.equal(
    await count({nested: {key: 'list', filter: {must: [{key: 'a', match: {value: 1}}, {key: 'b', match: {value: 1}}]}}}), 10);
  assert.equal(await count({key: 'list', values_count: {gte: 1}}), 101);
  assert.equal(await count({is_empty: {key: 'nothing'}}), 101);
  assert.equal(await count({key: 'text', match: {text: 'quick'}}), 50);
});
await step(19, 'payload indexes, shown in the schema', async () => {
  for (const [field_name, field_schema] of [
    ['city', 'keyword'],
    ['n', {type: 'integer', lookup: true, range: true}],
    ['when', 'datetime'],
    ['text', {type: 'text', tokenizer: 'word', lowercase: true}],
  ]) {
    await client.createPayloadIndex(C, {field_name, field_schema, wait: true});
  }
  const schema = (await client.getCollection(C)).payload_schema;
  assert.equal(schema.city.data_type, 'keyword');
  assert.equal(schema.n.params.range, true);
  assert.equal(schema.when.points, 101);
  assert.equal(schema.text.data_type, 'text');
  await client.deletePayloadIndex(C, 'when', {wait: true});
  assert.equal((await client.getCollection(C)).payload_schema.when, undefined);
  await client.createPayloadIndex(C, {field_name: 'when', field_schema: 'datetime', wait: true});
});
await step(20, 'facet', async () => {
  const {hits} = await client.facet(C, {key: 'city', exact: true});
  assert.deepEqual(hits, [
    {value: 'Berlin', count: 34},
    {value: 'London', count: 34},
    {value: 'Moscow', count: 33},
  ]);
});
await step(21, 'order_by', async () => {
  const page = await client.scroll(C, {order_by: {key: 'n', direction: 'desc'}, limit: 3});
  assert.deepEqual(ids(page.points), [100, 99, 98]);
  const {points} = await client.query(C, {query: {order_by: 'n'}, limit: 2});
  assert.deepEqual(ids(points), [0, 1]);
});
await step(22, 'set, overwrite, delete, clear payload', async () => {
  const payload = async (id) => (await client.retrieve(C, {ids: [id]}))[0].payload;
  await client.setPayload(C, {payload: {extra: 1}, points: [1], wait: true});
  assert.equal((await payload(1)).extra, 1);
  await client.setPayload(C, {payload: {deep: 2}, key: 'in.side', points: [1], wait: true});
  assert.deepEqual((await payload(1)).in, {side: {deep: 2}});
  await client.deletePayload(C, {keys: ['extra', 'in'], points: [1], wait: true});
  assert.equal((await payload(1)).extra, undefined);
  await client.overwritePayload(C, {payload: {only: true}, points: [1], wait: true});
  assert.deepEqual(await payload(1), {only: true});
  await client.clearPayload(C, {points: [1], wait: true});
  assert.deepEqual(await payload(1), {});
  await client.upsert(C, {wait: true, points: [point(1)]});
});
await step(23, 'update vectors, delete vectors', async () => {
  await client.updateVectors(C, {wait: true, points: [{id: 2, vector: vector(90)}]});
  const [moved] = await client.retrieve(C, {ids: [2], with_vector: true});
  close(moved.vector[0], vector(90)[0]);
  assert.equal(moved.payload.n, 2);
  await client.deleteVectors(C, {wait: true, points: [2], vector: ['']});
  const [bare] = await client.retrieve(C, {ids: [2], with_vector: true});
  assert.deepEqual(bare.vector, {});
  await client.upsert(C, {wait: true, points: [point(2)]});
});
await step(24, 'batch update', async () => {
  const results = await client.batchUpdate(C, {
    wait: true,
    operations: [
      {upsert: {points: [point(200)]}},
      {set_payload: {payload: {batch: 'yes'}, points: [200]}},
      {delete: {points: [199]}},
    ],
  });
  assert.deepEqual(results.map((r) => r.status), ['completed', 'completed', 'completed']);
  assert.equal((await client.retrieve(C, {ids: [200]}))[0].payload.batch, 'yes');
  await client.delete(C, {wait: true, points: [200]});
});
await step(25, 'conditional upsert', async () => {
  const kept = {...point(3), payload: {replaced: true}};
  await client.upsert(C, {wait: true, points: [kept], update_mode: 'insert_only'});
  assert.equal((await client.retrieve(C, {ids: [3]}))[0].payload.n, 3);
  await client.upsert(C, {wait: true, points: [kept], update_filter: {must: [{key: 'n', match: {value: 4711}}]}});
  assert.equal((await client.retrieve(C, {ids: [3]}))[0].payload.n, 3);
});
await step(26, 'a batch of queries equals single queries', async () => {
  const searches = [10, 20, 30].map((i) => ({query: vector(i), limit: 5, with_payload: ['n']}));
  const together = await client.queryBatch(C, {searches});
  for (const [i, search] of searches.entries()) {
    assert.deepEqual(together[i].points, (await client.query(C, search)).points);
  }
});
await step(27, 'groups', async () => {
  const {groups} = await client.queryGroups(C, {query: vector(0), group_by: 'city', group_size: 2, limit: 3});
  assert.deepEqual(groups.map((g) => g.id), ['Berlin', 'London', 'Moscow']);
  assert.deepEqual(ids(groups[0].hits), [0, 3]);
});
await step(28, 'recommend', async () => {
  const {points} = await client.query(C, {query: {recommend: {positive: [10], negative: [90]}}, limit: 3});
  assert.ok(!ids(points).includes(10));
  const best = await client.query(C, {query: {recommend: {positive: [10], strategy: 'best_score'}}, limit: 2});
  assert.deepEqual(new Set(ids(best.points)), new Set([9, 11]));
});
await step(29, 'discover and context', async () => {
  const {points} = await client.query(C, {
    query: {discover: {target: vector(50), context: [{positive: 40, negative: 90}]}}, limit: 3});
  assert.equal(points.length, 3);
  const context = await client.query(C, {query: {context: [{positive: 40, negative: 90}]}, limit: 3});
  assert.equal(context.points.length, 3);
});
await step(30, 'dense and sparse vectors, RRF over prefetches', async () => {
  await client.createCollection(HYBRID, {
    vectors: {dense: {size: 4, distance: 'Dot'}}, sparse_vectors: {words: {modifier: 'idf'}}});
  await client.upsert(HYBRID, {
    wait: true,
    points: [1, 2, 3].map((i) => ({id: i, vector: {dense: vector(i * 20), words: {indices: [i, 7], values: [1, 0.5]}}})),
  });
  const {points} = await client.query(HYBRID, {
    prefetch: [
      {query: vector(20), using: 'dense', limit: 3},
      {query: {indices: [1], values: [1]}, using: 'words', limit: 3},
    ],
    query: {fusion: 'rrf'},
    limit: 3,
  });
  assert.equal(points[0].id, 1);
  const sparse = await client.query(HYBRID, {query: {indices: [2], values: [1]}, using: 'words'});
  assert.deepEqual(ids(sparse.points), [2]);
});
await step(31, 'multivector with max_sim', async () => {
  await client.createCollection(MULTI, {
    vectors: {size: 2, distance: 'Dot', multivector_config: {comparator: 'max_sim'}}});
  await client.upsert(MULTI, {wait: true, points: [{id: 1, vector: [[1, 0], [0, 1]]}, {id: 2, vector: [[0.5, 0.5]]}]});
  const {points} = await client.query(MULTI, {query: [[1, 0], [0, 1]]});
  assert.deepEqual(points.map((p) => [p.id, p.score]), [[1, 2], [2, 1]]);
});
await step(32, 'score threshold, offset, limit 999999999', async () => {
  const {points} = await client.query(C, {query: vector(0), limit: 999999999, score_threshold: 0.9});
  assert.ok(points.length > 20 && points.length < 40 && points.every((p) => p.score > 0.9));
  const second = await client.query(C, {query: vector(0), limit: 1, offset: 1});
  assert.equal(second.points[0].id, points[1].id);
});
await step(33, 'search parameters: exact, hnsw_ef, quantization', async () => {
  for (const params of [{exact: true}, {hnsw_ef: 32}, {quantization: {ignore: false, rescore: true, oversampling: 2}}]) {
    assert.equal((await client.query(C, {query: vector(33), limit: 1, params})).points[0].id, 33);
  }
});
await step(34, 'aliases: create, use, switch, delete', async () => {
  await client.updateCollectionAliases({actions: [{create_alias: {collection_name: C, alias_name: 'tour-now'}}]});
  assert.equal((await client.count('tour-now')).count, 101);
  assert.deepEqual((await client.getCollectionAliases(C)).aliases, [{alias_name: 'tour-now', collection_name: C}]);
  await client.updateCollectionAliases({
    actions: [
      {delete_alias: {alias_name: 'tour-now'}},
      {create_alias: {collection_name: HYBRID, alias_name: 'tour-now'}},
    ],
  });
  assert.equal((await client.count('tour-now')).count, 3);
  await client.updateCollectionAliases({actions: [{delete_alias: {alias_name: 'tour-now'}}]});
  await refused(404, /doesn't exist/, () => client.count('tour-now'));
});
await step(35, 'change of the configuration', async () => {
  await client.updateCollection(C, {
    optimizers_config: {indexing_threshold: 20000}, hnsw_config: {m: 24}, metadata: {owner: 'nobody'}});
  const {config} = await client.getCollection(C);
  assert.equal(config.optimizer_config.indexing_threshold, 20000);
  assert.equal(config.hnsw_config.m, 24);
  assert.deepEqual(config.metadata, {owner: 'nobody'});
});
await step(36, 'distance matrix', async () => {
  const {pairs} = await client.searchMatrixPairs(C, {sample: 10, limit: 2});
  assert.ok(pairs.length > 0 && pairs.every((p) => p.a !== p.b));
  const offsets = await client.searchMatrixOffsets(C, {sample: 10, limit: 2});
  assert.equal(offsets.offsets_row.length, offsets.scores.length);
});
await step(37, 'snapshot: create, list, recover to a new name', async () => {
  const made = await client.createSnapshot(C);
  assert.match(made.name, /^tour-/);
  assert.ok((await client.listSnapshots(C)).some((s) => s.name === made.name));
  const answer = await fetch(`${url}/collections/${C}/snapshots/${made.name}`);
  const form = new FormData();
  form.append('snapshot', new Blob([await answer.arrayBuffer()]), made.name);
  const upload = await fetch(`${url}/collections/tour-restored/snapshots/upload?wait=true`, {method: 'POST', body: form});
  assert.equal(upload.status, 200, await upload.text());
  assert.equal((await client.count('tour-restored')).count, 101);
  assert.equal(await client.deleteSnapshot(C, made.name), true);
});
await step(38, 'keys: none, wrong, read-only', async () => {
  if (!keyedUrl) return 'left out, no server with keys was named';
  const {hostname: host, port, protocol} = new URL(keyedUrl);
  const as = (apiKey) =>
    new QdrantClient({host, port: Number(port), https: protocol === 'https:', apiKey, checkCompatibility: false});
  await refused(401, /Must provide an API key/, () => as(undefined).getCollections());
  await refused(401, /Invalid API key or JWT/, () => as('wrong').getCollections());
  await as(fullKey).deleteCollection('keyed');
  assert.equal(await as(fullKey).createCollection('keyed', {vectors: {size: 2, distance: 'Dot'}}), true);
  assert.equal((await as(readKey).count('keyed')).count, 0);
  await refused(403, /Forbidden: /, () => as(readKey).upsert('keyed', {points: [{id: 1, vector: [1, 2]}]}));
});
await step(39, 'delete by ids, by filter, by empty filter', async () => {
  await client.delete(C, {wait: true, points: [0, 1]});
  assert.equal((await client.count(C)).count, 99);
  await client.delete(C, {wait: true, filter: {must: [{key: 'city', match: {value: 'Berlin'}}]}});
  assert.equal((await client.count(C)).count, 66);
  await client.delete(C, {wait: true, filter: {must: []}});
  assert.equal((await client.count(C)).count, 0);
});
await step(40, 'delete the collection, twice', async () => {
  assert.equal(await client.deleteCollection(C), true);
  assert.equal(await client.deleteCollection(C), false);
});
await step(41, 'vectors by name, added and removed on a live collection', async () => {
  await client.createVectorName(HYBRID, 'more', {dense: {size: 2, distance: 'Dot'}}, {wait: true});
  await client.updateVectors(HYBRID, {wait: true, points: [{id: 1, vector: {more: [1, 2]}}]});
  assert.deepEqual(ids((await client.query(HYBRID, {query: [1, 1], using: 'more'})).points), [1]);
  await client.deleteVectorName(HYBRID, 'more', {wait: true});
  assert.equal((await client.getCollection(HYBRID)).config.params.vectors.more, undefined);
});
await step(42, 'the service: cluster, shard keys, optimizations, quotas', async () => {
  assert.equal((await client.collectionClusterInfo(HYBRID)).local_shards.length, 1);
  await refused(405, /standalone mode/, () => client.createShardKey(HYBRID, {shard_key: 'k'}));
  const {shard_keys} = await client.listShardKeys(HYBRID);
  assert.equal(shard_keys, undefined);
  const optimizations = await client.getOptimizations(HYBRID, {with: 'queued,completed,idle_segments'});
  assert.deepEqual(optimizations.running, []);
  assert.ok(optimizations.idle_segments.length > 0);
  assert.equal((await client.getQuotas()).config.enabled, false);
});

for (const name of [HYBRID, MULTI, 'tour-restored']) await client.deleteCollection(name);
if (warnings.length > 0) {
  failed++;
  console.log(`   FAIL  the client warned: ${warnings.join(' | ')}`);
}
console.log(failed === 0 ? 'all steps passed' : `${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
