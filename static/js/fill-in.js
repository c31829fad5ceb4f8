// <fill-in>: choosing an option with data-fill writes that into the field its list names in data-fills,
// unless somebody has typed something else there.
customElements.define("fill-in", class extends HTMLElement {
  connectedCallback() {
    this.filled = new Map()
    this.addEventListener("change", this)
    // Somebody quick may have chosen before this script was there.
    for (const list of this.querySelectorAll("select[data-fills]")) {
      if (!list.selectedOptions[0]?.defaultSelected) this.handleEvent({ target: list })
    }
  }

  handleEvent({ target }) {
    const field = document.getElementById(target.dataset.fills)
    const value = field && target.selectedOptions[0].dataset.fill
    if (!value || (field.value && field.value !== (this.filled.get(field) ?? field.defaultValue))) return
    field.value = value
    this.filled.set(field, value)
  }
})
