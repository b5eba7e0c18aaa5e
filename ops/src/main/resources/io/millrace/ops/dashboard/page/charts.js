// Metrics over time, in groups that open and close. What is closed is not drawn.

import { byId, clock, color, day, make, number, choose, words } from './dom.js';
import { GROUPS, chartsOf } from './groups.js';
import * as figures from './figures.js';

const HEIGHT = 150;
const COLORS = ['--one', '--two', '--three', '--four'];
const OPEN = 'millrace.groups';

const groups = new Map();
let releases = [];
let range = 0;
// Seconds of Unix time that a person has zoomed to; stays until it is released. A link carries it.
let zoom = zoomOfLink();
let smooth = false;
let logarithmic = false;

function zoomOfLink() {
  const found = location.hash.match(/^#from=(\d+(?:\.\d+)?)&until=(\d+(?:\.\d+)?)$/);
  return found && Number(found[1]) < Number(found[2]) ? { min: Number(found[1]), max: Number(found[2]) } : null;
}

function zoomTo(to) {
  zoom = to;
  const link = to ? '#from=' + to.min.toFixed(1) + '&until=' + to.max.toFixed(1) : location.pathname;
  history.replaceState(null, '', link);
  showZoom();
  draw();
}

function showZoom() {
  byId('zoom-release').hidden = zoom === null;
  if (!zoom) return;
  const said = [zoom.min, zoom.max].map((at) => new Date(at * 1000)).map((at) => day(at) + ' ' + clock(at, true));
  byId('zoom-release').textContent = 'Release ' + said.join(' \u2013 ');
}

// An exponential mean over about ten points.
function smoothed(values) {
  let mean = null;
  return values.map((v) => {
    if (v !== null) mean = mean === null ? v : mean + (v - mean) * 0.2;
    return v === null ? null : mean;
  });
}

// A logarithm has no place for what is not positive.
function shownColumn(name, first) {
  const values = smooth ? smoothed(figures.column(name, first)) : figures.column(name, first);
  return logarithmic ? values.map((v) => (v !== null && v > 0 ? v : null)) : values;
}

function remembered() {
  try { return JSON.parse(sessionStorage.getItem(OPEN)) || {}; } catch (e) { return {}; }
}

function remember() {
  const open = {};
  for (const [id, group] of groups) open[id] = group.box.open;
  try { sessionStorage.setItem(OPEN, JSON.stringify(open)); } catch (e) { /* private windows */ }
}

function groupOf({ id, title, open, glance }) {
  const box = make('details', 'group');
  const before = remembered()[id];
  box.open = before === undefined ? Boolean(open) : before;
  const summary = make('summary');
  const about = make('span', 'glance');
  summary.append(make('h3', '', title), about);
  const holder = make('div', 'charts');
  box.append(summary, holder);
  box.addEventListener('toggle', () => { remember(); draw(); });
  return { id, box, about, holder, glance: glance || [], charts: new Map() };
}

// On a logarithmic axis most splits have no text: they come as null.
function tick(value) {
  if (value === null || value === undefined) return '';
  return Math.abs(value) >= 100 || Number.isInteger(value) ? number(value, 0) : String(+value.toPrecision(3)).replace('-', '\u2212');
}

function times(u, splits, axis, space, step) {
  return splits.map((at) => {
    const date = new Date(at * 1000);
    if (step >= 86400 || (step >= 60 && date.getHours() === 0 && date.getMinutes() === 0)) return day(date).slice(5);
    return clock(date, step < 60);
  });
}

// A flat line lies in the middle; counts and shares begin at nothing. What lies below the floor,
// such as the skill of the first updates, is left out rather than let it flatten the rest.
function reach({ zero, floor }) {
  return (u, min, max) => {
    if (min === null || max === null) return [0, 1];
    if (zero && min >= 0) return [0, max > 0 ? max * 1.1 : 1];
    const low = floor === undefined ? min : Math.max(floor, Math.min(min, max - 0.1));
    const room = max > low ? (max - low) * 0.1 : Math.abs(max) * 0.1 || 1;
    return [low - room, Math.max(low, max) + room];
  };
}

function drawReleases(plot) {
  const context = plot.ctx;
  context.save();
  context.strokeStyle = color('--mark');
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

function build(spec, group) {
  const figure = make('figure');
  const caption = make('figcaption');
  const title = make('p');
  title.append(make('strong', '', spec.title), ' ', make('span', 'unit', spec.unit));
  const legend = make('p', 'keys');
  const keys = spec.lines.map(([, label], i) => {
    const key = make('span', 'key c' + (i + 1));
    const value = make('b');
    key.append(make('i'));
    if (spec.lines.length > 1) key.append(make('span', '', label));
    key.append(value);
    legend.append(key);
    return value;
  });
  caption.append(title, legend);
  const holder = make('div', 'plot');
  holder.setAttribute('aria-hidden', 'true');
  figure.append(caption, holder);
  group.holder.append(figure);
  const axis = {
    stroke: color('--soft'), grid: { stroke: color('--grid'), width: 1 },
    ticks: { stroke: color('--grid'), width: 1 }, font: '12px system-ui, sans-serif',
  };
  const plot = new uPlot({
    width: Math.max(200, holder.clientWidth), height: HEIGHT,
    legend: { show: false },
    cursor: { y: false, points: { size: 6 }, sync: { key: 'time' }, drag: { x: true, y: false, setScale: false } },
    scales: {
      x: { time: true, range: (u, min, max) => (zoom ? [zoom.min, zoom.max] : [min, max]) },
      y: logarithmic ? { distr: 3 } : { range: reach(spec) },
    },
    axes: [
      Object.assign({ size: 32, space: 70, values: times }, axis),
      Object.assign({ size: 62, space: 24, values: (u, ticks) => ticks.map(tick) }, axis),
    ],
    series: [{}].concat(spec.lines.map(([, label], i) => ({
      label, stroke: color(COLORS[i]), width: 2, spanGaps: true, points: { show: false },
    }))),
    hooks: {
      draw: [drawReleases],
      setSelect: [(u) => {
        if (u.select.width < 4) return;
        zoomTo({ min: u.posToVal(u.select.left, 'x'), max: u.posToVal(u.select.left + u.select.width, 'x') });
        u.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
      }],
       setCursor: [(u) => say(spec, keys, u.data, u.cursor.idx)],
    },
  }, [[], ...spec.lines.map(() => [])], holder);
  const watcher = new ResizeObserver(() => {
    const width = Math.floor(holder.clientWidth);
    if (width > 0 && width !== plot.width) plot.setSize({ width, height: HEIGHT });
  });
  watcher.observe(holder);
  return { figure, plot, keys, watcher, spec };
}

// The values under the cursor, which all charts share; without one the latest.
function say(spec, keys, data, index) {
  const at = index === null || index === undefined ? null : data[0][index];
  byId('at').textContent = at ? 'at ' + clock(new Date(at * 1000), true) : '';
  spec.lines.forEach(([name], i) => {
    keys[i].textContent = number(at ? data[i + 1][index] : figures.latest(name), spec.digits);
  });
}

function drop(chart) {
  chart.watcher.disconnect();
  chart.plot.destroy();
  chart.figure.remove();
}

const signature = (spec) => spec.title + '\n' + spec.lines.map(([name]) => name).join();

function drawGroup(group, specs, first) {
  const x = figures.seconds.slice(first);
  const wanted = new Set(specs.map(signature));
  for (const [key, chart] of group.charts) {
    if (!wanted.has(key)) {
      drop(chart);
      group.charts.delete(key);
    }
  }
  specs.forEach((spec, i) => {
    const key = signature(spec);
    if (!group.charts.has(key)) {
      const chart = build(spec, group);
      group.charts.set(key, chart);
      group.holder.insertBefore(chart.figure, group.holder.children[i] || null);
    }
    const chart = group.charts.get(key);
    chart.plot.setData([x, ...spec.lines.map(([name]) => shownColumn(name, first))]);
    say(spec, chart.keys, chart.plot.data, chart.plot.cursor.idx);
  });
}

export function draw() {
  const known = new Set(figures.names());
  const first = zoom ? 0 : figures.firstOf(range);
  let any = false;
  for (const about of GROUPS) {
    const specs = chartsOf(about.id, known);
    if (specs.length === 0) continue;
    any = true;
    if (!groups.has(about.id)) {
      groups.set(about.id, groupOf(about));
      byId('groups').replaceChildren(...GROUPS.filter((g) => groups.has(g.id)).map((g) => groups.get(g.id).box));
    }
    const group = groups.get(about.id);
    const said = group.glance.filter((name) => known.has('monitor.' + name))
      .map((name) => words(name) + '\u00a0' + number(figures.latest('monitor.' + name)));
    group.about.textContent = group.box.open ? '' : said.concat(specs.length + (specs.length === 1 ? ' chart' : ' charts')).join(' \u00b7 ');
    if (group.box.open) drawGroup(group, specs, first);
  }
  byId('no-charts').hidden = any;
}

export function mark(newest) {
  releases = newest;
  byId('release-key').hidden = newest.length === 0;
}

export function rebuild() {
  for (const group of groups.values()) {
    group.charts.forEach(drop);
    group.charts.clear();
  }
  draw();
}

choose('range', (seconds) => {
  range = Number(seconds);
  zoomTo(null);
});

function toggle(id, changed) {
  byId(id).addEventListener('click', () => {
    const on = byId(id).getAttribute('aria-pressed') !== 'true';
    byId(id).setAttribute('aria-pressed', String(on));
    changed(on);
    rebuild();
  });
}
toggle('smooth', (on) => { smooth = on; });
toggle('logarithmic', (on) => { logarithmic = on; });
byId('zoom-release').addEventListener('click', () => zoomTo(null));
showZoom();
