'use strict';

// Everything shown comes through textContent: names and headers of images are anybody's text.

const KNOWN = [
  { title: 'Throughput', unit: 'images/s', lines: [
    ['acceptedPerSecond', 'accepted'], ['learnedPerSecond', 'learned from']] },
  { title: 'Lag', unit: 'images', lines: [
    ['lag', 'learner behind'], ['ingestLag', 'ingest behind']] },
  { title: 'Loss', unit: '', lines: [['loss', 'loss']], releases: true },
  { title: 'Skill', unit: '1 − loss ÷ uninformed loss', lines: [['skill', 'skill']], releases: true },
  { title: 'kNN', unit: '% right', lines: [['monitor.knn', 'trained'],
    ['monitor.knnUntrained', 'untrained'], ['monitor.knnRaw', 'raw pixels']], releases: true },
];
const SHARED = new Set(KNOWN.flatMap((chart) => chart.lines.map(([name]) => name)));

const byId = (id) => document.getElementById(id);
const seconds = [];
const series = new Map();
const charts = new Map();
let releases = [];
let range = 0;
let endsAt = null;
let phase = 'connecting';

function make(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

function number(value, digits) {
  if (value === null || value === undefined || Number.isNaN(value)) return '–';
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 100) return Math.round(value).toLocaleString('en-GB').replace(/,/g, '\u202f');
  if (digits !== undefined) return value.toFixed(digits);
  if (size >= 10) return value.toFixed(1);
  if (size >= 0.01) return value.toFixed(3);
  return value.toExponential(1);
}

function tick(value) {
  return Math.abs(value) >= 100 || Number.isInteger(value) ? number(value, 0) : String(+value.toPrecision(3));
}

function words(name) {
  return name.replace(/[._]/g, ' ').replace(/([a-z])([A-Z])/g, (m, a, b) => a + ' ' + b.toLowerCase());
}

function span(total) {
  const t = Math.max(0, Math.round(total));
  const m = Math.floor(t / 60);
  if (m >= 60) return Math.floor(m / 60) + ' h ' + (m % 60) + ' min';
  return m > 0 ? m + ' min ' + (t % 60) + ' s' : t + ' s';
}

// --- figures over time -------------------------------------------------------------------------

function addPoint(at, values) {
  if (seconds.length > 0 && at <= seconds[seconds.length - 1]) return;
  for (const name of Object.keys(values)) {
    if (!series.has(name)) series.set(name, new Array(seconds.length).fill(null));
  }
  seconds.push(at);
  for (const [name, column] of series) {
    column.push(values[name] === undefined ? null : values[name]);
  }
  if (seconds.length > 4000) thin();
}

// An open page stays small: neighbours become one, as on the server.
function thin() {
  const merge = (column) => {
    const out = [];
    for (let i = 0; i + 1 < column.length; i += 2) {
      const a = column[i];
      const b = column[i + 1];
      out.push(a === null ? b : b === null ? a : (a + b) / 2);
    }
    return out;
  };
  const thinner = merge(seconds);
  seconds.length = 0;
  seconds.push(...thinner);
  for (const [name, column] of series) series.set(name, merge(column));
}

function wanted() {
  const out = KNOWN.filter((c) => c.lines.some(([name]) => series.has(name)));
  const monitors = [...series.keys()].filter((n) => n.startsWith('monitor.') && !SHARED.has(n)).sort();
  for (const name of monitors) {
    const label = words(name.slice('monitor.'.length));
    out.push({ title: label, unit: '', lines: [[name, label]], releases: true });
  }
  return out;
}

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function drawReleases(plot) {
  const context = plot.ctx;
  context.save();
  context.strokeStyle = colour('--mark');
  context.lineWidth = window.devicePixelRatio;
  context.setLineDash([4 * window.devicePixelRatio, 3 * window.devicePixelRatio]);
  for (const release of releases) {
    const at = Date.parse(release.at) / 1000;
    if (at < plot.scales.x.min || at > plot.scales.x.max) continue;
    const x = Math.round(plot.valToPos(at, 'x', true));
    context.beginPath();
    context.moveTo(x, plot.bbox.top);
    context.lineTo(x, plot.bbox.top + plot.bbox.height);
    context.stroke();
  }
  context.restore();
}

