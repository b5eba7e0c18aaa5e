// The newest images, and a closer look at one: its views and its neighbors.

import { ask, byId, make, number, plain, theirs } from './dom.js';

const byImage = (path, image) => '/api/image' + path + '?id=' + encodeURIComponent(image.id);

// Its picture, of which there may be a number or none; a box in its place where it can't be had.
export function pictureOf(image, side) {
  if (image.gone) return make('div', 'gone', 'no picture');
  const img = make('img');
  if (image.number === undefined) img.loading = 'lazy';
  img.alt = 'image ' + plain(image.id);
  img.width = side;
  img.height = side;
  img.addEventListener('error', () => img.replaceWith(make('div', 'gone', 'no picture')));
  img.src = image.number === undefined ? byImage('/picture', image) : '/api/images/' + Number(image.number);
  return img;
}

// A button that looks closer at an image.
export function card(image, caption) {
  const item = make('li');
  const button = make('button', 'card-button');
  button.type = 'button';
  button.title = [image.name || '', image.id, image.source || '', image.label || ''].filter(Boolean).map(plain).join('\n');
  button.append(pictureOf(image, 96), theirs('span', '', image.label || image.name || image.id), make('span', 'caption', caption));
  button.addEventListener('click', () => lookCloser(image, button));
  item.append(button);
  return item;
}

const cards = new Map();
let waiting = null;
const canHover = matchMedia('(hover: hover)');

// Nothing moves away under a pointer or from under the keyboard.
function held() {
  const list = byId('images');
  return (canHover.matches && list.matches(':hover')) || list.contains(document.activeElement);
}

export function showImages(images) {
  byId('no-images').hidden = images.length > 0;
  waiting = images;
  release();
}

export function release() {
  const still = held();
  byId('images-held').textContent = still && waiting ? 'held while you point at them' : '';
  if (still || !waiting) return;
  const images = waiting;
  waiting = null;
  const there = new Set(images.map((image) => image.number));
  for (const [key, item] of cards) {
    if (!there.has(key)) {
      item.remove();
      cards.delete(key);
    }
  }
  const list = byId('images');
  images.forEach((image, i) => {
    let item = cards.get(image.number);
    if (!item) {
      item = card(image, image.width + '\u202f\u00d7\u202f' + image.height);
      cards.set(image.number, item);
    }
    if (list.children[i] !== item) list.insertBefore(item, list.children[i] || null);
  });
}
byId('images').addEventListener('pointerleave', release);
byId('images').addEventListener('focusout', () => setTimeout(release));

let lookedAt = null;
let opener = null;

function showFacts(image) {
  const size = image.width ? image.width + ' \u00d7 ' + image.height + ' pixels' : '\u2013';
  byId('closer-facts').replaceChildren(...[['name', image.name || '\u2013'], ['id', image.id], ['source', image.source || '\u2013'],
    ['label', image.label || '\u2013'], ['size', size]].map(([name, value]) => {
    const row = make('div');
    row.append(make('dt', '', name), theirs('dd', '', value));
    return row;
  }));
  byId('closer-image').replaceChildren(pictureOf(image, 128));
}

// An image on the map or beside another one is known by its id; what else there is comes later.
export async function lookCloser(image, from) {
  if (byId('closer').hidden || !byId('closer').contains(from)) opener = from;
  lookedAt = image.id;
  const box = byId('closer');
  box.hidden = false;
  showFacts(image);
  const views = byId('closer-views');
  views.hidden = true;
  views.onload = () => { views.hidden = false; byId('no-views').hidden = true; };
  sayInstead('no-views', 'drawing \u2026');
  byId('neighbours').replaceChildren();
  byId('neighbours-about').textContent = '';
  sayInstead('no-neighbours', 'searching \u2026');
  byId('closer-title').focus({ preventScroll: true });
  box.scrollIntoView({ block: 'nearest' });
  if (image.number === undefined && !image.gone) {
    const facts = await ask(byImage('', image));
    const known = facts ? await facts.json() : { ...image, gone: true };
    if (lookedAt !== image.id) return;
    showFacts({ ...image, ...known });
  }
  const strip = image.gone ? null : await ask(byImage('/views', image));
  if (lookedAt !== image.id) return;
  if (strip) {
    views.src = byImage('/views', image);
  } else {
    sayInstead('no-views', 'No views: its picture is not to be had, or the method that learns here makes none of single images.');
  }
  const answer = await ask(byImage('/neighbours', image));
  const found = answer ? await answer.json() : null;
  if (lookedAt === image.id) showNeighbors(found);
  if (byId('by-version').open) askVersions();
}

const cosine = (near) => 'cos ' + near.cosine.toFixed(4);
const cardOf = (near) => card(near.picture || { id: near.id, name: near.name, gone: true }, cosine(near));

// What is near by both is framed.
async function askVersions() {
  const id = lookedAt;
  byId('versions').replaceChildren();
  sayInstead('no-versions', 'searching \u2026');
  const answer = await ask(byImage('/versions', { id }));
  const found = answer ? await answer.json() : [];
  if (lookedAt !== id) return;
  const known = found.filter((one) => one.near.length > 0);
  byId('no-versions').hidden = known.length > 1;
  byId('no-versions').textContent = 'Fewer than two releases have embeddings of this image in the map\u2019s sample.';
  if (known.length < 2) return;
  byId('versions').replaceChildren(...known.map((one, i) => {
    const others = new Set(known[1 - i].near.map((near) => near.id));
    const both = one.near.filter((near) => others.has(near.id)).length;
    const list = make('ul', 'images');
    list.append(...one.near.map((near) => {
      const item = cardOf(near);
      item.classList.toggle('both', others.has(near.id));
      return item;
    }));
    const box = make('section');
    box.append(make('h4', '', 'by release ' + one.version + ': ' + both + ' of ' + one.near.length + ' also by release ' + known[1 - i].version), list);
    return box;
  }));
}
byId('by-version').addEventListener('toggle', () => { if (byId('by-version').open) askVersions(); });

function sayInstead(id, text) {
  byId(id).textContent = text;
  byId(id).hidden = false;
}

function showNeighbors(found) {
  if (!found) {
    sayInstead('no-neighbours', 'The process did not answer.');
    return;
  }
  if (found.near.length === 0) {
    sayInstead('no-neighbours', found.version === 0
      ? 'No embeddings yet: they come with the first release.'
      : 'Release ' + found.version + ' has not embedded this image yet. Look again in a moment.');
    return;
  }
  byId('no-neighbours').hidden = true;
  byId('neighbours-about').textContent = 'by release ' + found.version + ', among '
    + (found.whole ? 'all ' + number(found.among, 0) + ' images that it has embedded'
      : 'the ' + number(found.among, 0) + ' images of the map; a process that serves searches all');
  byId('neighbours').replaceChildren(...found.near.map(cardOf));
}

function closeCloser() {
  byId('closer').hidden = true;
  lookedAt = null;
  if (opener && opener.isConnected) opener.focus(); else byId('newest').focus();
}
byId('closer-close').addEventListener('click', closeCloser);
byId('closer').addEventListener('keydown', (event) => {
  if (event.key === 'Escape') closeCloser();
});
