// <note-editor> around the form of a draft: saves a second after typing stops, at once when much is unsaved, and whenever
// the page is left. One request carries one section. Nothing is kept in the browser's storage.
import { focusEnd, showConflict, showErrors, showRemoved } from "./note-field.js"
import { Section } from "./note-section.js"
import { askState, send } from "./note-sending.js"
import { showState } from "./note-status.js"

const PAUSE = 1000
// So many characters do not wait for a pause: what is unsaved when the page is left must be little.
const MUCH = 500
const RETRIES = [2000, 4000, 8000, 15_000, 30_000]
const LOOK_AGAIN = 700
const PATIENCE = 2000
const PUT_IN = /^insertFrom(Paste|Drop)|^deleteBy(Cut|Drag)/

customElements.define("note-editor", class extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form")
    const fields = [...this.form.querySelectorAll("textarea")]
    this.sections = fields.map((field) => new Section(field, this.form.elements[`base_${field.name}`]))
    this.status = document.getElementById(this.dataset.status)
    this.requests = new Set()
    this.failures = 0
    this.retry = null
    this.listening = new AbortController()
    const on = (target, type, react) => target.addEventListener(type, react, { signal: this.listening.signal })
    on(this.form, "input", (event) => this.typed(event))
    on(this.form, "focusout", () => this.save())
    on(this.form, "submit", (event) => this.submit(event))
    on(document, "submit", (event) => event.target.id === "delete-note" && this.saveBeforeDeleting(event))
    on(document, "keydown", (event) => this.press(event))
    on(document, "pazpaz:save-now", () => this.saveAnything())
    on(document, "visibilitychange", () => (document.hidden ? this.saveAll() : this.comeBack()))
    on(window, "online", () => this.save())
    on(window, "beforeunload", (event) => this.warn(event))
    on(window, "pagehide", () => this.leaving || this.saveAnything())
    on(window, "pageshow", () => this.isUnsaved && this.save())
    // A reload may have been answered before the last save of the page it replaced.
    if (performance.getEntriesByType("navigation")[0]?.type === "reload") setTimeout(() => this.comeBack(), LOOK_AGAIN)
    focusEnd(fields)
    // Typed before this script ran, or put back by the browser.
    if (this.isUnsaved) this.typed()
  }

  disconnectedCallback() {
    clearTimeout(this.timer)
    clearTimeout(this.retry)
    this.listening.abort()
  }

  get isUnsaved() {
    return this.sections.some((section) => section.isUnsaved)
  }

  get version() {
    return this.form.elements.version
  }

  typed({ inputType = "" } = {}) {
    this.markUnsaved()
    for (const section of this.sections) if (section.held !== null && section.conflict) section.held = section.text
    clearTimeout(this.timer)
    const weight = this.sections.reduce((sum, section) => sum + section.weight, 0)
    if (weight > MUCH || PUT_IN.test(inputType)) this.save()
    else this.timer = setTimeout(() => this.save(), PAUSE)
  }

  markUnsaved() {
    this.toggleAttribute("data-unsaved", this.isUnsaved)
  }

  // One save at a time; what is typed meanwhile goes with the next turn of the loop.
  save() {
    clearTimeout(this.timer)
    this.saving ??= this.saveInTurn()
    return this.saving
  }

  async saveInTurn() {
    await null // so that the first look at the fields comes after this.saving is set, the last one right before it ends
    for (let goOn = true; goOn && !this.leaving; ) {
      const waiting = this.sections.filter((section) => section.isToBeSaved)
      if (waiting.length) goOn = await this.saveSection(waiting.reduce((one, other) => (other.turn < one.turn ? other : one)))
      else if (this.requests.size) goOn = await Promise.race(this.requests)
      else break
    }
    this.saving = null
    this.markUnsaved()
  }

  saveSection(section, leaving = false) {
    const request = this.sendSection(section, leaving)
    this.requests.add(request)
    return request.finally(() => this.requests.delete(request))
  }

  async sendSection(section, leaving) {
    this.show("saving")
    const { turn, text, data } = section.take(this.version.value)
    const onStart = (outlives) => section.underway.set(turn, { text, leaving, outlives })
    const isLast = this.sections.every((each) => each === section || !each.isUnsaved)
    const answer = await send(this.form, data, { leaving, isLast, onStart })
    section.underway.delete(turn)
    if (answer.kept) section.kept = text
    const goOn = this.settle(section, turn, text, answer)
    this.markUnsaved()
    return goOn
  }

  // Take in an answer; false when it makes no sense to go on at once.
  settle(section, turn, text, { kind, version, saved_at: time, marks = {}, conflicts = {}, errors = {}, removed = [] }) {
    document.querySelectorAll(`[data-notice]:not([data-notice="${kind}"])`).forEach((notice) => notice.remove())
    if (!["saved", "conflict", "invalid"].includes(kind)) return this.stop(kind)
    this.failures = 0
    if (section.isOutdated(turn)) return true
    const { name, field } = section
    section.answer(turn)
    if (name in marks) section.known(removed.includes(name) ? showRemoved(field, text) : text, marks[name])
    showErrors(field, errors[name] ?? [])
    if (name in conflicts) this.choose(section, conflicts[name])
    if (name in errors) section.held = text
    if (version) this.version.value = version
    if (this.sections.some((each) => each.held !== null)) this.show("held")
    else if (!this.sections.some((each) => each !== section && each.isToBeSaved)) this.show("saved", time)
    document.dispatchEvent(new CustomEvent("pazpaz:activity"))
    return true
  }

  choose(section, { text: stored, mark }) {
    const { field } = section
    section.held = field.value
    showConflict(field, stored, (text) => {
      section.known(stored, mark)
      field.value = text
      field.focus()
      this.save()
    })
  }

  stop(kind) {
    this.show(kind)
    const words = document.getElementById(`note-${kind}`)
    if (words && !document.querySelector(`[data-notice="${kind}"]`)) this.form.prepend(words.content.cloneNode(true))
    // Signed in again in another tab: coming back here tries at once, and so does the clock.
    if (kind === "failed" || kind === "signed-out") this.retryLater()
    return false
  }

  // Several requests that fail together are one failure.
  retryLater() {
    this.retry ??= setTimeout(() => {
      this.retry = null
      this.save()
    }, RETRIES[Math.min(this.failures++, RETRIES.length - 1)])
  }

  saveAll() {
    for (const section of this.sections) if (section.isToBeSaved) this.saveSection(section)
  }

  // The page goes, or the session, and what cannot be stored waits on Today. Both texts of a conflict are kept, one under the other, rather than lose one.
  saveAnything() {
    const left = this.sections.filter((section) => section.isToOutlive)
    for (const section of left) section.conflict?.querySelector("button[value=both]").click()
    this.saveBeforeLeaving(left)
  }

  // What can outlive the page is limited, so what is out already comes last.
  saveBeforeLeaving(sections) {
    for (const section of sections.toSorted((one, other) => one.isSafelyOut - other.isSafelyOut)) this.saveSection(section, true)
  }

  warn(event) {
    if (this.leaving || !this.isUnsaved) return
    this.saveBeforeLeaving(this.sections.filter((section) => section.isToOutlive && section.held !== section.text))
    event.preventDefault()
  }

  // Back from another tab or a reload: show what was written elsewhere, unless something is unsaved here.
  async comeBack() {
    if (this.isUnsaved) return this.save()
    const state = await askState(this.form)
    const moved = state.kind === "saved" && (!state.open || state.version !== Number(this.version.value))
    if (moved && !this.isUnsaved && !this.leaving) location.reload()
  }

  async submit(event) {
    const { opens } = event.submitter?.dataset ?? {}
    if (!opens) {
      this.leaving = true
      return
    }
    event.preventDefault()
    await this.save()
    if (!this.isUnsaved) document.getElementById(opens).showModal()
  }

  // The draft may be restored, with the last words of it.
  async saveBeforeDeleting(event) {
    if (!this.leaving && this.isUnsaved) {
      event.preventDefault()
      await Promise.race([this.save(), new Promise((resolve) => setTimeout(resolve, PATIENCE))])
      this.leaving = true
      event.target.requestSubmit(event.submitter)
    }
    this.leaving = true
  }

  press(event) {
    const digit = event.altKey && !event.ctrlKey && !event.metaKey && /^Digit([1-4])$/.exec(event.code)
    if (digit) this.sections[digit[1] - 1].field.focus()
    else if (["s", "ד"].includes(event.key) && (event.ctrlKey || event.metaKey)) this.save()
    else return
    event.preventDefault()
  }

  show(state, time) {
    showState(this.status, state, time)
  }
})
