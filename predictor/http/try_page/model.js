'use strict';
// What the server says of its model, and how to ask it from a terminal.

const CLASSES_SHOWN = 12; // the model file has all of them
const SHARES = ['accuracy', 'precision', 'recall', 'f1']; // of the figures, those that are written as percentages

/** What the page lists, and what the model file says about it. */
function factsOf(about) {
  const { network = {}, classes = [], metrics = {}, unsure, training = {} } = about;
  const more = classes.length > CLASSES_SHOWN ? `, and ${classes.length - CLASSES_SHOWN} more` : '';
  const figures = Object.entries(metrics).map(([name, value]) => `${figureName(name)} ${figure(name, value)}`);
  const counts = Object.entries(training.photos ?? {}).map(([part, count]) => `${part} ${count.toLocaleString('en')}`);
  return [
    ['Model version', about.model_version],
    ['Server revision', about.revision],
    ['Exported by commit', about.exported_by],
    ['Network', network.name],
    ['Parameters', network.parameters?.toLocaleString('en')],
    ['Input', about.size && `${about.size} × ${about.size} pixels`],
    ['Classes', classes.slice(0, CLASSES_SHOWN).join(', ') + more],
    ['On test photos', figures.join(', ')],
    ['Unsure', unsure && unsureSentence(unsure)],
    ['Photos', counts.join(', ')],
    ['Hash of the data', about.data],
    ['Notes', (about.notes ?? []).join(' ')],
  ].filter(([, text]) => text);
}

function figureName(name) {
  return { f1: 'F1', roc_auc: 'ROC AUC' }[name] ?? name.replaceAll('_', ' ');
}

function figure(name, value) {
  return SHARES.includes(name) ? percent(value) : String(Math.round(value * 1e4) / 1e4);
}

function unsureSentence({ below, answered, accuracy }) {
  const sentence = `An answer is unsure below ${percent(below)} confidence.`;
  if (answered === undefined || accuracy === undefined) return sentence;
  return `${sentence} ${percent(answered)} of the test photos are not, and ${percent(accuracy)} of those are right.`;
}

function showModel(about) {
  const { classes } = about;
  const isFew = classes.length <= CLASSES_SHOWN;
  const what = isFew ? either(classes) : `one of ${classes.length.toLocaleString('en')} classes`;
  byId('name').textContent = about.model;
  document.title = `${about.model}: try the model`;
  byId('intro').textContent = `Choose photos, and the model says what they show: ${what}.`;
  showCall(about);
  byId('facts').replaceChildren(...factsOf(about).map(([what, text]) => fact(what, text)));
}

/** @param {string} [more] options of curl. */
function showCall(about, more = '') {
  byId('call').textContent = `curl${more} -F file=@photo.jpg '${predictAddress(about.model)}'`;
}

/** Browsers give pages that did not come over HTTPS, or from this machine, no clipboard: then the text is selected. */
async function copyCall() {
  const selection = window.getSelection();
  selection.selectAllChildren(byId('call'));
  let isCopied = false;
  try {
    await navigator.clipboard.writeText(byId('call').textContent);
    isCopied = true;
  } catch {
    isCopied = document.execCommand('copy');
  }
  if (isCopied) selection.removeAllRanges();
  byId('copied').textContent = isCopied ? 'Copied' : 'The command is selected: copy it with the keyboard';
  byId('copy').textContent = isCopied ? 'Copied' : 'Selected';
  setTimeout(() => {
    byId('copy').textContent = 'Copy';
    byId('copied').textContent = '';
  }, 2000);
}

byId('copy').addEventListener('click', copyCall);

model.then(showModel).catch(({ message }) => {
  byId('model-problem').textContent = message;
  byId('model-problem').hidden = false;
});
