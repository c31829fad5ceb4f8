// <idle-warning>: asks before an idle session ends, saves what is unsaved, then leaves for the sign-in page.
// Activity is a page load, an htmx request or "pazpaz:activity", in any tab of this browser.
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const post = (form) => fetch(form.action, { method: "POST", body: new FormData(form), redirect: "manual", keepalive: true })

customElements.define("idle-warning", class extends HTMLElement {
  connectedCallback() {
    this.dialog = this.querySelector("dialog")
    this.form = this.querySelector("form")
    this.tabs = new BroadcastChannel("pazpaz-activity")
    this.tabs.onmessage = () => this.restart()
    this.form.addEventListener("submit", (event) => this.stay(event))
    this.dialog.addEventListener("cancel", (event) => this.stay(event))
    document.addEventListener("htmx:afterRequest", this)
    document.addEventListener("pazpaz:activity", this)
    this.timer = setInterval(() => this.tick(), 1000)
    this.handleEvent()
  }

  disconnectedCallback() {
    document.removeEventListener("htmx:afterRequest", this)
    document.removeEventListener("pazpaz:activity", this)
    clearInterval(this.timer)
    this.tabs.close()
  }

  handleEvent() {
    if (this.leaving) return
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
    if (response?.ok) this.handleEvent()
    else if (response) this.leave()
  }

  tick() {
    // A little early: what is unsaved must reach the server while the session still lives.
    const left = Math.ceil((this.endsAt - Date.now()) / 1000) - 4
    if (left <= 0) return this.leave()
    if (left > Number(this.dataset.warnSeconds)) return
    if (!this.dialog.open) this.dialog.showModal()
    this.querySelector("time").textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`
  }

  async leave() {
    this.leaving = true
    clearInterval(this.timer)
    document.dispatchEvent(new CustomEvent("pazpaz:save-now"))
    for (let waited = 0; waited < 2000 && document.querySelector("[data-unsaved]"); waited += 100) await pause(100)
    const signOut = document.getElementById("sign-out")
    if (signOut) await Promise.race([post(signOut).catch(() => null), pause(1500)])
    location.replace(`${this.dataset.signinUrl}?next=${encodeURIComponent(location.pathname)}`)
  }
})
