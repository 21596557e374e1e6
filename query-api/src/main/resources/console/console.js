// The console of a server: plain modules, no outside request. What a server sends is shown as text.
const page = document.getElementById('page');
const note = document.getElementById('note');
let timer;

const key = () => sessionStorage.getItem('key') ?? '';

function askForKey() {
  const dialog = document.getElementById('ask');
  dialog.onclose = () => {
    sessionStorage.setItem('key', document.getElementById('secret').value);
    show();
  };
  dialog.showModal();
}
document.getElementById('key').onclick = askForKey;

async function send(method, path, body) {
  const headers = {};
  if (key()) headers['api-key'] = key();
  if (body !== undefined) headers['content-type'] = 'application/json';
  const answer = await fetch(path, {method, headers, body});
  const text = await answer.text();
  let json;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  return {status: answer.status, ok: answer.ok, text, json};
}

async function ask(path, method = 'GET', body) {
  const answer = await send(method, path, body);
  if (answer.status === 401) askForKey();
  if (!answer.ok) throw new Error(answer.json?.status?.error ?? `${answer.status} ${answer.text}`);
  return answer;
}

const get = async (path, method, body) => (await ask(path, method, body)).json.result;

/** An element with attributes and children; strings become text. */
function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) {
    if (attribute.startsWith('on')) element[attribute] = value;
    else if (value !== false && value !== undefined) element.setAttribute(attribute, value);
  }
  element.append(...children.flat().filter((child) => child !== undefined));
  return element;
}

const say = (text) => {
  note.textContent = text;
  clearTimeout(say.timer);
  say.timer = setTimeout(() => (note.textContent = ''), 6000);
};
const count = (n) => (n === undefined || n === null ? '–' : Number(n).toLocaleString());
const seconds = (s) => (s ? `${s < 10 ? s.toFixed(1) : Math.round(s)} s` : '0 s');
const percent = (part) => `${(100 * part).toFixed(1)} %`;
const millis = (ms) => `${ms.toFixed(1)} ms`;
const mean = (numbers) => numbers.reduce((sum, n) => sum + n, 0) / numbers.length;
const median = (numbers) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1];
const c = encodeURIComponent;
const denseNames = (info) =>
  Object.keys(info.config.params.vectors ?? {}).filter((n) => info.config.params.vectors[n]?.size);

function table(heads, rows) {
  return h(
    'table',
    {},
    h('thead', {}, h('tr', {}, heads.map((head) => h('th', {class: head.startsWith('#') ? 'n' : ''}, head.replace('#', ''))))),
    h('tbody', {}, rows.map((row) => h('tr', {}, row.map((cell, i) =>
      h('td', {class: heads[i].startsWith('#') ? 'n' : ''}, cell ?? '–'))))),
  );
}

const state = (word, why) => h('span', {class: word, title: why ?? ''}, word, why ? h('div', {}, why) : undefined);

async function collectionRows() {
  const {collections} = await get('/collections');
  return Promise.all(collections.map(async ({name}) => {
    const info = await get(`/collections/${c(name)}`).catch((error) => ({status: 'red', error: error.message}));
    return [
      h('a', {href: `#collection/${c(name)}`}, name),
      state(info.status, info.error ?? info.optimizer_status?.error),
      count(info.points_count),
      count(info.indexed_vectors_count),
      count(info.segments_count),
      count(info.update_queue?.length),
    ];
  }));
}
const COLLECTION_HEADS = ['collection', 'status', '#points', '#vectors in graphs', '#segments', '#waiting'];

function sourceRows(sources, change) {
  return sources.map((s) => [
    s.name,
    s.type,
    state(s.state, s.why),
    count(s.lag),
    seconds(s.lag_seconds),
    seconds(s.freshness_p99),
    count(Math.round(s.records_per_second ?? 0)),
    count(s.applied),
    count(s.dead),
    change && h('div', {class: 'tools'},
      h('button', {onclick: () => change(s.name, 'pause')}, 'Pause'),
      h('button', {onclick: () => change(s.name, 'resume')}, 'Resume')),
  ]);
}
const SOURCE_HEADS = ['source', 'type', 'state', '#lag', '#oldest', '#fresh, p99', '#records/s', '#applied', '#dead', ''];

