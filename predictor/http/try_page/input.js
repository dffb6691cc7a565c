'use strict';
// The three ways in: choose files, drop them anywhere on the page, or paste them.

const model = askForModel();
const photos = new Photos(model.then((about) => predictAddress(about.model)));

byId('file').addEventListener('change', () => {
  photos.add(byId('file').files);
  byId('file').value = ''; // or the same photo could not be chosen again
});

document.addEventListener('paste', ({ clipboardData }) => photos.add(clipboardData.files));

document.addEventListener('dragover', (event) => {
  event.preventDefault(); // or the browser would leave the page and show the file
  byId('drop').classList.add('is-over');
});

document.addEventListener('dragleave', (event) => {
  if (!event.relatedTarget) byId('drop').classList.remove('is-over'); // it left the window
});

document.addEventListener('drop', (event) => {
  event.preventDefault();
  byId('drop').classList.remove('is-over');
  photos.add(event.dataTransfer.files);
});
