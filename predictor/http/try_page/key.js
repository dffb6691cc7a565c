'use strict';
// The key that the server may ask for. It is in this variable and nowhere else, and gone with the page.

let key = '';

/** The header that shows it. */
function keyHeader() {
  return key ? { authorization: `Bearer ${key}` } : {};
}

/** Shows the field where the server has refused a photo for want of a key, and hides it once one was right. */
function showKeyField(isNeeded) {
  const part = byId('key-part');
  if (part.hidden === !isNeeded) return;
  const hadFocus = part.contains(document.activeElement);
  part.hidden = !isNeeded;
  if (isNeeded) byId('key').focus();
  else if (hadFocus) byId('file').focus();
  if (isNeeded) model.then((about) => showCall(about, " -H 'authorization: Bearer KEY'"), () => {});
}

byId('key-part').addEventListener('submit', (event) => {
  event.preventDefault();
  key = byId('key').value;
  photos.sendRefusedForKey();
});