function build(spec) {
  const figure = make('figure');
  const caption = make('figcaption');
  caption.append(make('strong', '', spec.title));
  if (spec.unit) caption.append(make('span', '', spec.unit));
  const keys = spec.lines.map(([, label], i) => {
    const key = make('span', 'key c' + (i + 1));
    key.append(make('i'));
    const text = make('span', '', label);
    key.append(text);
    caption.append(key);
    return text;
  });
  if (spec.releases) {
    const key = make('span', 'key mark');
    key.append(make('i'), make('span', '', 'release'));
    key.hidden = true;
    caption.append(key);
    figure.mark = key;
  }
  const holder = make('div', 'plot');
  holder.setAttribute('aria-hidden', 'true');
  figure.append(caption, holder);
  byId('charts').append(figure);
  const axis = {
    stroke: colour('--soft'), grid: { stroke: colour('--grid'), width: 1 },
    ticks: { stroke: colour('--grid'), width: 1 }, font: '12px system-ui, sans-serif',
  };
  const colours = [colour('--one'), colour('--two'), colour('--three')];
  const plot = new uPlot({
    width: Math.max(200, holder.clientWidth), height: 170,
    legend: { show: false },
    cursor: { y: false, points: { size: 6 } },
    scales: { x: { time: true } },
    axes: [
      Object.assign({ size: 34, space: 70, values: '{HH}:{mm}:{ss}' }, axis),
      Object.assign({ size: 58, space: 26, values: (u, ticks) => ticks.map(tick) }, axis),
    ],
    series: [{}].concat(spec.lines.map(([, label], i) => ({
      label, stroke: colours[i], width: 2, spanGaps: true, points: { show: false },
    }))),
    hooks: {
      draw: spec.releases ? [drawReleases] : [],
      setCursor: [(u) => captions(spec, keys, u.cursor.idx)],
    },
  }, [[], ...spec.lines.map(() => [])], holder);
  const watcher = new ResizeObserver(() => {
    const width = Math.floor(holder.clientWidth);
    if (width > 0 && width !== plot.width) plot.setSize({ width, height: 170 });
  });
  watcher.observe(holder);
  return { figure, plot, keys, watcher, spec };
}

function captions(spec, keys, index) {
  spec.lines.forEach(([name, label], i) => {
    const column = series.get(name);
    const shown = column && (index === null || index === undefined
      ? column.findLast((v) => v !== null)
      : column[Math.min(column.length - 1, index + firstShown())]);
    const same = spec.lines.length === 1;
    const digits = spec.unit === 'images' ? 0 : undefined;
    keys[i].textContent = (same ? '' : label + ' ') + number(shown, digits);
  });
}

function firstShown() {
  if (range === 0 || seconds.length === 0) return 0;
  const from = seconds[seconds.length - 1] - range;
  let low = 0;
  let high = seconds.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (seconds[middle] < from) low = middle + 1; else high = middle;
  }
  return low;
}

function draw() {
  const specs = wanted();
  byId('no-charts').hidden = specs.length > 0;
  const first = firstShown();
  const x = seconds.slice(first);
  for (const spec of specs) {
    if (!charts.has(spec.title)) charts.set(spec.title, build(spec));
    const chart = charts.get(spec.title);
    const empty = () => new Array(x.length).fill(null);
    chart.plot.setData([x, ...spec.lines.map(([name]) =>
      series.has(name) ? series.get(name).slice(first) : empty())]);
    if (chart.figure.mark) chart.figure.mark.hidden = releases.length === 0;
    captions(spec, chart.keys, null);
  }
}

function rebuild() {
  for (const chart of charts.values()) {
    chart.watcher.disconnect();
    chart.plot.destroy();
    chart.figure.remove();
  }
  charts.clear();
  draw();
}

// --- the rest of the page ----------------------------------------------------------------------

function tile(list, name, value, title) {
  const box = make('div');
  const shown = make('dd', '', value);
  if (title) shown.title = title;
  box.append(make('dt', '', name), shown);
  list.push(box);
}

