// <note-editor> around the form of a draft: saves a second after typing stops, and whenever the page is left.
// What the server is known to hold is each field's defaultValue; nothing is kept in the browser's storage.
import { showConflict, showErrors } from "./note-conflict.js"
import { askState, send } from "./note-sending.js"

const PAUSE = 1000
const RETRIES = [2000, 4000, 8000, 15_000, 30_000]
const LOOK_AGAIN = 700

customElements.define("note-editor", class extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form")
    this.fields = new Map([...this.form.querySelectorAll("textarea")].map((field) => [field.name, field]))
    this.status = document.getElementById(this.dataset.status)
    this.sent = null // texts on their way, or sent without an answer: they are repeated as they are until there is one
    this.held = new Map() // texts that wait for the writer: refused, or in conflict with another window's
    this.failures = 0
    this.listening = new AbortController()
    const on = (target, type, react) => target.addEventListener(type, react, { signal: this.listening.signal })
    on(this.form, "input", () => this.typed())
    on(this.form, "focusout", () => this.save())
    on(this.form, "submit", (event) => this.submit(event))
    on(document, "submit", ({ target }) => (this.leaving ||= target.id === "delete-note"))
    on(document, "keydown", (event) => this.press(event))
    on(document, "pazpaz:save-now", () => this.saveAnything())
    on(document, "visibilitychange", () => (document.hidden ? this.save() : this.comeBack()))
    on(window, "online", () => this.save())
    on(window, "beforeunload", (event) => this.warn(event))
    on(window, "pagehide", () => this.leaving || this.saveAnything())
    // A reload may have been answered before the last save of the page it replaced.
    if (performance.getEntriesByType("navigation")[0]?.type === "reload") setTimeout(() => this.comeBack(), LOOK_AGAIN)
  }

  disconnectedCallback() {
    clearTimeout(this.timer)
    this.listening.abort()
  }

  changed() {
    const texts = [...this.fields].map(([name, field]) => [name, field.value])
    return new Map(texts.filter(([name, text]) => text !== this.fields.get(name).defaultValue && this.held.get(name) !== text))
  }

  get isUnsaved() {
    return this.sent !== null || [...this.fields.values()].some((field) => field.value !== field.defaultValue)
  }

  typed() {
    this.toggleAttribute("data-unsaved", this.isUnsaved)
    for (const name of this.held.keys()) if (this.inConflict(name)) this.held.set(name, this.fields.get(name).value)
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.save(), PAUSE)
  }

  inConflict(name) {
    return this.fields.get(name).closest(".field").querySelector("[data-conflict]") !== null
  }

  // One save at a time; what is typed meanwhile goes with the next turn of the loop.
  save() {
    clearTimeout(this.timer)
    this.saving ??= this.saveInTurn()
    return this.saving
  }

  async saveInTurn() {
    await null // so that the first look at the fields comes after this.saving is set, the last one right before it ends
    while (!this.leaving && (this.sent ??= this.changed()).size) {
      this.show("saving")
      if (!this.settle(await send(this.form, this.data(this.sent)))) break
    }
    if (!this.sent?.size) this.sent = null
    this.saving = null
    this.toggleAttribute("data-unsaved", this.isUnsaved)
  }

  data(texts) {
    const data = new FormData()
    data.set("version", this.form.elements.version.value)
    for (const [name, text] of texts) {
      data.set(name, text)
      data.set(`base_${name}`, this.form.elements[`base_${name}`].value)
      if (this.sent?.has(name) && this.sent.get(name) !== text) data.set(`sent_${name}`, this.sent.get(name))
    }
    return data
  }

  // Take in an answer; false when it makes no sense to go on at once.
  settle({ kind, version, saved_at: time, marks = {}, conflicts = {}, errors = {} }) {
    document.querySelectorAll(`[data-notice]:not([data-notice="${kind}"])`).forEach((notice) => notice.remove())
    if (!["saved", "conflict", "invalid"].includes(kind)) return this.stop(kind)
    const sent = this.sent
    this.sent = null
    this.failures = 0
    for (const [name, mark] of Object.entries(marks)) this.known(name, sent.get(name), mark)
    for (const [name, field] of this.fields) if (sent.has(name)) showErrors(field, errors[name] ?? [])
    for (const [name, { text, mark }] of Object.entries(conflicts)) this.choose(name, text, mark)
    for (const name of Object.keys(errors)) this.held.set(name, sent.get(name))
    if (version) this.form.elements.version.value = version
    this.show(this.held.size ? "held" : "saved", time)
    document.dispatchEvent(new CustomEvent("pazpaz:activity"))
    return true
  }

  known(name, text, mark) {
    this.fields.get(name).defaultValue = text
    this.form.elements[`base_${name}`].value = mark
    this.held.delete(name)
  }

  choose(name, stored, mark) {
    const field = this.fields.get(name)
    this.held.set(name, field.value)
    showConflict(field, stored, (text) => {
      this.known(name, stored, mark)
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
    if (kind === "failed" || kind === "signed-out") {
      this.timer = setTimeout(() => this.save(), RETRIES[Math.min(this.failures++, RETRIES.length - 1)])
    }
    return false
  }

  // The page goes, or the session: both texts of a conflict are kept, one under the other, rather than lose one.
  saveAnything() {
    for (const button of this.form.querySelectorAll("[data-conflict] button[value=both]")) button.click()
    if (!this.saving) return this.save()
    const late = [...this.changed()].filter(([name, text]) => this.sent?.get(name) !== text)
    // One request a section, so that each is small enough to outlive the page.
    for (const section of late) send(this.form, this.data([section]))
  }

  warn(event) {
    if (this.leaving || !this.isUnsaved) return
    if (this.saving) this.saveAnything()
    else this.save()
    event.preventDefault()
  }

  // Back from another tab or a reload: show what was written elsewhere, unless something is unsaved here.
  async comeBack() {
    if (this.isUnsaved) return this.save()
    const state = await askState(this.form)
    const moved = state.kind === "saved" && (!state.open || state.version !== Number(this.form.elements.version.value))
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

  press(event) {
    const digit = event.altKey && !event.ctrlKey && !event.metaKey && /^Digit([1-4])$/.exec(event.code)
    if (digit) [...this.fields.values()][digit[1] - 1].focus()
    else if (["s", "ד"].includes(event.key) && (event.ctrlKey || event.metaKey)) this.save()
    else return
    event.preventDefault()
  }

  show(state, time) {
    this.status.dataset.state = { saving: "saving", saved: "saved" }[state] ?? "error"
    // "Saving…" every second would be read aloud every second.
    if (state === "saving") return
    const words = document.createElement("span")
    words.textContent = this.status.getAttribute(`data-${state}`)
    if (time && state === "saved") words.append(" ", Object.assign(document.createElement("time"), { textContent: time }))
    const before = this.status.querySelector("span")
    if (before.textContent !== words.textContent) before.replaceWith(words)
    this.status.querySelector(".icon").hidden = state !== "saved"
  }
})
