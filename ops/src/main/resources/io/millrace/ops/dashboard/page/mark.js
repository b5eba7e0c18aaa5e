// The place of a picture of one's own on the map: it is not among the sample.

import { color, number, plain, theirs } from './dom.js';

const SIDE = 9;
let asked = null;
let place = null;

// What is looked for, and the release that embedded it; null for nothing any more.
export function setAsked(picture) {
  asked = picture;
  place = null;
}

// The place on the map that is shown; null where it has none there.
export const markedAt = () => place;

export async function askPlace(layout) {
  const asking = asked;
  if (!asking) return;
  const answer = await fetch('/api/map/place?layout=' + layout, {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ version: asking.version, vector: asking.vector })
  }).catch(() => null);
  const got = answer && answer.ok ? await answer.json().catch(() => null) : null;
  if (asking === asked) place = got;
}

// A diamond: no image of the sample looks so.
export function drawMark(context, x, y) {
  context.beginPath();
  for (const [dx, dy] of [[0, -SIDE], [SIDE, 0], [0, SIDE], [-SIDE, 0]]) context.lineTo(x + dx, y + dy);
  context.closePath();
  context.fillStyle = color('--text');
  context.fill();
  context.strokeStyle = color('--card');
  context.lineWidth = 2;
  context.stroke();
}

export function aboutMark() {
  return place.neighbors === 0
    ? 'your picture, projected as the others are'
    : 'your picture, at the weighted mean of its ' + number(place.neighbors, 0) + ' nearest neighbors\u2019 places: UMAP has none of its own for it';
}

export const markTitle = () => theirs('b', '', plain(asked.name));