function showTiles(status) {
  const list = [];
  const { stream, learner, serving } = status;
  if (stream) {
    tile(list, 'accepted/s', number(stream.acceptedPerSecond));
    tile(list, 'published', number(stream.published, 0)
      + (stream.publishTotal ? ' of ' + number(stream.publishTotal, 0) : ''));
    tile(list, 'accepted', number(stream.accepted, 0));
    tile(list, 'rejected', number(Object.values(stream.rejected).reduce((a, b) => a + b, 0), 0));
  }
  if (learner) {
    tile(list, 'learned/s', number(learner.imagesPerSecond));
    tile(list, 'behind', number(learner.lag, 0), 'accepted images that the learner has not taken in');
    tile(list, 'steps', number(learner.steps, 0));
    tile(list, 'loss', learner.steps > 0 ? number(learner.loss) : '–');
    tile(list, 'skill', learner.steps > 0 ? number(learner.skill) : '–');
    tile(list, 'replay', number(learner.replayImages, 0), 'images kept to learn from again');
  }
  if (serving) {
    tile(list, 'embedded', number(serving.embeddings, 0));
    tile(list, 'serving', serving.version || 'waiting', 'version that embeds now');
  }
  byId('tiles').replaceChildren(...list);
}

function showHealth(checks) {
  byId('health').replaceChildren(...checks.map((check) => {
    const item = make('li', check.ok ? '' : 'bad');
    item.append(make('b', '', (check.ok ? '✓ ' : '✗ ') + check.name), make('span', '', check.detail));
    return item;
  }));
}

function showCounts(id, counts) {
  const rows = Object.entries(counts).sort((a, b) => b[1] - a[1]);
  const table = byId(id);
  table.hidden = rows.length === 0;
  table.tBodies[0].replaceChildren(...rows.map(([name, count]) => {
    const row = make('tr');
    row.append(make('td', '', name), make('td', 'number', number(count, 0)));
    return row;
  }));
  return rows.length;
}

let shownReleases = '';
function showReleases() {
  const key = JSON.stringify([releases, token !== '', canAct, serves]);
  if (key === shownReleases) return;
  shownReleases = key;
  byId('no-releases').hidden = releases.length > 0;
  byId('releases-scroll').hidden = releases.length === 0;
  byId('unlock').hidden = !canAct || releases.length === 0;
  byId('rollback').hidden = token === '' || releases.length < 2;
  document.querySelector('#releases .actions').hidden = !canAct;
  byId('releases').tBodies[0].replaceChildren(...releases.map((release) => {
    const row = make('tr');
    const figures = Object.entries(release.figures).sort()
      .map(([name, value]) => words(name) + '\u00a0' + number(value)).join(', ');
    const version = make('td', '', release.version);
    if (release.version === serves) version.append(' ', make('span', 'badge', 'serves'));
    const gate = make('td');
    gate.append(make('span', release.gate === 'promoted' || release.gate === 'passed' ? 'badge good' : 'badge warn', release.gate));
    if (release.reason) gate.append(' ', release.reason);
    row.append(version, make('td', 'number', number(release.step, 0)),
      make('td', '', new Date(release.at).toLocaleTimeString()), gate,
      make('td', 'figures', figures || '–'));
    if (canAct) {
      const cell = make('td');
      const button = make('button', '', 'Promote');
      button.type = 'button';
      button.disabled = token === '' || release.version === serves || release.gate === 'retired';
      button.setAttribute('aria-label', 'Promote version ' + release.version);
      button.addEventListener('click', () => act('/api/releases/' + encodeURIComponent(release.version) + '/promote', 'promoted ' + release.version));
      cell.append(button);
      row.append(cell);
    }
    return row;
  }));
}

// --- what changes something: only with the token, only where this process serves ------------------

let token = '';
let canAct = false;
let servesHere = false;
let serves = null;

async function askReleases() {
  if (!servesHere) return;
  try {
    const answer = await fetch('/api/releases', token ? { headers: { Authorization: 'Bearer ' + token } } : {});
    canAct = answer.ok || answer.status === 401;
    if (answer.ok) {
      const now = (await answer.json()).find((release) => release.serves);
      serves = now ? String(now.version) : null;
    }
  } catch (e) {
    canAct = false;
  }
  showReleases();
}

async function act(path, done) {
  const said = byId('acted');
  said.textContent = 'asking …';
  try {
    const answer = await fetch(path, { method: 'POST', headers: { Authorization: 'Bearer ' + token } });
    if (answer.ok) {
      said.textContent = done;
    } else {
      const why = await answer.json().catch(() => ({}));
      said.textContent = why.error || 'refused with status ' + answer.status;
    }
  } catch (e) {
    said.textContent = 'the process did not answer';
  }
  askReleases();
}

