// Release history. What changes something needs the token, and a process that serves.

import { byId, clock, day, make, number, theirs, words } from './dom.js';

// What the gate looks at first; the rest is folded away.
const FIRST = ['knn', 'featureStd', 'rankMe', 'drift', 'collapsed'];
const GOOD = new Set(['promoted', 'passed']);

let all = { total: 0, newest: [] };
let shown = '';
let token = '';
let canAct = false;
let servesHere = false;
let serves = null;
let promoted = null;
let back = null;
let undo = null;
let unlocked = null;
const unfolded = new Set();

// Reading needs the token too: asks for it, and goes on once it is shown to the process.
export function askToken(then) {
  unlocked = then;
  show();
}

export function take(releases) {
  all = releases;
  show();
}

function show() {
  const key = JSON.stringify([all, token !== '', canAct, serves, promoted, back, undo, unlocked !== null]);
  if (key === shown) return;
  shown = key;
  const none = all.newest.length === 0;
  byId('no-releases').hidden = !none;
  byId('releases-scroll').hidden = none;
  byId('unlock').hidden = (!canAct || none) && unlocked === null;
  byId('rollback').hidden = token === '' || back === null;
  byId('rollback').textContent = 'Roll back to ' + back;
  byId('undo').hidden = token === '' || undo === null;
  byId('undo').textContent = 'Undo: promote ' + undo;
  byId('older-releases').hidden = all.total <= all.newest.length;
  byId('older-releases').textContent = 'and ' + number(all.total - all.newest.length, 0) + ' older: ./millrace releases';
  document.querySelector('#releases .actions').hidden = !canAct;
  const focused = document.activeElement && document.activeElement.dataset.act;
  byId('releases').tBodies[0].replaceChildren(...all.newest.map(row));
  if (focused) {
    const again = document.querySelector('#releases [data-act="' + focused + '"]');
    if (again) again.focus();
  }
}

function row(release) {
  const out = make('tr');
  out.setAttribute('role', 'row');
  const version = make('td', '', release.version);
  if (release.version === serves) version.append(' ', make('span', 'badge good', 'serves'));
  else if (release.version === promoted) version.append(' ', make('span', 'badge', 'promoted, being filled'));
  const at = new Date(release.at);
  const when = make('td');
  const time = make('time', '', (day(at) === day(new Date()) ? '' : day(at) + ' ') + clock(at, true));
  time.dateTime = release.at;
  when.append(time);
  const gate = make('td', 'gate');
  gate.append(make('span', GOOD.has(release.gate) ? 'badge good' : 'badge warn', release.gate));
  if (release.reason) gate.append(' ', theirs('span', '', release.reason));
  out.append(version, make('td', 'number', number(release.step, 0)), when, gate, figures(release));
  if (canAct) out.append(action(release));
  // On a narrow screen a row is laid out as a card; it stays a row to those who listen.
  for (const cell of out.children) cell.setAttribute('role', 'cell');
  return out;
}

function figures(release) {
  const cell = make('td', 'figures');
  const rest = Object.keys(release.figures).filter((name) => !FIRST.includes(name)).sort();
  const pairs = (names) => {
    const list = make('dl');
    for (const name of names) {
      const pair = make('div');
      pair.append(make('dt', '', words(name)), make('dd', '', number(release.figures[name]) + (name === 'knn' ? '\u202f%' : '')));
      list.append(pair);
    }
    return list;
  };
  cell.append(pairs(FIRST.filter((name) => name in release.figures)));
  if (rest.length > 0) {
    const more = make('details');
    more.open = unfolded.has(release.version);
    more.addEventListener('toggle', () => (more.open ? unfolded.add(release.version) : unfolded.delete(release.version)));
    more.append(make('summary', '', rest.length + ' more'), pairs(rest));
    cell.append(more);
  }
  return cell;
}

function action(release) {
  const cell = make('td', 'action');
  const path = '/api/releases/' + encodeURIComponent(release.version);
  const no = token === '' || release.gate === 'retired';
  cell.append(actButton('Promote', release, no || release.version === promoted,
    () => act(path + '/promote', 'promoted ' + release.version)), ' ',
  actButton('Reject', release, no || release.version === serves || release.version === promoted || release.gate === 'rejected',
    () => {
      if (confirm('Reject version ' + release.version + '? It does not serve until it is promoted.')) {
        act(path + '/reject', 'rejected ' + release.version, { why: 'rejected on the page' });
      }
    }));
  return cell;
}

function actButton(name, release, disabled, clicked) {
  const button = make('button', '', name);
  button.type = 'button';
  button.dataset.act = name + Number(release.version);
  button.disabled = disabled;
  button.setAttribute('aria-label', name + ' version ' + release.version);
  button.addEventListener('click', clicked);
  return button;
}

export function serving() {
  if (servesHere) return;
  servesHere = true;
  askReleases();
}

export async function askReleases() {
  if (!servesHere) return;
  try {
    const answer = await fetch('/api/releases', token ? { headers: { Authorization: 'Bearer ' + token } } : {});
    canAct = answer.ok || answer.status === 401;
    if (answer.ok) {
      const there = await answer.json();
      const version = (of) => { const one = there.find(of); return one ? String(one.version) : null; };
      serves = version((release) => release.serves);
      promoted = version((release) => release.promoted);
      back = version((release) => release.rollsBackTo);
    }
  } catch (e) {
    canAct = false;
  }
  show();
}

async function act(path, done, body) {
  const said = byId('acted');
  said.textContent = 'asking \u2026';
  try {
    const answer = await fetch(path, { method: 'POST', headers: { Authorization: 'Bearer ' + token }, body: body && JSON.stringify(body) });
    if (answer.ok) {
      const now = await answer.json().catch(() => ({}));
      undo = path.endsWith('/rollback') && now.rejected ? String(now.rejected) : null;
      said.textContent = done;
    } else {
      const why = await answer.json().catch(() => ({}));
      said.textContent = why.error || 'refused with status ' + answer.status;
    }
  } catch (e) {
    said.textContent = 'the process did not answer';
  }
  askReleases();
}

byId('unlock').addEventListener('submit', (event) => {
  event.preventDefault();
  token = byId('token').value.trim();
  byId('token').value = '';
  byId('acted').textContent = '';
  show();
  if (token) openSession();
});

// Tells at once whether it is the token. A picture and a stream of events can't carry a header: the
// process gives a cookie that reads only.
async function openSession() {
  const answer = await fetch('/api/session', { method: 'POST', headers: { Authorization: 'Bearer ' + token } }).catch(() => null);
  if (answer && answer.ok) {
    byId('acted').textContent = 'The token is kept until this page is closed.';
    const then = unlocked;
    unlocked = null;
    show();
    if (then) then();
  } else {
    token = '';
    byId('acted').textContent = answer && answer.status === 401 ? 'That is not the token of this process.'
      : 'The token could not be checked' + (answer ? ': status ' + answer.status : ': the process did not answer');
    show();
  }
}
byId('rollback').addEventListener('click', () => {
  if (confirm('Go back to version ' + back + '? Version ' + promoted + ' is rejected; promoting it undoes this.')) {
    act('/api/releases/rollback', 'rolled back to ' + back);
  }
});
byId('undo').addEventListener('click', () => act('/api/releases/' + encodeURIComponent(undo) + '/promote', 'promoted ' + undo + ' again'));
