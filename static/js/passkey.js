// <passkey-form>: a form that a passkey fills in. Hidden unless this browser, at this address, can use passkeys.
// Options come from the page (data-options: id of a JSON script) or the server (data-options-url); data-create makes one.
// Safari reads and writes passkeys as JSON from 18.4, Chrome from 129.
const usable = () => "parseCreationOptionsFromJSON" in (window.PublicKeyCredential ?? {}) && !/^[\d.]+$|:/.test(location.hostname)

// <passkey-offer>: a link to where a passkey is made, where this browser can make one; else the sentence that stands there.
customElements.define("passkey-offer", class extends HTMLElement {
  connectedCallback() {
    if (!usable()) return
    this.querySelector("[data-without-passkeys]").remove()
    this.querySelector("a").hidden = false
  }
})

customElements.define("passkey-form", class extends HTMLElement {
  connectedCallback() {
    if (!usable()) return
    this.hidden = false
    document.querySelector("[data-without-passkeys]")?.remove()
    this.form = this.querySelector("form")
    this.form.addEventListener("submit", (event) => this.ask(event))
  }

  async ask(event) {
    event.preventDefault()
    this.lastElementChild.hidden = true
    try {
      const credential = await this.credential((await this.options()).publicKey)
      this.form.elements.credential.value = JSON.stringify(credential)
      this.form.submit()
    } catch {
      this.lastElementChild.hidden = false
    }
  }

  credential(options) {
    if (!this.hasAttribute("data-create")) {
      return navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) })
    }
    return navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
  }

  async options() {
    const { options, optionsUrl } = this.dataset
    if (options) return JSON.parse(document.getElementById(options).textContent)
    const response = await fetch(optionsUrl, { headers: { Accept: "application/json" } })
    return (await response.json()).request_options
  }
})
