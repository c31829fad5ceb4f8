// <note-leave-guard> around a form that is not saved by itself: the browser asks before typed text is left behind.
customElements.define("note-leave-guard", class extends HTMLElement {
  connectedCallback() {
    this.addEventListener("input", () => this.toggleAttribute("data-unsaved", true))
    this.addEventListener("submit", () => this.toggleAttribute("data-unsaved", false))
    this.ask = (event) => this.hasAttribute("data-unsaved") && event.preventDefault()
    addEventListener("beforeunload", this.ask)
    // Typed before this script ran.
    const fields = [...this.querySelectorAll("textarea")]
    if (fields.some((field) => field.value !== field.defaultValue)) this.toggleAttribute("data-unsaved", true)
  }

  disconnectedCallback() {
    removeEventListener("beforeunload", this.ask)
  }
})
