'use strict';
// All photos: they are sent a few at a time, each as a request of its own, and their progress is shown.

const AT_ONCE = 3;
const SPOKEN_ONE_BY_ONE = 5; // of more photos at once, a screen reader says only when all are answered

class Photos {
  /** @param {Promise<string>} address to send them to, which the server has yet to tell. */
  constructor(address) {
    this.address = address;
    this.lines = [];
    this.sent = 0; // that are not answered
    this.servers = new Servers();
    byId('clear').addEventListener('click', () => this.clear());
  }

  /** Adds photos, above those that are there. */
  add(files) {
    if (files.length === 0) return; // text was dropped or pasted
    const lines = [...files].map((file) => {
      const line = new PhotoLine(file, () => this.tryAgain(line));
      return line;
    });
    byId('photos').prepend(...lines.map((line) => line.element));
    this.lines.push(...lines);
    this.showProgress();
    this.sendNext();
  }

  sendNext() {
    while (this.sent < AT_ONCE) {
      const line = this.lines.find(({ state }) => state === 'waiting');
      if (!line) return;
      line.show('sent', 'Sent');
      this.sent += 1;
      this.send(line).finally(() => {
        this.sent -= 1;
        this.sendNext();
      });
    }
  }

  async send(line) {
    const keyThen = key;
    const answer = await this.address.then(
      (address) => askAboutPhoto(line.file, address),
      ({ message }) => ({ sentence: message }),
    );
    if (!this.lines.includes(line)) return; // it was removed meanwhile
    if (answer.needsKey && key !== keyThen) { // another one was given meanwhile
      line.show('waiting', 'Waiting');
      return;
    }
    if (answer.prediction) {
      line.showAnswer(answer);
      this.servers.count(answer);
      showKeyField(false);
    } else {
      line.showRefusal(answer);
      if (answer.needsKey) showKeyField(true);
    }
    this.showProgress(line);
  }

  tryAgain(line) {
    line.show('waiting', 'Waiting');
    this.showProgress();
    line.element.focus(); // the button that had it is gone
    this.sendNext();
  }

  /** A key was given: what was refused without it is sent again. */
  sendRefusedForKey() {
    for (const line of this.lines.filter(({ needsKey }) => needsKey)) line.show('waiting', 'Waiting');
    this.showProgress();
    this.sendNext();
  }

  clear() {
    for (const line of this.lines) line.remove();
    this.lines = [];
    this.servers.clear();
    this.showProgress();
    byId('file').focus();
  }

  /** @param {PhotoLine} [latest] the one that was just answered. */
  showProgress(latest) {
    const count = (state) => this.lines.filter((line) => line.state === state).length;
    const [all, answered, refused] = [this.lines.length, count('answered'), count('refused')];
    const isOver = answered + refused === all;
    const summary = `${answered} of ${photoCount(all)} answered${refused ? `, ${refused} refused` : ''}`;
    byId('summary').textContent = summary;
    byId('progress').max = all || 1;
    byId('progress').value = answered + refused;
    byId('progress-part').hidden = all === 0;
    const said = latest && all <= SPOKEN_ONE_BY_ONE ? [latest.spoken] : [];
    if (isOver && all) said.push(summary);
    if (said.length || !all) byId('spoken').textContent = said.join('. ');
  }
}

/** Which pods, revisions and model versions answered, and how many photos each. */
class Servers {
  constructor() {
    this.counts = new Map();
  }

  count({ pod, revision, modelVersion }) {
    const who = `${pod ? `pod ${pod}\n` : ''}revision ${short(revision)}, model version ${modelVersion}`;
    this.counts.set(who, (this.counts.get(who) ?? 0) + 1);
    this.show();
  }

  clear() {
    this.counts.clear();
    this.show();
  }

  show() {
    byId('servers').replaceChildren(...[...this.counts].map(([who, count]) => fact(photoCount(count), who)));
    byId('servers-part').hidden = this.counts.size === 0;
  }
}
