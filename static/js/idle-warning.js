// <idle-warning>: asks before an idle session ends, saves what is unsaved, then leaves for the sign-in page.
// Activity is a page load, typing, a click, an htmx request or "pazpaz:activity", in any tab of this browser.
import { parkForms } from "./unsent-forms.js"

const HANDS = ["input", "keydown", "pointerdown"]
const HEARD = ["htmx:afterRequest", "pazpaz:activity"]
const TELL_EVERY = 60_000

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const post = (form) => fetch(form.action, { method: "POST", body: new FormData(form), redirect: "manual", keepalive: true })
// Led to the sign-in page, or refused: the session is over, or another person's by now.
const isOver = (response) => response.type === "opaqueredirect" || response.status === 403
// One tab after the other: what a tab brings after the first one signed out must come with that answer's cookie.
const inTurn = (leave) => (navigator.locks ? navigator.locks.request("pazpaz-leaving", leave) : leave())

customElements.define("idle-warning", class extends HTMLElement {
  connectedCallback() {
    this.dialog = this.querySelector("dialog")
    this.form = this.querySelector("form")
    this.tabs = new BroadcastChannel("pazpaz-activity")
    this.tabs.onmessage = () => this.restart()
    this.form.addEventListener("submit", (event) => this.stay(event))
    this.dialog.addEventListener("cancel", (event) => this.stay(event))
    for (const type of [...HANDS, ...HEARD]) document.addEventListener(type, this)
    this.timer = setInterval(() => this.tick(), 1000)
    this.heard()
  }

  disconnectedCallback() {
    for (const type of [...HANDS, ...HEARD]) document.removeEventListener(type, this)
    clearInterval(this.timer)
    this.tabs.close()
  }

  handleEvent({ type }) {
    if (HEARD.includes(type)) this.heard()
    // The question itself wants a clear answer.
    else if (!this.dialog.open) this.moved = true
  }

  // The server has just heard of this session.
  heard() {
    this.heardAt = Date.now()
    this.untold = false
    this.goOn()
  }

  goOn() {
    if (this.leaving) return
    this.moved = false
    this.restart()
    this.tabs.postMessage("active")
  }

  restart() {
    this.endsAt = Date.now() + Number(this.dataset.idleSeconds) * 1000
    if (this.dialog.open) this.dialog.close()
  }

  async stay(event) {
    event.preventDefault()
    const response = await post(this.form).catch(() => null)
    if (response?.ok) this.heard()
    else if (response && isOver(response)) this.leave()
  }

  tick() {
    if (this.moved) {
      this.untold = true
      this.goOn()
    }
    // Typing alone does not reach the server, whose clock decides. If the session is gone, saving will say so.
    if (this.untold && Date.now() - this.heardAt >= TELL_EVERY) {
      this.heardAt = Date.now()
      this.untold = false
      this.tell()
    }
    // A little early: what is unsaved must reach the server while the session still lives.
    const left = Math.ceil((this.endsAt - Date.now()) / 1000) - 4
    if (left <= 0) return this.leave()
    if (left > Number(this.dataset.warnSeconds)) return
    if (!this.dialog.open) this.dialog.showModal()
    this.querySelector("time").textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`
  }

  // A note editor hears of the end by itself, and keeps its page for the writer to go on.
  async tell() {
    const response = await post(this.form).catch(() => null)
    if (response && isOver(response) && !document.querySelector("note-editor")) this.leave()
  }

  async leave() {
    if (this.leaving) return
    this.leaving = true
    clearInterval(this.timer)
    const place = await inTurn(() => this.saveAndSignOut())
    location.replace(place ?? `${this.dataset.signinUrl}?next=${encodeURIComponent(location.pathname)}`)
  }

  async saveAndSignOut() {
    document.dispatchEvent(new CustomEvent("pazpaz:save-now"))
    const place = await this.park()
    for (let waited = 0; waited < 2000 && document.querySelector("[data-unsaved]"); waited += 100) await pause(100)
    const signOut = document.getElementById("sign-out")
    if (signOut) await Promise.race([post(signOut).catch(() => null), pause(1500)])
    return place
  }

  // A computer that wakes up is not in the network yet: its page waits, unseen, rather than lose what it holds.
  async park() {
    for (;;) {
      try {
        return await parkForms()
      } catch {
        document.querySelector(".app").hidden = true
        await pause(3000)
      }
    }
  }
})
