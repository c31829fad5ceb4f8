// <flash-message>: its button puts the message away.
customElements.define("flash-message", class extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", this)
  }

  handleEvent({ target }) {
    if (target.closest("button")) this.remove()
  }
})
