// One section of the note: what stands in its field, what the server is known to hold (the field's defaultValue, whose mark
// is `base`), and what was sent without an answer.
import { checksum } from "./checksum.js"

export class Section {
  constructor(field, base) {
    this.field = field
    this.name = field.name
    this.base = base
    this.held = null // a text that waits for the writer: refused, or in conflict with another window's
    this.kept = null // a text that the server has put aside, because the page was being left
    this.turn = 0
    this.answered = 0
    this.sent = new Map() // by turn, the checksums of texts without an answer: any of them may be what is stored by now
    this.underway = new Map() // by turn, each request that is out: its text, and whether it outlives the page
  }

  get text() {
    return this.field.value
  }

  // How much was typed that the server has not been given, as good as it can be told without comparing.
  get weight() {
    return Math.abs(this.text.length - this.field.defaultValue.length)
  }

  get isUnsaved() {
    return this.text !== this.field.defaultValue || this.turn > this.answered
  }

  get isToBeSaved() {
    return this.isUnsaved && this.held !== this.text && !this.isOut(() => true)
  }

  // When the page is left, a request that ends with it is worth nothing, and one that does not say so (`leaving`) only
  // if the text can be stored: nobody hears of a conflict.
  get isToOutlive() {
    return this.isUnsaved && this.kept !== this.text && !this.isOut(({ outlives, leaving }) => outlives && leaving)
  }

  get isSafelyOut() {
    return this.isOut(({ outlives }) => outlives)
  }

  get conflict() {
    return this.field.closest(".field").querySelector("[data-conflict]")
  }

  isOut(counts) {
    return [...this.underway.values()].some((request) => request.text === this.text && counts(request))
  }

  // The form that carries this section alone, so that it is small enough to outlive the page.
  take(version) {
    const data = new FormData()
    data.set("version", version)
    data.set(this.name, this.text)
    data.set(`base_${this.name}`, this.base.value)
    for (const sum of this.sent.values()) data.append(`sent_${this.name}`, sum)
    this.turn += 1
    this.sent.set(this.turn, checksum(this.text))
    return { turn: this.turn, text: this.text, data }
  }

  // An answer to an earlier request than the last answered one says nothing new.
  isOutdated(turn) {
    return turn < this.answered
  }

  answer(turn) {
    this.answered = turn
    for (const earlier of this.sent.keys()) if (earlier <= turn) this.sent.delete(earlier)
  }

  known(text, mark) {
    this.field.defaultValue = text
    this.base.value = mark
    this.held = null
  }
}