byId('unlock').addEventListener('submit', (event) => {
  event.preventDefault();
  token = byId('token').value.trim();
  byId('token').value = '';
  byId('acted').textContent = token ? 'The token is kept until this page is closed.' : '';
  showReleases();
});
byId('rollback').addEventListener('click', () => act('/api/releases/rollback', 'rolled back'));

// --- pictures --------------------------------------------------------------------------------------

function picture(image, side) {
  const img = make('img');
  img.src = '/api/images/' + Number(image.number);
  img.alt = 'accepted image ' + image.id;
  img.width = side;
  img.height = side;
  return img;
}

function card(image, caption) {
  const item = make('li');
  const button = make('button', 'card-button');
  button.type = 'button';
  button.title = image.id + '\n' + image.source + (image.label ? '\n' + image.label : '');
  button.append(picture(image, 96), make('span', '', image.label || image.id), make('span', '', caption));
  button.addEventListener('click', () => lookCloser(image));
  item.append(button);
  return item;
}

const cards = new Map();
function showImages(images) {
  byId('no-images').hidden = images.length > 0;
  const there = new Set(images.map((image) => image.number));
  for (const [key, item] of cards) {
    if (!there.has(key)) {
      if (item.contains(document.activeElement)) byId('newest').focus();
      item.remove();
      cards.delete(key);
    }
  }
  const list = byId('images');
  images.forEach((image, i) => {
    let item = cards.get(image.number);
    if (!item) {
      item = card(image, image.width + ' × ' + image.height);
      cards.set(image.number, item);
    }
    if (list.children[i] !== item) list.insertBefore(item, list.children[i] || null);
  });
}

let lookedAt = null;
async function lookCloser(image) {
  lookedAt = image.number;
  const box = byId('closer');
  box.hidden = false;
  byId('closer-image').src = '/api/images/' + Number(image.number);
  byId('closer-image').alt = 'accepted image ' + image.id;
  byId('closer-facts').replaceChildren(...[['id', image.id], ['source', image.source || '–'],
    ['label', image.label || '–'], ['size', image.width + ' × ' + image.height]].map(([name, value]) => {
    const row = make('div');
    row.append(make('dt', '', name), make('dd', '', value));
    return row;
  }));
  const views = byId('closer-views');
  views.hidden = true;
  byId('no-views').hidden = true;
  views.onload = () => { views.hidden = false; };
  byId('neighbours').replaceChildren();
  byId('no-neighbours').hidden = true;
  byId('closer-title').focus({ preventScroll: true });
  box.scrollIntoView({ block: 'nearest' });
  const strip = await fetch('/api/images/' + Number(image.number) + '/views').catch(() => null);
  if (lookedAt !== image.number) return;
  if (strip && strip.status === 200) views.src = strip.url; else byId('no-views').hidden = false;
  const answer = await fetch('/api/images/' + Number(image.number) + '/neighbours').catch(() => null);
  if (lookedAt !== image.number) return;
  const found = answer && answer.ok ? (await answer.json()).near : [];
  byId('no-neighbours').hidden = found.length > 0;
  byId('neighbours').replaceChildren(...found.map((near) =>
    card(near.picture, 'cos ' + near.cosine.toFixed(3))));
}

function closeCloser() {
  byId('closer').hidden = true;
  const item = cards.get(lookedAt);
  lookedAt = null;
  if (item) item.firstChild.focus();
}
byId('closer-close').addEventListener('click', closeCloser);
byId('closer').addEventListener('keydown', (event) => {
  if (event.key === 'Escape') closeCloser();
});

// --- the map ---------------------------------------------------------------------------------------

const HUES = ['--m1', '--m2', '--m3', '--m4', '--m5', '--m6', '--m7', '--m8'];
let mapped = [];
let mapVersion = 0;
let mapColour = 'label';
let mapChosen = -1;
let mapAt = [];

function groupOf(point) {
  return (mapColour === 'label' ? point.picture.label : point.picture.source) || 'not said';
}

