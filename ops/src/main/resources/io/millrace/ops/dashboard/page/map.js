// A sample of the images by their embeddings, on a plane.

import { byId, choose, color, make, number, theirs } from './dom.js';
import { aboutMark, askPlace, drawMark, markTitle, markedAt, setAsked } from './mark.js';
import { lookCloser, pictureOf } from './pictures.js';
import { selected, showSelected } from './selection.js';

const HUES = ['--m1', '--m2', '--m3', '--m4', '--m5', '--m6', '--m7', '--m8', '--m9', '--m10'];
const REST = '--m0';
const EDGE = 14;
const CLICK = 4;
const REACH = 20;
const TIP_MILLIS = 80;
const MARK = -2;
const NO_UMAP = {
  computing: 'UMAP is being computed \u2026',
  failed: 'UMAP failed, the log says why; it is tried again',
  few: 'UMAP needs more images',
};

const canvas = byId('map');
const under = document.createElement('canvas');
let layout = 'pca';
let state = 'computing';
let map = { version: 0, layout, state: 'few', without: 0, points: [] };
let tag = '';
let by = 'label';
let chosen = -1;
let alone = null;
let found = new Set();
let xs = new Float32Array(0);
let ys = new Float32Array(0);
let mark = null;
let path = null;
let framed = false;
const hues = new Map();

const groupOf = (point) => (by === 'label' ? point.label : point.source) || 'not said';

// A group keeps its color as long as it is among the largest.
function colorGroups(counts) {
  const largest = [...counts.keys()].sort((a, b) => counts.get(b) - counts.get(a) || (a < b ? -1 : 1)).slice(0, HUES.length);
  for (const name of [...hues.keys()]) if (!largest.includes(name)) hues.delete(name);
  const free = HUES.filter((hue) => ![...hues.values()].includes(hue));
  for (const name of largest.filter((n) => !hues.has(n)).sort()) hues.set(name, free.shift());
}

// One scale for both directions: distances are what a map is for.
function place(width, height) {
  let [left, right, low, high] = [Infinity, -Infinity, Infinity, -Infinity];
  const own = markedAt();
  for (const p of own ? [...map.points, own] : map.points) {
    left = Math.min(left, p.x);
    right = Math.max(right, p.x);
    low = Math.min(low, p.y);
    high = Math.max(high, p.y);
  }
  const scale = Math.min((width - 2 * EDGE) / Math.max(1e-9, right - left), (height - 2 * EDGE) / Math.max(1e-9, high - low));
  const across = (p) => width / 2 + (p.x - (left + right) / 2) * scale;
  const down = (p) => height / 2 - (p.y - (low + high) / 2) * scale;
  xs = Float32Array.from(map.points, across);
  ys = Float32Array.from(map.points, down);
  mark = own ? [across(own), down(own)] : null;
}

// The points go on a canvas of their own, one path for each color: what moves is drawn over it.
export function drawMap() {
  const width = canvas.clientWidth;
  if (width === 0 || map.points.length === 0) return;
  const counts = new Map();
  for (const point of map.points) counts.set(groupOf(point), (counts.get(groupOf(point)) || 0) + 1);
  colorGroups(counts);
  if (alone !== null && !counts.has(alone)) alone = null;
  const height = Math.round(Math.min(560, Math.max(260, width * 0.5)));
  const ratio = window.devicePixelRatio || 1;
  canvas.style.setProperty('height', height + 'px');
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  under.width = canvas.width;
  under.height = canvas.height;
  place(width, height);
  const context = under.getContext('2d');
  context.scale(ratio, ratio);
  const radius = map.points.length > 1000 ? 2.5 : 4.5;
  const paths = new Map([...hues.keys(), null].map((name) => [name, new Path2D()]));
  map.points.forEach((point, i) => {
    const name = groupOf(point);
    const dots = paths.get(hues.has(name) ? name : null);
    dots.moveTo(xs[i] + radius, ys[i]);
    dots.arc(xs[i], ys[i], radius, 0, 7);
  });
  for (const [name, dots] of [...paths].reverse()) {
    context.globalAlpha = alone === null || alone === name ? 0.85 : 0.12;
    context.fillStyle = color(name === null ? REST : hues.get(name));
    context.fill(dots);
  }
  showLegend(counts);
  showChosen();
  drawOver();
}

// At most once a frame, however fast the pointer moves.
function drawOver() {
  if (framed) return;
  framed = true;
  requestAnimationFrame(() => {
    framed = false;
    const ratio = window.devicePixelRatio || 1;
    const context = canvas.getContext('2d');
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.drawImage(under, 0, 0);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    map.points.forEach((point, i) => {
      if (selected.has(point.id)) ring(context, i, 5, '--text', 1);
      if (found.has(point.id)) ring(context, i, 9, '--two', 2.5);
    });
    if (mark) drawMark(context, ...mark);
    if (chosen >= 0) ring(context, chosen, 9, '--text', 2);
    if (path) {
      context.strokeStyle = color('--focus');
      context.setLineDash([5, 4]);
      context.beginPath();
      path.forEach(([x, y]) => context.lineTo(x, y));
      context.closePath();
      context.stroke();
      context.setLineDash([]);
    }
  });
}

