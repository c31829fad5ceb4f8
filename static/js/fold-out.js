// <fold-out><details open>: closed where room is short, open where there is plenty. Where it stays in sight, it stands
// under the bar that does too, however many lines that has.
const narrow = matchMedia("(width < 40rem)")

customElements.define("fold-out", class extends HTMLElement {
  connectedCallback() {
    narrow.addEventListener("change", this)
    this.handleEvent()
    const bar = document.querySelector(".bar:has(.saved)")
    this.watching = new ResizeObserver(() => this.style.setProperty("--bar", `${bar.offsetHeight}px`))
    if (bar) this.watching.observe(bar)
  }

  disconnectedCallback() {
    narrow.removeEventListener("change", this)
    this.watching.disconnect()
  }

  handleEvent() {
    this.querySelector("details").open = !narrow.matches
  }
})
