// What can be checked of a page without a library: a list of what is wrong, in words.
(() => {
  const wrong = [];
  const where = (e) => e.tagName.toLowerCase() + (e.id ? '#' + e.id : e.className ? '.' + e.className : '');
  const isSeen = (e) => e.checkVisibility({ checkVisibilityCSS: true }) && !e.closest('.skip, [aria-hidden=true]');
  const all = [...document.body.querySelectorAll('*')].filter(isSeen);
  const textOf = (e) => [...e.childNodes].filter((n) => n.nodeType === Node.TEXT_NODE).map((n) => n.data.trim()).join('');

  // All that is read lies in a landmark.
  for (const e of all) {
    if (textOf(e) && !e.closest('header, main, footer, section[aria-label], section[aria-labelledby]')) wrong.push(where(e) + ' lies in no landmark');
  }

  // A heading goes one level down at most.
  let level = 0;
  for (const e of all.filter((h) => /^H[1-6]$/.test(h.tagName))) {
    const now = Number(e.tagName[1]);
    if (now > level + 1) wrong.push(where(e) + ' "' + e.textContent + '" comes after level ' + level);
    level = now;
  }

  const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
  for (const id of new Set(ids.filter((id, i) => ids.indexOf(id) !== i))) wrong.push('two elements have the id ' + id);
  for (const e of document.querySelectorAll('[aria-labelledby], [aria-describedby]')) {
    const named = (e.getAttribute('aria-labelledby') || '') + ' ' + (e.getAttribute('aria-describedby') || '');
    for (const id of named.split(' ').filter(Boolean)) if (!ids.includes(id)) wrong.push(where(e) + ' refers to ' + id + ', which is not there');
  }

  // WCAG 2.2, 1.4.3: 4.5 to 1, of large text 3 to 1; what is disabled is exempt.
  const rgba = (text) => text.match(/[\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = (e) => {
    for (let at = e; at; at = at.parentElement) {
      const [r, g, b, a = 1] = rgba(getComputedStyle(at).backgroundColor);
      if (a === 1) return [r, g, b];
    }
    return [255, 255, 255];
  };
  for (const e of all) {
    if (!textOf(e) || e.closest(':disabled')) continue;
    const style = getComputedStyle(e);
    const [light, dark] = [luminance(rgba(style.color)), luminance(behind(e))].sort((a, b) => b - a);
    const ratio = (light + 0.05) / (dark + 0.05);
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (isLarge ? 3 : 4.5)) wrong.push(where(e) + ' "' + textOf(e).slice(0, 30) + '" has contrast ' + ratio.toFixed(2));
  }
  return wrong;
})()
