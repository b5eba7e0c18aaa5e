// The live page: follows the process by server-sent events.

import { ask, byId, make, number, setText, span, theirs } from './dom.js';
import { draw, mark, rebuild } from './charts.js';
import * as figures from './figures.js';
import { compareReleases, compareStatus } from './compare.js';
import { askMap, drawMap } from './map.js';
import { release as releaseImages, showImages } from './pictures.js';
import { askReleases, askToken, serving, take as takeReleases } from './releases.js';
import { showSearch } from './search.js';
import { askWords } from './words.js';

const SOURCES = 20;
let phase = 'connecting';
let endsAt = null;

function sum(counts) {
  return Object.values(counts).reduce((a, b) => a + b, 0);
}

// [name, value, below it, longer words]
function streamTiles(s) {
  return [
    ['accepted now', s && number(s.acceptedPerSecond, 1), 'images/s'],
    ['accepted', s && number(s.accepted, 0), 'images'],
    ['published', s && number(s.published, 0), s && s.publishTotal ? 'of ' + number(s.publishTotal, 0) : 'images'],
    ['rejected', s && number(sum(s.rejected), 0), 'images'],
  ];
}

function learnerTiles(l) {
  const learns = l.steps > 0;
  return [
    ['learned from', number(l.imagesPerSecond, 1), 'images/s', 'replayed images included'],
    ['behind', number(l.lag, 0), 'images', 'accepted images that the learner has not consumed'],
    ['updates', number(l.steps, 0), 'since the start'],
    ['replay', number(l.replayImages, 0), 'images', 'images kept to learn from again'],
    ['loss', learns ? number(l.loss) : '\u2013', 'mean of 20'],
    ['skill', learns ? number(l.skill) : '\u2013', 'at most 1', '1 \u2212 loss \u00f7 chance-level loss'],
  ];
}

function groupTiles(g) {
  const working = g.rank >= 0;
  const own = g.members.find((m) => m.name === g.member);
  const all = own ? own.computeSeconds + own.waitSeconds : 0;
  return [
    ['group', working ? number(g.rank, 0) : '\u2013', working ? 'rank, of ' + number(g.size, 0) : g.doing, 'this process among those that learn the model'],
    ['leader', g.leader || '\u2013', 'generation ' + number(g.generation, 0), 'who holds the lease and writes checkpoints'],
    ['in collectives', all > 0 ? number(100 * own.waitSeconds / all, 0) : '\u2013', '% of the time', 'waiting for other processes included'],
    ['slowest', g.slowest || '\u2013', number(g.members.length, 0) + ' processes', 'the process that the others wait for'],
  ];
}

function servingTiles(s) {
  const below = s.refresh ? 'fills ' + s.refresh + ': ' + Math.floor(100 * s.refreshShare) + '\u202f%' : 'version';
  return [
    ['serves', s.version || '\u2013', below, 'the version that embeds what comes'],
    ['embedded', number(s.embeddings, 0), number(s.imagesPerSecond, 1) + ' images/s', 'embeddings published by this process'],
    ['behind', number(s.lag, 0), 'images', 'accepted images that are not embedded yet'],
    ['searchable', number(s.searchable, 0), s.searched ? 'of version ' + s.searched : 'images', 'images that a search finds'],
  ];
}

const shownTiles = new Map();

// Made once, then only their texts change.
function tiles(title, of) {
  if (!shownTiles.has(title)) {
    const box = make('section', 'tiles');
    const list = make('dl', of.length > 4 ? 'six' : '');
    const cells = of.map(([name, , , longer]) => {
      const tile = make('div');
      const cell = [make('dd'), make('dd', 'unit')];
      if (longer) tile.title = longer;
      tile.append(make('dt', '', name), ...cell);
      list.append(tile);
      return cell;
    });
    box.append(make('h2', '', title), list);
    byId('tiles').append(box);
    shownTiles.set(title, cells);
  }
  of.forEach(([, value, below], i) => {
    const [shown, unit] = shownTiles.get(title)[i];
    setText(shown, value || '\u2013');
    setText(unit, below || '');
  });
}

