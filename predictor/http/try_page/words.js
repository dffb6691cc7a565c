'use strict';
// How figures and facts are written. The scripts share the names at their top, in the order that page.html has.

/** A share from 0 to 1 as a percentage, which is 100 % only where it is exactly that. */
function percent(share) {
  const text = (100 * share).toFixed(1);
  return text === '100.0' && share < 1 ? 'over\u00a099.9\u00a0%' : `${text}\u00a0%`;
}

/** Milliseconds, with a decimal only where it says something. */
function milliseconds(value) {
  return `${value < 10 ? value.toFixed(1) : Math.round(value).toLocaleString('en')}\u00a0ms`;
}

/** "1 photo", "2 photos". */
function photoCount(count) {
  return `${count.toLocaleString('en')} ${count === 1 ? 'photo' : 'photos'}`;
}

/** As much of a hash or a commit as tells it from others. */
function short(hash) {
  return /^[0-9a-f]{13,}$/.test(hash) ? hash.slice(0, 12) : hash;
}

/** "cat, dog or fish" */
function either(words) {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

function byId(id) {
  return document.getElementById(id);
}

/** A line of a list of facts. */
function fact(what, text) {
  const line = byId('fact').content.firstElementChild.cloneNode(true);
  const [name, value] = line.children;
  name.textContent = what;
  value.textContent = text;
  return line;
}