/** The ids of the points that a query finds, as they were sent, and what it took at the server. */
async function found(collection, query, more) {
  const body = JSON.stringify({limit: NEAREST, with_payload: false, ...more});
  // An id may be larger than a number here can be: it stays text.
  const answer = await ask(`/collections/${c(collection)}/points/query`, 'POST', body.replace(/^\{/, `{"query":${query},`));
  return {ids: [...answer.text.matchAll(/"id":("[^"]*"|\d+)/g)].map((match) => match[1]), ms: 1000 * answer.json.time};
}
const NEAREST = 10;

/** For each of some random points, its nearest as searches find them and as they are. */
async function quality(collection, using, samples, tell) {
  const filter = {must: [{has_vector: using}]};
  const {ids} = await found(collection, '{"sample":"random"}', {limit: samples, filter});
  const rows = [];
  for (const id of ids) {
    const vector = using ? {using} : {};
    const fast = await found(collection, id, vector);
    const exact = await found(collection, id, {...vector, params: {exact: true}});
    const hits = exact.ids.filter((each) => fast.ids.includes(each)).length;
    rows.push({id, hits, of: exact.ids.length, recall: exact.ids.length ? hits / exact.ids.length : 1, fast: fast.ms, exact: exact.ms});
    tell(`${rows.length} of ${ids.length} points`);
  }
  return rows;
}

function qualityTables(rows) {
  if (rows.length === 0) return [h('p', {}, 'No point has this vector.')];
  const cost = (name, take) => [name, millis(median(rows.map(take))), millis(Math.max(...rows.map(take)))];
  const worst = rows.filter((r) => r.hits < r.of).sort((a, b) => a.recall - b.recall).slice(0, NEAREST);
  return [
    h('p', {}, h('strong', {}, `recall@${NEAREST}: ${percent(mean(rows.map((r) => r.recall)))}`), ` of ${rows.length} points`),
    table(['search', '#median at the server', '#slowest'], [cost('as configured', (r) => r.fast), cost('exact', (r) => r.exact)]),
    ...(worst.length ? [h('h2', {}, 'Points that were searched worst'),
      table(['id', '#found', '#of'], worst.map((r) => [r.id.replace(/"/g, ''), count(r.hits), count(r.of)]))] : []),
  ];
}

const pages = {
  async overview() {
    const [rows, sources] = await Promise.all([collectionRows(), get('/ingest/sources').catch(() => [])]);
    again(3000);
    return [
      h('h2', {}, 'Collections'), table(COLLECTION_HEADS, rows),
      h('h2', {}, 'Sources'), sources.length ? table(SOURCE_HEADS, sourceRows(sources)) : 'No sources are configured.',
    ];
  },

  async collections() {
    const form = h('form', {class: 'row', onsubmit: async (event) => {
      event.preventDefault();
      const body = {vectors: {size: Number(form.size.value), distance: form.distance.value}};
      await act(() => get(`/collections/${c(form.elements.name.value)}`, 'PUT', JSON.stringify(body)));
    }},
    h('label', {}, 'name', h('input', {name: 'name', required: true})),
    h('label', {}, 'size', h('input', {name: 'size', type: 'number', min: 1, value: 384})),
    h('label', {}, 'distance', h('select', {name: 'distance'}, ['Cosine', 'Dot', 'Euclid', 'Manhattan'].map((d) => h('option', {}, d)))),
    h('button', {}, 'Create'));
    return [h('h2', {}, 'Collections'), table(COLLECTION_HEADS, await collectionRows()), h('h2', {}, 'New collection'), form];
  },

  async collection(name) {
    const path = `/collections/${c(name)}`;
    const info = await get(path);
    const hits = h('div');
    const browse = async (offset) => {
      const filter = form.filter.value.trim();
      const query = form.query.value.trim();
      const body = {limit: 10, with_payload: true};
      if (filter) body.filter = JSON.parse(filter);
      if (form.using.value) body.using = form.using.value;
      let text;
      if (query) {
        // An id may be larger than a number here can be: it goes out as it was typed.
        const isText = /^[0-9a-f-]{32,36}$/i.test(query);
        text = JSON.stringify(body).replace(/^\{/, `{"query":${isText ? JSON.stringify(query) : query},`);
      } else {
        delete body.using;
        if (offset !== undefined) body.offset = offset;
        text = JSON.stringify(body);
      }
      const begin = performance.now();
      const result = await get(`${path}/points/${query ? 'query' : 'scroll'}`, 'POST', text);
      const took = performance.now() - begin;
      hits.replaceChildren(
        h('p', {}, `${result.points.length} points, ${took.toFixed(0)} ms`),
        table(query ? ['id', '#score', 'payload', ''] : ['id', 'payload', ''], result.points.map((p) => [
          String(p.id),
          ...(query ? [p.score.toPrecision(6)] : []),
          h('pre', {}, JSON.stringify(p.payload, null, 1)),
          h('button', {onclick: () => { form.query.value = JSON.stringify(p.id).replace(/"/g, ''); run(); }}, 'Similar'),
        ])),
        result.next_page_offset !== undefined && result.next_page_offset !== null
          ? h('button', {onclick: () => browse(result.next_page_offset).catch((e) => say(e.message))}, 'Next') : '');
    };
    const run = () => browse().catch((error) => say(error.message));
    const names = denseNames(info);
    const form = h('form', {class: 'row', onsubmit: (event) => { event.preventDefault(); run(); }},
      h('label', {class: 'wide'}, 'query: a vector as JSON, or an id; empty to browse', h('input', {name: 'query'})),
      h('label', {}, 'using', h('select', {name: 'using'}, h('option', {value: ''}, 'default'), names.map((n) => h('option', {}, n)))),
      h('label', {class: 'wide'}, 'filter as JSON', h('input', {name: 'filter', placeholder: '{"must":[{"key":"city","match":{"value":"Berlin"}}]}'})),
      h('button', {}, 'Search'));
    run();
    return [
      h('h2', {}, name),
      table(['status', '#points', '#vectors in graphs', '#segments'], [[
        state(info.status, info.optimizer_status?.error), count(info.points_count), count(info.indexed_vectors_count), count(info.segments_count)]]),
      h('p', {}, h('a', {href: `#quality/${c(name)}`}, 'Search quality')),
      h('h2', {}, 'Points'), form, hits,
      h('details', {}, h('summary', {}, 'Configuration and payload schema'), h('pre', {}, JSON.stringify({config: info.config, payload_schema: info.payload_schema}, null, 2))),
    ];
  },

  async ingestion() {
    const sources = await get('/ingest/sources');
    again(2000);
    const change = (name, what) =>
      confirm(`${what} ${name}?`) && act(() => get(`/ingest/sources/${c(name)}/${what}`, 'POST'));
    return [
      h('h2', {}, 'Sources'),
      sources.length ? table(SOURCE_HEADS, sourceRows(sources, change)) : 'No sources are configured.',
      ...sources.flatMap((s) => [
        h('h2', {}, s.name),
        table(['stream', 'state', '#next', '#end', '#lag', '#oldest', 'last error'], s.streams.map((t) => [
          t.stream, state(t.state, t.why), count(t.next), count(t.end), count(t.lag), seconds(t.lag_seconds), t.last_error ?? ''])),
      ]),
    ];
  },

  async 'dead-letters'() {
    const letters = await get('/ingest/dead-letters?limit=200');
    const bytes = h('pre');
    return [
      h('h2', {}, 'Dead letters'),
      letters.length === 0 ? 'There are none.' : table(['failed at', 'code', 'where', 'message', 'collection', ''], letters.map((l) => [
        l.failed_at, l.code, `${l.position} ${l.pointer}`, l.message, l.collection,
        h('button', {onclick: () => act(async () => {
          const letter = await get(`/ingest/dead-letters/${c(l.id)}`);
          bytes.textContent = new TextDecoder().decode(Uint8Array.from(atob(letter.value_b64), (x) => x.charCodeAt(0)));
          bytes.scrollIntoView();
        }, false)}, 'Show'),
      ])),
      bytes,
    ];
  },

  async quality(argument) {
    const {collections} = await get('/collections');
    if (collections.length === 0) return [h('h2', {}, 'Search quality'), 'There are no collections.'];
    const name = argument ?? collections[0].name;
    const info = await get(`/collections/${c(name)}`);
    const vectors = info.config.params.vectors ?? {};
    const names = vectors.size ? [''] : denseNames(info);
    const out = h('div');
    const form = h('form', {class: 'row', onsubmit: async (event) => {
      event.preventDefault();
      form.go.disabled = true;
      await act(async () => {
        const rows = await quality(name, form.using.value, Number(form.samples.value), (text) => out.replaceChildren(h('p', {}, text)));
        out.replaceChildren(...qualityTables(rows));
      }, false);
      form.go.disabled = false;
    }},
    h('label', {}, 'collection', h('select', {onchange: (event) => { location.hash = `quality/${c(event.target.value)}`; }},
      collections.map((each) => h('option', {value: each.name, selected: each.name === name}, each.name)))),
    h('label', {}, 'vector', h('select', {name: 'using'}, names.map((n) => h('option', {value: n}, n || 'default')))),
    h('label', {}, 'points', h('input', {name: 'samples', type: 'number', min: 1, max: 1000, value: 50})),
    h('button', {name: 'go', disabled: names.length === 0}, 'Measure'));
    return [
      h('h2', {}, 'Search quality'),
      h('p', {}, `Random points of the collection: how many of the ${NEAREST} nearest of each does a search find, and what does it take? An exact search reads every vector.`),
      form, names.length ? out : 'The collection has no dense vectors.',
    ];
  },

  async jobs() {
    const {jobs} = await get('/jobs');
    again(2000);
    return [
      h('h2', {}, 'Jobs'),
      jobs.length === 0 ? 'There are none.' : table(['job', 'kind', 'collection', 'field', 'state', '#done', '#so far', '#of', 'unit', '#a second', '#took', '#left', 'started'], jobs.map((j) => {
        const unit = j.points === undefined ? 'bytes' : 'points';
        const pace = j[`${unit}_per_second`];
        return [
          String(j.id), j.kind, j.collection || 'all', j.field, state(j.state),
          j.progress === undefined ? undefined : percent(j.progress),
          count(j.progress === undefined ? undefined : j[unit]), count(j[`of_${unit}`] ?? j.points), unit,
          pace === undefined ? undefined : count(Math.round(pace)),
          j.seconds === undefined ? undefined : seconds(j.seconds),
          j.seconds_left === undefined ? undefined : seconds(j.seconds_left),
          j.started];
      })),
    ];
  },

  async console() {
    const history = JSON.parse(sessionStorage.getItem('history') ?? '[]');
    const out = h('pre');
    const form = h('form', {onsubmit: async (event) => {
      event.preventDefault();
      const [line, ...rest] = form.request.value.split('\n');
      const [method, path] = line.trim().split(/\s+/);
      const body = rest.join('\n').trim();
      const answer = await send(method.toUpperCase(), path, body || undefined).catch((e) => ({status: '', text: e.message}));
      out.textContent = `${answer.status}\n${answer.json ? JSON.stringify(answer.json, null, 2) : answer.text}`;
      sessionStorage.setItem('history', JSON.stringify([form.request.value, ...history.filter((x) => x !== form.request.value)].slice(0, 20)));
    }},
    h('textarea', {name: 'request', 'aria-label': 'request', onkeydown: (event) => {
      if (event.key === 'Enter' && event.ctrlKey) form.requestSubmit();
    }}, history[0] ?? 'GET /collections'),
    h('div', {class: 'tools'}, h('button', {}, 'Send (Ctrl+Enter)'),
      h('select', {'aria-label': 'history', onchange: (event) => { form.request.value = event.target.value; }},
        h('option', {value: ''}, 'history'), history.map((x) => h('option', {value: x}, x.split('\n')[0])))));
    return [h('h2', {}, 'Request'), h('p', {}, 'First line: method and path. Below it: the body.'), form, out];
  },
};

async function act(work, reload = true) {
  try {
    await work();
    if (reload) show();
  } catch (error) {
    say(error.message);
  }
}

function again(millis) {
  clearTimeout(timer);
  timer = setTimeout(() => document.visibilityState === 'visible' && show(true), millis);
}

async function show(silent = false) {
  clearTimeout(timer);
  const [name, argument] = (location.hash.slice(1) || 'overview').split('/');
  const page_ = pages[name] ?? pages.overview;
  for (const link of document.querySelectorAll('nav a')) {
    link.toggleAttribute('aria-current', link.hash === `#${name}`);
  }
  try {
    const content = await page_(argument && decodeURIComponent(argument));
    page.replaceChildren(...content);
  } catch (error) {
    if (!silent) page.replaceChildren(h('p', {class: 'bad'}, error.message));
    again(5000);
  }
}
addEventListener('hashchange', () => show());
show();
