// <flash-message>: its own button puts it away. One that went well goes by itself, with time to read it and to
// press Undo, but never while it is pointed at, while focus is in it, or while nobody sees the page.
const SECONDS = { plain: 8, undo: 15, longer: 5 }

customElements.define("flash-message", class extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", this)
    if (document.readyState !== "complete") this.speak()
    if (!("stays" in this.dataset)) this.goAfter(this.querySelector("form") ? SECONDS.undo : SECONDS.plain)
  }

  disconnectedCallback() {
    clearTimeout(this.timer)
  }

  handleEvent({ target }) {
    if (target.closest("flash-message > button")) this.putAway()
  }

  goAfter(seconds) {
    this.timer = setTimeout(() => {
      if (document.hidden || this.matches(":hover, :focus-within")) this.goAfter(SECONDS.longer)
      else this.putAway()
    }, seconds * 1000)
  }

  putAway() {
    // Focus would fall back to the beginning of the page.
    if (this.contains(document.activeElement)) document.getElementById("main")?.focus({ preventScroll: true })
    this.remove()
  }

  // A live region says what changes; what came with the page is put in once more.
  speak() {
    const words = this.querySelector("p")
    setTimeout(() => words.replaceWith(words.cloneNode(true)), 500)
  }
})
