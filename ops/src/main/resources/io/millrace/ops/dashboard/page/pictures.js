// The newest images, and a closer look at one: its views and its neighbors.

import { ask, byId, make, number, plain, theirs } from './dom.js';

function picture(image, side) {
  const img = make('img');
  img.src = '/api/images/' + Number(image.number);
  img.alt = 'image ' + plain(image.id);
  img.width = side;
  img.height = side;
  return img;
}

function card(image, caption) {
  const item = make('li');
  const button = make('button', 'card-button');
  button.type = 'button';
  button.title = [image.name || '', image.id, image.source, image.label || ''].filter(Boolean).map(plain).join('\n');
  button.append(picture(image, 96), theirs('span', '', image.label || image.name || image.id), make('span', 'caption', caption));
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

export async function lookCloser(image, from) {
  if (byId('closer').hidden || !byId('closer').contains(from)) opener = from;
  lookedAt = image.number;
  const box = byId('closer');
  box.hidden = false;
  byId('closer-image').src = '/api/images/' + Number(image.number);
  byId('closer-image').alt = 'image ' + plain(image.id);
  byId('closer-facts').replaceChildren(...[['name', image.name || '\u2013'], ['id', image.id], ['source', image.source || '\u2013'],
    ['label', image.label || '\u2013'], ['size', image.width + ' \u00d7 ' + image.height + ' pixels']].map(([name, value]) => {
    const row = make('div');
    row.append(make('dt', '', name), theirs('dd', '', value));
    return row;
  }));
  const views = byId('closer-views');
  views.hidden = true;
  views.onload = () => { views.hidden = false; byId('no-views').hidden = true; };
  sayInstead('no-views', 'drawing \u2026');
  byId('neighbours').replaceChildren();
  byId('neighbours-about').textContent = '';
  sayInstead('no-neighbours', 'searching \u2026');
  byId('closer-title').focus({ preventScroll: true });
  box.scrollIntoView({ block: 'nearest' });
  const path = '/api/images/' + Number(image.number);
  const strip = await ask(path + '/views');
  if (lookedAt !== image.number) return;
  if (strip) {
    views.src = path + '/views';
  } else {
    sayInstead('no-views', 'No views: the method that learns here makes none of single images.');
  }
  const answer = await ask(path + '/neighbours');
  const found = answer ? await answer.json() : null;
  if (lookedAt === image.number) showNeighbors(found);
}

function sayInstead(id, text) {
  byId(id).textContent = text;
  byId(id).hidden = false;
}

function showNeighbors(found) {
  if (!found) {
    sayInstead('no-neighbours', 'This picture is not kept any more.');
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
      : 'the ' + number(found.among, 0) + ' newest pictures on this page; a process that serves searches all');
  byId('neighbours').replaceChildren(...found.near.map((near) => {
    const caption = 'cos ' + near.cosine.toFixed(4);
    return near.picture ? card(near.picture, caption) : without(near.name || near.id, caption);
  }));
}

function without(id, caption) {
  const item = make('li');
  const box = make('div', 'card-button');
  box.append(make('div', 'gone', 'no picture'), theirs('span', '', id), make('span', 'caption', caption));
  item.append(box);
  return item;
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
