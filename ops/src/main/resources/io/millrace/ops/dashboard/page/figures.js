// Figures over time as columns, one for each name, of one length with the times.

export const seconds = [];
const series = new Map();
const MOST = 4000;

export const has = (name) => series.has(name);
export const names = () => [...series.keys()];

export function column(name, first) {
  return series.has(name) ? series.get(name).slice(first) : new Array(seconds.length - first).fill(null);
}

export function latest(name) {
  return series.has(name) ? series.get(name).findLast((v) => v !== null) : undefined;
}

export function take(columns) {
  seconds.length = 0;
  seconds.push(...columns.seconds);
  series.clear();
  for (const [name, values] of Object.entries(columns.series)) series.set(name, values);
}

export function add(at, values) {
  if (seconds.length > 0 && at <= seconds[seconds.length - 1]) return;
  for (const name of Object.keys(values)) {
    if (!series.has(name)) series.set(name, new Array(seconds.length).fill(null));
  }
  seconds.push(at);
  for (const [name, values_] of series) {
    values_.push(values[name] === undefined ? null : values[name]);
  }
  if (seconds.length > MOST) thin();
}

// An open page stays small: neighbors become one, as on the server.
function thin() {
  const merge = (values) => {
    const out = [];
    for (let i = 0; i + 1 < values.length; i += 2) {
      const a = values[i];
      const b = values[i + 1];
      out.push(a === null ? b : b === null ? a : (a + b) / 2);
    }
    return out;
  };
  const thinner = merge(seconds);
  seconds.length = 0;
  seconds.push(...thinner);
  for (const [name, values] of series) series.set(name, merge(values));
}

// The first point of the latest so many seconds; 0 shows all.
export function firstOf(range) {
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