function drawMap() {
  const canvas = byId('map');
  const width = canvas.clientWidth;
  if (width === 0 || mapped.length === 0) return;
  const height = Math.round(Math.min(420, Math.max(260, width * 0.5)));
  const ratio = window.devicePixelRatio || 1;
  canvas.style.setProperty('height', height + 'px');
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const counts = new Map();
  for (const point of mapped) counts.set(groupOf(point), (counts.get(groupOf(point)) || 0) + 1);
  const groups = [...counts.keys()].sort((a, b) => counts.get(b) - counts.get(a) || (a < b ? -1 : 1));
  const top = new Map(groups.slice(0, HUES.length).map((name, i) => [name, HUES[i]]));
  const hue = (name) => colour(top.get(name) || '--m9');
  const xs = mapped.map((p) => p.x);
  const ys = mapped.map((p) => p.y);
  const reach = (values) => Math.max(1e-9, Math.max(...values.map(Math.abs)));
  const sx = (width / 2 - 16) / reach(xs);
  const sy = (height / 2 - 16) / reach(ys);
  const context = canvas.getContext('2d');
  context.scale(ratio, ratio);
  context.clearRect(0, 0, width, height);
  mapAt = mapped.map((p) => [width / 2 + p.x * sx, height / 2 - p.y * sy]);
  context.globalAlpha = 0.85;
  mapAt.forEach(([x, y], i) => {
    context.fillStyle = hue(groupOf(mapped[i]));
    context.beginPath();
    context.arc(x, y, 4.5, 0, 7);
    context.fill();
  });
  context.globalAlpha = 1;
  if (mapChosen >= 0 && mapChosen < mapAt.length) {
    const [x, y] = mapAt[mapChosen];
    context.strokeStyle = colour('--text');
    context.lineWidth = 2;
    context.beginPath();
    context.arc(x, y, 9, 0, 7);
    context.stroke();
  }
  byId('map-legend').replaceChildren(...groups.slice(0, HUES.length).map((name, i) => {
    const item = make('li');
    item.append(make('i', 'm' + (i + 1)), make('span', '', name), make('b', '', number(counts.get(name), 0)));
    return item;
  }).concat(groups.length > HUES.length ? [(() => {
    const item = make('li');
    item.append(make('i', 'm9'), make('span', '', (groups.length - HUES.length) + ' more'));
    return item;
  })()] : []));
  const about = mapped.length + ' of the newest images, release ' + mapVersion + ', first two principal components';
  const chosen = mapped[mapChosen];
  byId('map-about').textContent = chosen ? chosen.picture.id + ' · ' + groupOf(chosen) : about;
}

async function askMap() {
  const answer = await fetch('/api/map').catch(() => null);
  if (!answer || !answer.ok) return;
  const map = await answer.json();
  const kept = mapped[mapChosen] && mapped[mapChosen].picture.number;
  mapped = map.points;
  mapVersion = map.version;
  mapChosen = mapped.findIndex((p) => p.picture.number === kept);
  byId('no-map').hidden = mapped.length > 2;
  byId('map-card').hidden = mapped.length <= 2;
  drawMap();
}

function nearestOnMap(event) {
  const box = byId('map').getBoundingClientRect();
  let best = -1;
  let least = 400;
  mapAt.forEach(([x, y], i) => {
    const d = (x - event.clientX + box.left) ** 2 + (y - event.clientY + box.top) ** 2;
    if (d < least) { least = d; best = i; }
  });
  return best;
}
byId('map').addEventListener('pointermove', (event) => {
  const i = nearestOnMap(event);
  if (i !== mapChosen) { mapChosen = i; drawMap(); }
});
byId('map').addEventListener('click', (event) => {
  const i = nearestOnMap(event);
  if (i >= 0) lookCloser(mapped[i].picture);
});
byId('map').addEventListener('keydown', (event) => {
  const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
  if (event.key in steps && mapped.length > 0) {
    event.preventDefault();
    mapChosen = (mapChosen + steps[event.key] + mapped.length) % mapped.length;
    drawMap();
  } else if (event.key === 'Enter' && mapChosen >= 0) {
    lookCloser(mapped[mapChosen].picture);
  }
});
for (const button of document.querySelectorAll('[data-colour]')) {
  button.addEventListener('click', () => {
    mapColour = button.dataset.colour;
    for (const other of document.querySelectorAll('[data-colour]')) {
      other.setAttribute('aria-pressed', String(other === button));
    }
    drawMap();
  });
}
new ResizeObserver(drawMap).observe(byId('map-card'));

// --- visual words ----------------------------------------------------------------------------------

