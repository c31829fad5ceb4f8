// <now-line data-start="13:12" data-zone="Europe/Berlin">: moves with the clock of the practice.
customElements.define("now-line", class extends HTMLElement {
  connectedCallback() {
    this.clock = new Intl.DateTimeFormat("en-GB", { timeZone: this.dataset.zone, hour: "2-digit", minute: "2-digit" })
    this.timer = setInterval(() => this.move(), 20_000)
    this.move()
  }

  disconnectedCallback() {
    clearInterval(this.timer)
  }

  move() {
    const time = this.clock.format(new Date())
    const { start, end } = this.closest(".week").dataset
    this.dataset.start = time
    this.hidden = time < start || time > end
  }
})
