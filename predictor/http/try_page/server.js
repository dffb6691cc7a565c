'use strict';
// What the page asks the server. Addresses are relative, because a proxy may have the server below a path of its own.

const NO_ANSWER = 'No answer: the server cannot be reached, or closed the connection.';
const UNREADABLE = 'The browser cannot read this file.';

/** What the model file says; an Error with one sentence where the server does not tell. */
async function askForModel() {
  const response = await fetch('model').catch(() => { throw new Error(NO_ANSWER); });
  if (!response.ok) throw new Error(await sentenceOf(response));
  return response.json();
}

/** Where photos are sent to. */
function predictAddress(modelName) {
  const path = `v1/models/${encodeURIComponent(modelName).replaceAll("'", '%27')}:predict`;
  return new URL(path, document.baseURI).href;
}

/**
 * Sends one photo.
 * @returns {Promise<object>} with `prediction`, times and who answered; or with a `sentence` that says why not, and
 *   `tryAgain` where the same photo may be answered later, and `needsKey` where only those with a key are answered.
 */
async function askAboutPhoto(file, address) {
  const type = file.type.startsWith('image/') ? file.type : 'application/octet-stream';
  const start = performance.now();
  let response;
  let answer;
  try {
    response = await fetch(address, { method: 'POST', body: file, headers: { 'content-type': type, ...keyHeader() } });
    if (response.ok) answer = await response.json();
  } catch {
    return (await isReadable(file)) ? { sentence: NO_ANSWER, tryAgain: true } : { sentence: UNREADABLE };
  }
  if (!answer) {
    const sentence = (await sentenceOf(response)).replace(/^instance 0\b/, 'This photo'); // the only one of its request
    const needsKey = response.status === 401;
    return { sentence, needsKey, tryAgain: needsKey || response.status >= 500 };
  }
  return {
    prediction: answer.predictions[0],
    milliseconds: performance.now() - start,
    inferenceMilliseconds: answer.inference_ms,
    revision: answer.revision,
    modelVersion: answer.model_version,
    pod: response.headers.get('x-model-pod'),
  };
}

/** A folder that somebody drops looks like a file, and one may be gone since it was chosen. */
async function isReadable(file) {
  return file.slice(0, 1).arrayBuffer().then(() => true, () => false);
}

/** Why a request was refused: the server's one sentence, or the status that a proxy gave. */
async function sentenceOf(response) {
  const body = await response.json().catch(() => ({}));
  return body.error ?? `The answer has status ${response.status}.`;
}
