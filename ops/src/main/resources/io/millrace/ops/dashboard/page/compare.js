// Two releases, or runs, side by side: figures, counts, settings. Another run comes as a file.

import { ask, byId, make, number, plain, theirs, words } from './dom.js';
import * as figures from './figures.js';

const NOW = 'now';
const FILE = 'file';
const MINUS = '\u2212';
const EVERY_MILLIS = 10000;

let status = null;
let file = null;
let versions = [];
let asking = 0;
let shownAt = 0;

const sides = [byId('compare-a'), byId('compare-b')];

const isScalar = (value) => value !== null && typeof value !== 'object';

function counts(prefix, part) {
  return Object.entries(part || {}).filter(([, value]) => isScalar(value)).map(([name, value]) => [prefix + words(name), value]);
}

// Of a status as this process tells it, and as a file has it.
function ofStatus(from, monitors) {
  const l = from.learner;
  const learner = l ? [['method', l.method], ['updates', l.steps], ['images learned from', l.applied]] : [];
  const rates = l ? [['loss', l.loss], ['skill', l.skill], ['learningRate', l.learningRate], ['teacherMomentum', l.teacherMomentum]] : [];
  return {
    figures: Object.fromEntries(rates.concat(Object.entries(monitors))),
    data: Object.fromEntries(learner.concat(counts('stream: ', from.stream), counts('serving: ', from.serving))),
    settings: l ? { 'engine.engine': l.engine, 'engine.device': l.device, 'engine.precision': l.precision } : {},
  };
}

function now() {
  const monitors = figures.names().filter((name) => name.startsWith('monitor.'))
    .map((name) => [name.slice('monitor.'.length), figures.latest(name)]);
  return ofStatus(status, Object.fromEntries(monitors));
}

// The last value of each column.
function ofHistory(text) {
  const [head, ...rows] = text.trim().split('\n').map((line) => line.trim().split(','));
  const out = {};
  head.forEach((name, i) => {
    const last = rows.findLast((row) => row[i]);
    if (i > 0 && last && Number.isFinite(Number(last[i]))) out[name.replace(/^monitor\./, '')] = Number(last[i]);
  });
  return { figures: out, data: { from: rows[0][0], until: rows[rows.length - 1][0] }, settings: {} };
}

function read(name, text) {
  if (/^time,\S+\r?\n\S/.test(text)) return ofHistory(text);
  let body = null;
  try { body = JSON.parse(text); } catch (e) { /* said below */ }
  if (body && Array.isArray(body.roles)) return ofStatus(body, (body.learner && body.learner.monitors) || {});
  throw new Error(name + ' is neither what millrace status --json prints nor a history as CSV');
}

async function traits(chosen) {
  if (chosen === NOW) return status && now();
  if (chosen === FILE) return file && file.traits;
  const answer = await ask('/api/releases/' + encodeURIComponent(chosen));
  if (!answer) return null;
  const release = await answer.json();
  const numbers = Object.entries(release.data).map(([name, value]) => [name, /^\d+$/.test(value) ? Number(value) : value]);
  return { ...release, data: Object.fromEntries(numbers) };
}

// Keeps what is chosen as long as there is it.
function offer() {
  const options = [];
  if (status) options.push([NOW, 'this run, now']);
  for (const version of versions) options.push([version, 'release ' + version]);
  if (file) options.push([FILE, 'file ' + file.name]);
  const key = JSON.stringify(options);
  if (sides[0].dataset.offered === key) return false;
  sides[0].dataset.offered = key;
  sides.forEach((side, i) => {
    const chosen = side.value;
    side.replaceChildren(...options.map(([value, text]) => {
      const option = make('option', '', plain(text));
      option.value = value;
      return option;
    }));
    const first = i === 0 ? versions[1] || versions[0] || NOW : versions[0] || NOW;
    side.value = options.some(([value]) => value === chosen) && chosen ? chosen : first;
  });
  byId('compare').hidden = options.length === 0;
  return true;
}

function shown(value) {
  return typeof value === 'number' ? number(value) : value === undefined || value === null || value === '' ? '\u2013' : String(value);
}

function difference(a, b) {
  const [x, y] = [a, b].map((v) => (v === '' || v === undefined || v === null ? NaN : Number(v)));
  if (Number.isNaN(x) || Number.isNaN(y) || x === y) return '';
  return (y > x ? '+' : MINUS) + number(Math.abs(y - x));
}

function rows(title, a, b, named) {
  const body = make('tbody');
  const names = [...new Set(Object.keys(a).concat(Object.keys(b)))].sort();
  const all = byId('compare-all').checked;
  const wanted = names.filter((name) => all || shown(a[name]) !== shown(b[name]));
  const head = make('tr');
  const cell = make('th', '', title + ': ' + (names.length === 0 ? 'not known' : number(wanted.length, 0) + ' of ' + number(names.length, 0) + (all ? '' : ' differ')));
  cell.colSpan = 4;
  cell.scope = 'rowgroup';
  head.append(cell);
  body.append(head);
  for (const name of wanted) {
    const row = make('tr');
    const label = theirs('th', '', named(name));
    label.scope = 'row';
    row.append(label, theirs('td', 'number', shown(a[name])), theirs('td', 'number', shown(b[name])), make('td', 'number', difference(a[name], b[name])));
    body.append(row);
  }
  return body;
}

async function show() {
  const at = ++asking;
  shownAt = Date.now();
  const both = await Promise.all(sides.map((side) => traits(side.value)));
  if (at !== asking) return;
  const missing = sides.find((side, i) => !both[i]);
  byId('compare-about').textContent = missing ? 'Of ' + missing.selectedOptions[0].textContent + ' nothing is known here.' : '';
  byId('compare-scroll').hidden = Boolean(missing);
  if (missing) return;
  const [a, b] = both;
  sides.forEach((side, i) => { byId('compare-head-' + 'ab'[i]).textContent = side.selectedOptions[0].textContent; });
  const table = byId('compare-table');
  [...table.tBodies].forEach((body) => body.remove());
  table.append(rows('Figures', a.figures, b.figures, words), rows('Data', a.data, b.data, (name) => name),
    rows('Settings', a.settings, b.settings, (name) => name));
}

// What is looked at anew is only what changes by itself.
export function compareStatus(of) {
  status = of;
  const isNew = offer();
  if (isNew || (Date.now() - shownAt > EVERY_MILLIS && sides.some((side) => side.value === NOW))) refresh();
}

export function compareReleases(newest) {
  versions = newest.map((release) => release.version);
  if (offer()) refresh();
}

function refresh() {
  if (byId('compare').open) show();
}

byId('compare').addEventListener('toggle', refresh);
for (const input of [...sides, byId('compare-all')]) input.addEventListener('change', refresh);
byId('compare-file').addEventListener('change', async (event) => {
  const [given] = event.target.files;
  event.target.value = '';
  if (!given) return;
  try {
    file = { name: given.name, traits: read(given.name, await given.text()) };
  } catch (e) {
    byId('compare-about').textContent = plain(e.message);
    return;
  }
  sides[0].dataset.offered = '';
  offer();
  sides[1].value = FILE;
  show();
});
