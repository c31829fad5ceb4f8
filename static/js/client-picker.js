// <client-picker>: from the search field, the arrow down goes to the clients found and Enter takes the likeliest.
customElements.define("client-picker", class extends HTMLElement {
  connectedCallback() {
    this.addEventListener("keydown", this)
  }

  handleEvent(event) {
    if (event.target.type !== "search" || event.isComposing) return
    const choices = this.querySelectorAll("input[type=radio]")
    const likeliest = [...choices].find((choice) => !choice.defaultChecked) ?? choices[0]
    if (!likeliest || !["ArrowDown", "Enter"].includes(event.key)) return
    event.preventDefault()
    likeliest.focus()
    likeliest.click()
  }
})
