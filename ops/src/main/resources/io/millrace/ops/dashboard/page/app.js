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
  const key = JSON.stringify(releases);
  if (key === shownReleases) return;
  shownReleases = key;
  byId('no-releases').hidden = releases.length > 0;
  byId('releases-scroll').hidden = releases.length === 0;
  byId('releases').tBodies[0].replaceChildren(...releases.map((release) => {
    const row = make('tr');
    const figures = Object.entries(release.figures).sort()
      .map(([name, value]) => words(name) + ' ' + number(value)).join(', ');
    row.append(make('td', '', release.version), make('td', 'number', number(release.step, 0)),
      make('td', '', new Date(release.at).toLocaleTimeString()), make('td', '', release.gate),
      make('td', '', figures || '–'));
    return row;
  }));
}

const cards = new Map();
function showImages(images) {
  byId('no-images').hidden = images.length > 0;
  const there = new Set(images.map((image) => image.number));
  for (const [key, card] of cards) {
    if (!there.has(key)) {
      card.remove();
      cards.delete(key);
    }
  }
  const list = byId('images');
  images.forEach((image, i) => {
    let card = cards.get(image.number);
    if (!card) {
      card = make('li');
      card.title = image.id + '\n' + image.source;
      const picture = make('img');
      picture.src = '/api/images/' + Number(image.number);
      picture.alt = 'accepted image ' + image.id;
      picture.width = 96;
      picture.height = 96;
      card.append(picture, make('span', '', image.id), make('span', '', image.width + ' × ' + image.height));
      cards.set(image.number, card);
    }
    if (list.children[i] !== card) list.insertBefore(card, list.children[i] || null);
  });
}

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
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', rebuild);

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
