// <note-copy data-to="id">: its button puts the text of an earlier note under what stands in the same section.
customElements.define("note-copy", class extends HTMLElement {
  connectedCallback() {
    this.button = this.querySelector("button")
    this.button.hidden = false
    this.button.addEventListener("click", this)
  }

  handleEvent() {
    const field = document.getElementById(this.dataset.to)
    const text = this.querySelector("p").textContent
    field.value = field.value.trim() ? `${field.value.trimEnd()}\n${text}` : text
    field.focus()
    field.dispatchEvent(new Event("input", { bubbles: true }))
  }
})
