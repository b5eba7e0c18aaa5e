// Everything shown comes through textContent: names and headers of images are anybody's text.

export const byId = (id) => document.getElementById(id);

export function make(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

const LONGEST = 120;
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

// Somebody else's text: nothing in it may hide, or turn the direction of what stands beside it.
export function plain(text) {
  const shown = text.replace(UNSEEN, '\u25a1');
  return shown.length > LONGEST ? shown.slice(0, LONGEST) + '\u2026' : shown;
}

export function theirs(tag, className, text) {
  const node = make(tag, className, plain(text));
  node.dir = 'auto';
  if (text.length > LONGEST) node.title = text.replace(UNSEEN, '\u25a1');
  return node;
}

export function number(value, digits) {
  if (value === null || value === undefined || Number.isNaN(value)) return '\u2013';
  if (value === 0) return '0';
  if (value < 0) return '\u2212' + number(-value, digits);
  if (value >= 100) return Math.round(value).toLocaleString('en-GB').replace(/,/g, '\u202f');
  if (digits !== undefined) return value.toFixed(digits);
  if (value >= 10) return value.toFixed(1);
  if (value >= 0.01) return value.toFixed(3);
  return value >= 1e-4 ? value.toPrecision(2) : value.toExponential(1);
}

const NAMES = { knn: 'kNN', rankMe: 'RankMe' };

export function words(name) {
  return NAMES[name] || name.replace(/[._]/g, ' ').replace(/([a-z])([A-Z])/g, (m, a, b) => a + ' ' + b.toLowerCase());
}

export function span(total) {
  const t = Math.max(0, Math.round(total));
  const m = Math.floor(t / 60);
  if (m >= 2880) return Math.floor(m / 1440) + ' days';
  if (m >= 60) return Math.floor(m / 60) + ' h ' + (m % 60) + ' min';
  return m > 0 ? m + ' min ' + (t % 60) + ' s' : t + ' s';
}

const two = (n) => String(n).padStart(2, '0');

export function clock(date, withSeconds) {
  return two(date.getHours()) + ':' + two(date.getMinutes()) + (withSeconds ? ':' + two(date.getSeconds()) : '');
}

export function day(date) {
  return date.getFullYear() + '-' + two(date.getMonth() + 1) + '-' + two(date.getDate());
}

export function color(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

// Buttons of which one is pressed; tells which.
export function choose(attribute, chosen) {
  const buttons = document.querySelectorAll('[data-' + attribute + ']');
  for (const button of buttons) {
    button.addEventListener('click', () => {
      for (const other of buttons) other.setAttribute('aria-pressed', String(other === button));
      chosen(button.dataset[attribute]);
    });
  }
}

export async function ask(path) {
  const answer = await fetch(path).catch(() => null);
  return answer && answer.ok && answer.status === 200 ? answer : null;
}