function ring(context, i, radius, hue, width) {
  context.strokeStyle = color(hue);
  context.lineWidth = width;
  context.beginPath();
  context.arc(xs[i], ys[i], radius, 0, 7);
  context.stroke();
}

let shownLegend = '';
function showLegend(counts) {
  const names = [...hues.keys()].sort();
  const key = JSON.stringify([names.map((n) => [n, hues.get(n), counts.get(n)]), alone, counts.size]);
  if (key === shownLegend) return;
  shownLegend = key;
  const focused = document.activeElement && document.activeElement.dataset.group;
  const items = names.map((name) => {
    const item = make('li');
    const button = make('button', 'legend-button');
    button.type = 'button';
    button.dataset.group = name;
    button.setAttribute('aria-pressed', String(alone === name));
    button.title = 'Show these alone';
    button.append(make('i', hues.get(name).slice(2)), theirs('span', '', name), make('b', '', number(counts.get(name), 0)));
    button.addEventListener('click', () => {
      alone = alone === name ? null : name;
      drawMap();
    });
    item.append(button);
    return item;
  });
  if (counts.size > names.length) {
    const item = make('li');
    item.append(make('i', REST.slice(2)), make('span', '', (counts.size - names.length) + ' more'));
    items.push(item);
  }
  byId('map-legend').replaceChildren(...items);
  if (focused !== undefined && focused !== null) {
    const again = items.map((i) => i.firstChild).find((b) => b.dataset && b.dataset.group === focused);
    if (again) again.focus();
  }
}

function about() {
  const how = map.layout === 'umap' ? 'laid out by UMAP: who is near whom' : 'on their first two principal components';
  return number(map.points.length, 0) + ' images by release ' + map.version + ', ' + how
    + (map.without > 0 ? '; ' + number(map.without, 0) + ' newer ones come with the next layout' : '')
    + (map.layout !== layout ? '. ' + NO_UMAP[state] : '');
}

function showChosen() {
  const point = map.points[chosen];
  const marked = chosen === MARK && mark;
  byId('map-about').replaceChildren(...(marked ? [markTitle(), make('span', '', ' \u00b7 ' + aboutMark())] : point
    ? [theirs('b', '', point.name || point.id), point.name ? theirs('span', '', ' ' + point.id) : '', theirs('span', '', ' \u00b7 ' + groupOf(point))]
    : [about()]));
  if (marked) showMarkTip(); else showTip(point);
}

function tipAt(x, y) {
  const tip = byId('map-tip');
  tip.hidden = false;
  tip.style.setProperty('left', Math.max(0, Math.min(canvas.clientWidth - 130, x + (x > canvas.clientWidth / 2 ? -144 : 14))) + 'px');
  tip.style.setProperty('top', Math.max(0, Math.min(canvas.clientHeight - 150, y - 60)) + 'px');
  return tip;
}

function showMarkTip() {
  tipped = null;
  tipAt(...mark).replaceChildren(markTitle(), make('span', 'whole', aboutMark()));
}

let tipped = null;
let tipTimer = 0;
function showTip(point) {
  if (!point) {
    byId('map-tip').hidden = true;
    tipped = null;
    return;
  }
  const tip = tipAt(xs[chosen], ys[chosen]);
  if (tipped === point.id) return;
  tipped = point.id;
  tip.replaceChildren(theirs('b', '', point.name || point.id), theirs('span', '', groupOf(point)));
  clearTimeout(tipTimer);
  tipTimer = setTimeout(() => { if (tipped === point.id) tip.prepend(pictureOf(point, 112)); }, TIP_MILLIS);
}

// Asks with the tag of what is shown: an unchanged map is not sent again.
async function get(of) {
  const answer = await fetch('/api/map?layout=' + of, { headers: of === map.layout && tag ? { 'If-None-Match': tag } : {} }).catch(() => null);
  if (!answer || answer.status !== 200) return null;
  return { tag: answer.headers.get('ETag'), map: await answer.json() };
}

export async function askMap() {
  const asked = layout;
  let got = await get(asked);
  if (got && asked === layout) state = got.map.state;
  if (got && got.map.state !== 'ready' && asked !== 'pca') got = map.layout === 'pca' && tag ? null : await get('pca');
  if (!got || asked !== layout) {
    showChosen();
    return;
  }
  await askPlace(got.map.layout);
  const kept = map.points[chosen] && map.points[chosen].id;
  map = got.map;
  tag = got.tag;
  if (chosen !== MARK) chosen = kept === undefined ? -1 : map.points.findIndex((p) => p.id === kept);
  const few = map.points.length < 3;
  byId('no-map').hidden = !few;
  byId('map-card').hidden = few;
  drawMap();
}

