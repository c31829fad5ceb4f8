// <flash-message>: its own button puts the message away (one in a form, such as Undo, does what it says).
customElements.define("flash-message", class extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", this)
  }

  handleEvent({ target }) {
    if (target.closest("flash-message > button")) this.remove()
  }
})
