'use strict';
// Narrows the list of the page to what has all the words of the query; what has them in its name
// comes first. Nothing is fetched, kept or written as markup.
(() => {
  const query = document.getElementById('query');
  const count = document.getElementById('count');
  // Letters without accents, in one case; every dash a hyphen.
  const plain = text => text.normalize('NFKD').replace(/\p{M}/gu, '')
    .replace(/[\u2010-\u2015\u2212]/g, '-').toLowerCase();
  const lists = [...document.querySelectorAll('.hits ul')].map(list => ({
    list,
    items: [...list.children].map(item => ({
      item, name: plain(item.firstElementChild.textContent), text: plain(`${item.textContent} ${item.dataset.also || ''}`),
    })),
  }));
  const all = count.textContent;
  let waiting;

  const say = (words, found) => {
    // A screen reader is told once typing pauses, rather than at each letter.
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      count.textContent = !words ? all
        : !found ? `Nothing has all the words of \u201c${words}\u201d. Try fewer or shorter ones.`
        : `${found} ${found === 1 ? 'entry has' : 'entries have'} all the words of \u201c${words}\u201d.`;
    }, 250);
  };

  const narrow = () => {
    const words = plain(query.value).split(/\s+/).filter(Boolean);
    const has = text => words.every(word => text.includes(word));
    let found = 0;
    for (const {list, items} of lists) {
      const hits = items.filter(one => has(one.text));
      const named = hits.filter(one => has(one.name));
      const shown = new Set(hits);
      for (const one of items) one.item.hidden = !shown.has(one);
      list.append(...new Set([...named, ...items].map(one => one.item)));
      list.closest('section').hidden = !hits.length;
      list.parentElement.open = words.length > 0;
      found += hits.length;
    }
    say(query.value.trim(), found);
  };

  document.getElementById('seek').hidden = false;
  for (const {list} of lists) list.parentElement.open = false;
  query.addEventListener('input', narrow);
  // On the way back to this page a browser fills in what was asked before.
  addEventListener('pageshow', () => { if (query.value) narrow(); });
})();