// Rings what a search has found; tells how many of it are on the map.
export function ringFound(ids) {
  found = new Set(ids);
  drawOver();
  return map.points.filter((p) => found.has(p.id)).length;
}

// Marks the place of a picture of one's own; tells whether it has one on the map that is shown.
export async function markAsked(picture) {
  setAsked(picture);
  mark = null;
  if (chosen === MARK) pick(-1);
  await askPlace(map.layout);
  drawMap();
  return map.points.length > 0 && markedAt() !== null;
}

const toHere = (event) => {
  const box = canvas.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
};

function nearest([x, y]) {
  let best = -1;
  let least = REACH * REACH;
  if (mark && (mark[0] - x) ** 2 + (mark[1] - y) ** 2 < least) { least = (mark[0] - x) ** 2 + (mark[1] - y) ** 2; best = MARK; }
  for (let i = 0; i < xs.length; i++) {
    const d = (xs[i] - x) ** 2 + (ys[i] - y) ** 2;
    if (d < least && (alone === null || groupOf(map.points[i]) === alone)) { least = d; best = i; }
  }
  return best;
}

// The next image in a direction: near, and not far to the side.
function next([dx, dy]) {
  if (chosen < 0) return 0;
  let best = chosen;
  let least = Infinity;
  for (let i = 0; i < xs.length; i++) {
    const along = (xs[i] - xs[chosen]) * dx + (ys[i] - ys[chosen]) * dy;
    const aside = Math.abs((xs[i] - xs[chosen]) * dy - (ys[i] - ys[chosen]) * dx);
    if (along > 0 && along + 2 * aside < least) { least = along + 2 * aside; best = i; }
  }
  return best;
}

function pick(i) {
  if (i === chosen) return;
  chosen = i;
  showChosen();
  drawOver();
}

// Even-odd rule.
function isInside(x, y) {
  let inside = false;
  for (let i = 0, j = path.length - 1; i < path.length; j = i++) {
    const [[ax, ay], [bx, by_]] = [path[i], path[j]];
    if (ay > y !== by_ > y && x < (bx - ax) * (y - ay) / (by_ - ay) + ax) inside = !inside;
  }
  return inside;
}

function closePath(adds) {
  if (!adds) selected.clear();
  map.points.forEach((point, i) => {
    if ((alone === null || groupOf(point) === alone) && isInside(xs[i], ys[i])) selected.set(point.id, point);
  });
  path = null;
  showSelected();
}

const ARROWS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
canvas.addEventListener('pointerdown', (event) => {
  if (event.button === 0) path = [toHere(event)];
});
canvas.addEventListener('pointermove', (event) => {
  const here = toHere(event);
  if (!path) {
    pick(nearest(here));
  } else if (Math.hypot(here[0] - path[path.length - 1][0], here[1] - path[path.length - 1][1]) >= CLICK) {
    if (path.length === 1) canvas.setPointerCapture(event.pointerId);
    path.push(here);
    pick(-1);
    drawOver();
  }
});
canvas.addEventListener('pointerup', (event) => {
  if (path && path.length > 2) {
    closePath(event.shiftKey);
  } else if (path) {
    path = null;
    const i = nearest(toHere(event));
    if (i >= 0) lookCloser(map.points[i], canvas);
  }
});
canvas.addEventListener('pointercancel', () => { path = null; drawOver(); });
canvas.addEventListener('pointerleave', () => { if (document.activeElement !== canvas) pick(-1); });
canvas.addEventListener('blur', () => pick(-1));
canvas.addEventListener('keydown', (event) => {
  const point = map.points[chosen];
  if (event.key in ARROWS && map.points.length > 0) {
    event.preventDefault();
    pick(next(ARROWS[event.key]));
  } else if (event.key === 'Enter' && point) {
    lookCloser(point, canvas);
  } else if (event.key === ' ' && point) {
    event.preventDefault();
    if (!selected.delete(point.id)) selected.set(point.id, point);
    showSelected();
  }
});
document.addEventListener('selected', drawOver);
byId('map-touch').addEventListener('click', () => {
  const on = canvas.classList.toggle('selecting');
  byId('map-touch').setAttribute('aria-pressed', String(on));
});
choose('color', (name) => {
  by = name;
  alone = null;
  hues.clear();
  drawMap();
});
choose('layout', (name) => {
  layout = name;
  state = 'computing';
  showChosen();
  askMap();
});
new ResizeObserver(drawMap).observe(byId('map-card'));
