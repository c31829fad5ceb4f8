// <search-box>: "/" goes to its field, Escape empties it.
customElements.define("search-box", class extends HTMLElement {
  connectedCallback() {
    document.addEventListener("keydown", this)
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this)
  }

  handleEvent(event) {
    const field = this.querySelector("input")
    const typing = event.target.closest("input, textarea, select, [contenteditable], dialog")
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault()
      field.focus()
      field.select()
    }
    if (event.key === "Escape" && event.target === field && field.value) {
      event.preventDefault()
      field.value = ""
      field.dispatchEvent(new Event("input", { bubbles: true }))
    }
  }
})