function showTiles(status) {
  tiles('Stream', streamTiles(status.stream));
  if (status.learner) tiles('Learner', learnerTiles(status.learner));
  if (status.learner && status.learner.group) tiles('Group', groupTiles(status.learner.group));
  if (status.serving) tiles('Serving', servingTiles(status.serving));
}

// What is not there yet in the first two minutes is starting; afterwards it is a fault.
const STARTING_SECONDS = 120;
const wasWell = new Set();

function showHealth(checks, up) {
  byId('health').replaceChildren(...checks.map((check) => {
    if (check.ok) wasWell.add(check.name);
    const starting = !check.ok && up < STARTING_SECONDS && !wasWell.has(check.name);
    const item = make('li', check.ok ? '' : starting ? 'starting' : 'bad');
    item.append(make('b', '', (check.ok ? '\u2713 ' : starting ? '\u2026 starting: ' : '\u2717 ') + check.name), theirs('span', '', check.detail));
    return item;
  }));
}

function showCounts(id, counts) {
  const rows = Object.entries(counts).sort((a, b) => b[1] - a[1]);
  const table = byId(id);
  table.hidden = rows.length === 0;
  table.tBodies[0].replaceChildren(...rows.slice(0, SOURCES).map(([name, count]) => {
    const row = make('tr');
    row.append(theirs('td', '', name), make('td', 'number', number(count, 0)));
    return row;
  }));
}

function showRejected(stream) {
  const rejected = stream ? stream.rejected : {};
  byId('no-rejected').hidden = sum(rejected) > 0;
  showCounts('rejected', rejected);
  showCounts('rejected-source', stream ? stream.rejectedBySource : {});
}

function showPhase() {
  let text = phase;
  if (endsAt && phase === 'running') text += ', ' + span((endsAt - Date.now()) / 1000) + ' left';
  const node = byId('phase');
  setText(node, text);
  node.classList.toggle('lost', phase === 'connection lost');
}

function show({ status, seconds, figures: values }) {
  phase = status.phase;
  endsAt = status.endsAt ? Date.parse(status.endsAt) : null;
  if (status.serving) {
    serving();
    showSearch();
  }
  showPhase();
  const about = [status.roles.join(', ')];
  if (status.learner) {
    const l = status.learner;
    about.push(l.method + ' on ' + l.engine + ', ' + l.device + ', ' + l.precision, l.state);
  }
  about.push('up ' + span((Date.parse(status.at) - Date.parse(status.startedAt)) / 1000));
  setText(byId('subtitle'), about.join(' \u00b7 '));
  document.title = 'Millrace: ' + status.phase;
  showHealth(status.health, (Date.parse(status.at) - Date.parse(status.startedAt)) / 1000);
  showTiles(status);
  showRejected(status.stream);
  releaseImages();
  figures.add(seconds, values);
  compareStatus(status);
  if (!document.hidden) draw();
}

function follow() {
  const events = new EventSource('/api/events');
  events.addEventListener('frame', (event) => show(JSON.parse(event.data)));
  events.addEventListener('images', (event) => showImages(JSON.parse(event.data)));
  events.addEventListener('releases', (event) => {
    const releases = JSON.parse(event.data);
    mark(releases.newest);
    takeReleases(releases);
    compareReleases(releases.newest);
  });
  let lost = false;
  events.addEventListener('open', () => {
    if (lost) askHistory();
    lost = false;
  });
  events.addEventListener('error', () => {
    lost = true;
    phase = 'connection lost';
    showPhase();
    if (events.readyState === EventSource.CLOSED) askWhy();
  });
  events.addEventListener('full', () => {
    events.close();
    phase = 'too many pages are open';
    showPhase();
  });
}

async function askWhy() {
  const answer = await fetch('/api/status').catch(() => null);
  if (!answer || answer.status !== 401) return;
  phase = 'needs the access token';
  showPhase();
  askToken(() => askHistory().then(follow));
}

async function askHistory() {
  const answer = await ask('/api/history');
  if (answer) figures.take(await answer.json());
}

function every(seconds, what) {
  what();
  setInterval(() => { if (!document.hidden) what(); }, seconds * 1000);
}

askHistory().then(follow);
every(5, askMap);
every(10, askWords);
every(10, askReleases);
document.addEventListener('visibilitychange', () => { if (!document.hidden) draw(); });
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => { rebuild(); drawMap(); });
