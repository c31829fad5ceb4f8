// <grow-textarea>: as tall as its text, where CSS cannot do it by field-sizing.
const native = CSS.supports("field-sizing", "content")

customElements.define("grow-textarea", class extends HTMLElement {
  connectedCallback() {
    if (native) return
    this.addEventListener("input", this)
    this.handleEvent()
  }

  handleEvent() {
    const field = this.querySelector("textarea")
    field.style.blockSize = "auto"
    field.style.blockSize = `${field.scrollHeight + 2}px`
  }
})
