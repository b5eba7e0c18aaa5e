// OBoW's visual words: for the busiest, the patches nearest to them.

import { ask, byId, make, number } from './dom.js';

let level = null;
let shown = '';

export async function askWords() {
  const answer = await ask('/api/words');
  if (!answer) return;
  const found = await answer.json();
  byId('words-section').hidden = found.state === 'none';
  const key = JSON.stringify([found, level]);
  if (found.state === 'none' || key === shown) return;
  shown = key;
  if (found.state === 'computing') {
    byId('words-about').textContent = 'looking for the patches that fire the words of release ' + found.version + ' \u2026';
    byId('word-levels').replaceChildren();
    byId('words').replaceChildren();
    return;
  }
  const now = found.levels.find((l) => l.name === level) || found.levels[found.levels.length - 1];
  if (!now) return;
  byId('words-about').textContent = 'Release ' + found.version + ', ' + now.name + ': ' + number(now.used, 0)
    + ' of ' + number(now.size, 0) + ' words fire on the newest ' + number(found.pictures, 0)
    + ' images. For each of the busiest: how many places it is the nearest word of, and the patches nearest to it.';
  byId('word-levels').replaceChildren(...found.levels.map((l) => {
    const button = make('button', '', l.name);
    button.type = 'button';
    button.setAttribute('aria-pressed', String(l === now));
    button.addEventListener('click', async () => {
      level = l.name;
      await askWords();
      [...byId('word-levels').children].find((b) => b.textContent === level).focus();
    });
    return button;
  }));
  byId('words').replaceChildren(...now.words.map((word) => {
    const item = make('li');
    const strip = make('img', 'strip');
    strip.src = '/api/words/' + encodeURIComponent(now.name) + '/' + Number(word.word) + '?v=' + Number(found.version) + '.' + Number(found.pictures);
    strip.alt = 'patches nearest to word ' + word.word;
    strip.width = 412;
    strip.height = 48;
    item.append(make('span', '', 'word ' + word.word),
      make('b', '', number(word.fires, 0) + (word.fires === 1 ? ' place' : ' places')), strip);
    return item;
  }));
}
