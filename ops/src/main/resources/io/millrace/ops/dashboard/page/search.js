// Search by a picture of one's own. It is sent to this process alone, and not kept.

import { byId, number, plain } from './dom.js';
import { markAsked, ringFound } from './map.js';
import { card } from './pictures.js';

const NEAR = 12;
const PREVIEW = 96;
let asked = 0;

export function showSearch() {
  byId('search').hidden = false;
}

function say(text, isWrong) {
  byId('search-about').textContent = text;
  byId('search-clear').hidden = text === '';
  byId('search-about').classList.toggle('wrong', Boolean(isWrong));
}

async function preview(file, asking) {
  const box = byId('asked');
  box.hidden = true;
  const bitmap = await createImageBitmap(file).catch(() => null);
  if (!bitmap || asking !== asked) return;
  const scale = PREVIEW / Math.max(bitmap.width, bitmap.height);
  box.width = Math.max(1, Math.round(bitmap.width * scale));
  box.height = Math.max(1, Math.round(bitmap.height * scale));
  box.getContext('2d').drawImage(bitmap, 0, 0, box.width, box.height);
  box.hidden = false;
}

async function search(file) {
  const asking = ++asked;
  byId('found').replaceChildren();
  ringFound([]);
  markAsked(null);
  say('searching for images like ' + plain(file.name) + ' \u2026');
  preview(file, asking);
  const type = file.type.startsWith('image/') ? file.type : 'image/unknown';
  const answer = await fetch('/search?withVector=true&k=' + NEAR, { method: 'POST', headers: { 'Content-Type': type }, body: file }).catch(() => null);
  const body = answer && await answer.json().catch(() => null);
  if (asking !== asked) return;
  if (!answer || !answer.ok || !body) {
    say(plain(file.name) + ': ' + (!answer ? 'the process did not answer' : body && body.error ? body.error : 'refused with status ' + answer.status), true);
    return;
  }
  const near = body.neighbours;
  byId('found').replaceChildren(...near.map((n) => card(n, 'cos ' + n.cosine.toFixed(4))));
  const ringed = ringFound(near.map((n) => n.id));
  const isMarked = await markAsked({ name: file.name, version: body.version, vector: body.vector });
  if (asking !== asked) return;
  say('The nearest to ' + plain(file.name) + ' among ' + number(body.images, 0) + ' images, by release ' + body.version
    + (ringed > 0 ? '; ' + ringed + (ringed === 1 ? ' is' : ' are') + ' ringed on the map' : '; none of them is in the map\u2019s sample')
    + (isMarked ? '; its own place is marked there' : ''));
}

const drop = byId('drop');
byId('file').addEventListener('change', (event) => {
  if (event.target.files.length > 0) search(event.target.files[0]);
  event.target.value = '';
});
for (const kind of ['dragenter', 'dragover']) {
  drop.addEventListener(kind, (event) => {
    event.preventDefault();
    drop.classList.add('over');
  });
}
drop.addEventListener('dragleave', () => drop.classList.remove('over'));
drop.addEventListener('drop', (event) => {
  event.preventDefault();
  drop.classList.remove('over');
  const file = event.dataTransfer.files[0];
  if (file) search(file); else say('That is no file.', true);
});
byId('search-clear').addEventListener('click', () => {
  asked++;
  byId('found').replaceChildren();
  byId('asked').hidden = true;
  ringFound([]);
  markAsked(null);
  say('');
});
