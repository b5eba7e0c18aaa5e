// Images selected on the map: their pictures and names, and a file of them.

import { byId, make, number } from './dom.js';
import { card } from './pictures.js';

const SHOWN = 60;

// By id.
export const selected = new Map();

export function showSelected() {
  const all = [...selected.values()];
  byId('selected').hidden = all.length === 0;
  byId('selected-about').textContent = number(all.length, 0) + ' selected';
  byId('selected-images').replaceChildren(...all.slice(0, SHOWN).map((point) => card(point, point.label || point.source)));
  byId('selected-more').hidden = all.length <= SHOWN;
  byId('selected-more').textContent = 'and ' + number(all.length - SHOWN, 0) + ' more: all are in the CSV';
  document.dispatchEvent(new Event('selected'));
}

// Quoted. A spreadsheet would take what begins like a formula for one: it gets an apostrophe.
function field(text) {
  const plain = /^[=+\-@\t\r]/.test(text) ? "'" + text : text;
  return '"' + plain.replace(/"/g, '""') + '"';
}

function csv() {
  const lines = [...selected.values()].map((p) => [p.id, p.name || '', p.label || '', p.source].map(field).concat(p.x, p.y).join(','));
  return ['id,name,label,source,x,y', ...lines].join('\n') + '\n';
}

byId('selected-csv').addEventListener('click', () => {
  const link = make('a');
  link.href = URL.createObjectURL(new Blob([csv()], { type: 'text/csv' }));
  link.download = 'millrace-selection.csv';
  link.click();
  URL.revokeObjectURL(link.href);
});
byId('selected-clear').addEventListener('click', () => {
  selected.clear();
  showSelected();
  byId('map').focus();
});
