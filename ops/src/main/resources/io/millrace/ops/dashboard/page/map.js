// The newest images by their embeddings, on a plane.

import { ask, byId, choose, color, make, number, theirs } from './dom.js';
import { lookCloser } from './pictures.js';

const HUES = ['--m1', '--m2', '--m3', '--m4', '--m5', '--m6', '--m7', '--m8', '--m9', '--m10'];
const REST = '--m0';
const EDGE = 14;

const canvas = byId('map');
let points = [];
let version = 0;
let by = 'label';
let chosen = -1;
let alone = null;
let at = [];
const hues = new Map();

const groupOf = (point) => (by === 'label' ? point.picture.label : point.picture.source) || 'not said';

// A group keeps its color as long as it is among the largest.
function colorGroups(counts) {
  const largest = [...counts.keys()].sort((a, b) => counts.get(b) - counts.get(a) || (a < b ? -1 : 1)).slice(0, HUES.length);
  for (const name of [...hues.keys()]) if (!largest.includes(name)) hues.delete(name);
  const free = HUES.filter((hue) => ![...hues.values()].includes(hue));
  for (const name of largest.filter((n) => !hues.has(n)).sort()) hues.set(name, free.shift());
}

export function drawMap() {
  const width = canvas.clientWidth;
  if (width === 0 || points.length === 0) return;
  const counts = new Map();
  for (const point of points) counts.set(groupOf(point), (counts.get(groupOf(point)) || 0) + 1);
  colorGroups(counts);
  if (alone !== null && !counts.has(alone)) alone = null;
  // One scale for both directions: distances are what a map is for.
  const xs = points.map((p) => p.x);
  const ys = points.map((p) => p.y);
  const [left, right, low, high] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const height = Math.round(Math.min(420, Math.max(240, width * 0.45)));
  const scale = Math.min((width - 2 * EDGE) / Math.max(1e-9, right - left), (height - 2 * EDGE) / Math.max(1e-9, high - low));
  const ratio = window.devicePixelRatio || 1;
  canvas.style.setProperty('height', height + 'px');
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const context = canvas.getContext('2d');
  context.scale(ratio, ratio);
  at = points.map((p) => [width / 2 + (p.x - (left + right) / 2) * scale, height / 2 - (p.y - (low + high) / 2) * scale]);
  at.forEach(([x, y], i) => {
    const name = groupOf(points[i]);
    context.globalAlpha = alone === null || alone === name ? 0.85 : 0.12;
    context.fillStyle = color(hues.get(name) || REST);
    context.beginPath();
    context.arc(x, y, 4.5, 0, 7);
    context.fill();
  });
  context.globalAlpha = 1;
  if (chosen >= 0 && chosen < at.length) {
    context.strokeStyle = color('--text');
    context.lineWidth = 2;
    context.beginPath();
    context.arc(at[chosen][0], at[chosen][1], 9, 0, 7);
    context.stroke();
  }
  showLegend(counts);
  showChosen();
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

function showChosen() {
  const point = points[chosen];
  const img = byId('map-picture');
  img.hidden = !point;
  if (point) img.src = '/api/images/' + Number(point.picture.number);
  byId('map-about').replaceChildren(...(point
    ? [theirs('b', '', point.picture.name || point.picture.id), point.picture.name ? theirs('span', 'soft', ' ' + point.picture.id) : '', make('br'), theirs('span', '', groupOf(point))]
    : [points.length + ' of the newest images by release ' + version + ', on their first two principal components']));
}

export async function askMap() {
  const answer = await ask('/api/map');
  if (!answer) return;
  const map = await answer.json();
  const kept = points[chosen] && points[chosen].picture.number;
  points = map.points;
  version = map.version;
  chosen = points.findIndex((p) => p.picture.number === kept);
  byId('no-map').hidden = points.length > 2;
  byId('map-card').hidden = points.length <= 2;
  drawMap();
}

function nearest(event) {
  const box = canvas.getBoundingClientRect();
  let best = -1;
  let least = 400;
  at.forEach(([x, y], i) => {
    const d = (x - event.clientX + box.left) ** 2 + (y - event.clientY + box.top) ** 2;
    if (d < least) { least = d; best = i; }
  });
  return best;
}

// The next image in a direction: near, and not far to the side.
function next([dx, dy]) {
  if (chosen < 0) return 0;
  let best = chosen;
  let least = Infinity;
  at.forEach(([x, y], i) => {
    const along = (x - at[chosen][0]) * dx + (y - at[chosen][1]) * dy;
    const aside = Math.abs((x - at[chosen][0]) * dy - (y - at[chosen][1]) * dx);
    if (along > 0 && along + 2 * aside < least) { least = along + 2 * aside; best = i; }
  });
  return best;
}

function pick(i) {
  if (i === chosen) return;
  chosen = i;
  drawMap();
}

const ARROWS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
canvas.addEventListener('pointermove', (event) => pick(nearest(event)));
canvas.addEventListener('pointerleave', () => { if (document.activeElement !== canvas) pick(-1); });
canvas.addEventListener('click', (event) => {
  const i = nearest(event);
  if (i >= 0) lookCloser(points[i].picture, canvas);
});
canvas.addEventListener('keydown', (event) => {
  if (event.key in ARROWS && points.length > 0) {
    event.preventDefault();
    pick(next(ARROWS[event.key]));
  } else if (event.key === 'Enter' && chosen >= 0) {
    lookCloser(points[chosen].picture, canvas);
  }
});
choose('color', (name) => {
  by = name;
  alone = null;
  hues.clear();
  drawMap();
});
new ResizeObserver(drawMap).observe(byId('map-card'));

