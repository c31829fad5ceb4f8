// <fold-out><details open>: closed where room is short, open where there is plenty.
const narrow = matchMedia("(width < 40rem)")

customElements.define("fold-out", class extends HTMLElement {
  connectedCallback() {
    narrow.addEventListener("change", this)
    this.handleEvent()
  }

  disconnectedCallback() {
    narrow.removeEventListener("change", this)
  }

  handleEvent() {
    this.querySelector("details").open = !narrow.matches
  }
})