let wordLevel = null;
let shownWords = '';
async function askWords() {
  const answer = await fetch('/api/words').catch(() => null);
  if (!answer || !answer.ok) return;
  const found = await answer.json();
  byId('words-section').hidden = found.state === 'none';
  const key = JSON.stringify([found, wordLevel]);
  if (found.state === 'none' || key === shownWords) return;
  shownWords = key;
  if (found.state === 'computing') {
    byId('words-about').textContent = 'looking for the patches that fire the words of release ' + found.version + ' …';
    byId('word-levels').replaceChildren();
    byId('words').replaceChildren();
    return;
  }
  const level = found.levels.find((l) => l.name === wordLevel) || found.levels[found.levels.length - 1];
  if (!level) return;
  byId('words-about').textContent = 'Release ' + found.version + ', ' + level.name + ': ' + number(level.used, 0)
    + ' of ' + number(level.size, 0) + ' words fire on the newest ' + found.pictures
    + ' images. For each of the busiest, the patches nearest to it.';
  byId('word-levels').replaceChildren(...found.levels.map((l) => {
    const button = make('button', '', l.name);
    button.type = 'button';
    button.setAttribute('aria-pressed', String(l === level));
    button.addEventListener('click', () => { wordLevel = l.name; askWords(); });
    return button;
  }));
  byId('words').replaceChildren(...level.words.map((word) => {
    const item = make('li');
    const strip = make('img', 'strip');
    strip.src = '/api/words/' + encodeURIComponent(level.name) + '/' + Number(word.word) + '?v=' + Number(found.version) + '.' + Number(found.pictures);
    strip.alt = 'patches that fire word ' + word.word;
    item.append(make('span', '', 'word ' + word.word), make('b', '', number(word.fires, 0) + '×'), strip);
    return item;
  }));
}

function every(seconds, what) {
  what();
  setInterval(() => { if (!document.hidden) what(); }, seconds * 1000);
}
every(5, askMap);
every(10, askWords);
every(10, askReleases);

function showPhase() {
  let text = phase;
  if (endsAt && phase === 'running') text += ', ' + span((endsAt - Date.now()) / 1000) + ' left';
  const node = byId('phase');
  if (node.textContent !== text) node.textContent = text;
  node.classList.toggle('lost', phase === 'connection lost');
}

function show(frame) {
  const status = frame.status;
  phase = status.phase;
  endsAt = status.endsAt ? Date.parse(status.endsAt) : null;
  releases = status.releases;
  if (status.serving && !servesHere) {
    servesHere = true;
    askReleases();
  }
  showPhase();
  const about = [status.roles.join(', ')];
  if (status.learner) {
    const l = status.learner;
    about.push(l.method + ' on ' + l.engine + ', ' + l.device + ', ' + l.precision, l.state);
  }
  about.push('up ' + span((Date.parse(status.at) - Date.parse(status.startedAt)) / 1000));
  byId('subtitle').textContent = about.join(' · ');
  document.title = 'Millrace: ' + status.phase;
  showHealth(status.health);
  showTiles(status);
  showImages(frame.images);
  const rejected = status.stream ? status.stream.rejected : {};
  byId('no-rejected').hidden = showCounts('rejected', rejected) > 0;
  showCounts('rejected-source', status.stream ? status.stream.rejectedBySource : {});
  showReleases();
  addPoint(frame.seconds, frame.figures);
  draw();
}

for (const button of document.querySelectorAll('[data-range]')) {
  button.addEventListener('click', () => {
    range = Number(button.dataset.range);
    for (const other of document.querySelectorAll('[data-range]')) {
      other.setAttribute('aria-pressed', String(other === button));
    }
    draw();
  });
}
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => { rebuild(); drawMap(); });

const events = new EventSource('/api/events');
events.addEventListener('history', (event) => {
  const columns = JSON.parse(event.data);
  seconds.length = 0;
  seconds.push(...columns.seconds);
  series.clear();
  for (const [name, column] of Object.entries(columns.series)) series.set(name, column);
  draw();
});
events.addEventListener('frame', (event) => show(JSON.parse(event.data)));
events.addEventListener('error', () => {
  phase = 'connection lost';
  showPhase();
});
events.addEventListener('full', () => {
  events.close();
  phase = 'too many pages are open';
  showPhase();
});
