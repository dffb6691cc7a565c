'use strict';
// One photo on the page: a line that says where it is on its way, and then its answer.

const OTHERS_SHOWN = 2; // of the classes that are less likely

class PhotoLine {
  /** @param {() => void} tryAgain is called when its button is pressed. */
  constructor(file, tryAgain) {
    this.file = file;
    this.state = 'waiting';
    this.element = document.getElementById('photo').content.firstElementChild.cloneNode(true);
    this.part('file').textContent = file.name;
    this.part('again').addEventListener('click', tryAgain);
    this.part('again').setAttribute('aria-label', `Try again: ${file.name}`);
    this.showThumbnail();
    this.show('waiting', 'Waiting');
  }

  part(name) {
    return this.element.querySelector(`.${name}`);
  }

  /** Browsers cannot show each format that the server understands, such as HEIC: then its name stays. */
  showThumbnail() {
    const [kind, image] = this.part('thumbnail').children;
    kind.textContent = /\.\w{1,4}$/.test(this.file.name) ? this.file.name.split('.').at(-1) : 'file';
    this.address = URL.createObjectURL(this.file);
    image.addEventListener('load', () => { image.hidden = false; });
    image.src = this.address;
  }

  show(state, text) {
    this.state = state;
    this.needsKey = false;
    this.element.dataset.state = state;
    this.part('answer').textContent = text;
    this.part('again').hidden = true;
  }

  showAnswer(answer) {
    const { label, confidence, unsure, probabilities } = answer.prediction;
    this.show('answered', label);
    if (unsure) this.part('answer').append(this.unsureMark());
    this.part('others').textContent = othersOf(label, probabilities);
    this.part('percent').textContent = percent(confidence);
    this.part('bar').firstElementChild.style.width = `${100 * confidence}%`;
    this.part('total').textContent = milliseconds(answer.milliseconds);
    this.part('inside').textContent = milliseconds(answer.inferenceMilliseconds);
    for (const name of ['confidence', 'time']) this.part(name).hidden = false;
  }

  unsureMark() {
    const mark = document.createElement('span');
    mark.className = 'unsure';
    mark.textContent = 'unsure';
    return mark;
  }

  showRefusal(answer) {
    this.show('refused', answer.sentence);
    this.needsKey = answer.needsKey;
    this.part('again').hidden = !answer.tryAgain;
  }

  /** What a screen reader says of it. */
  get spoken() {
    const parts = [this.part('answer').firstChild.textContent];
    if (this.state === 'answered') parts.push(this.part('percent').textContent);
    if (this.part('answer').querySelector('.unsure')) parts.push('unsure');
    return `${this.file.name}: ${parts.join(', ')}`;
  }

  remove() {
    URL.revokeObjectURL(this.address);
    this.element.remove();
  }
}

/** The classes that come next, the likeliest first. */
function othersOf(label, probabilities) {
  const others = Object.entries(probabilities).filter(([name]) => name !== label);
  others.sort(([, one], [, other]) => other - one);
  return others.slice(0, OTHERS_SHOWN).map(([name, share]) => `${name} ${percent(share)}`).join(', ');
}
