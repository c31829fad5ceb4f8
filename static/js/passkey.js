// <passkey-form>: a form that a passkey fills in. Hidden unless this browser, at this address, can use passkeys.
// Options come from the page (data-options: id of a JSON script) or the server (data-options-url); data-create makes one.
const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0))
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")

const usable = () => "PublicKeyCredential" in window && "credentials" in navigator && !/^[\d.]+$|:/.test(location.hostname)

// The server speaks JSON with base64url where the browser's API wants bytes.
function decode({ publicKey }) {
  const named = (list) => list?.map((credential) => ({ ...credential, id: bytes(credential.id) }))
  const user = publicKey.user && { ...publicKey.user, id: bytes(publicKey.user.id) }
  const lists = { allowCredentials: named(publicKey.allowCredentials), excludeCredentials: named(publicKey.excludeCredentials) }
  return { publicKey: { ...publicKey, ...lists, user, challenge: bytes(publicKey.challenge) } }
}

function encode(credential) {
  const { id, rawId, type, response } = credential
  const parts = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]
  const found = parts.filter((part) => response[part]).map((part) => [part, text(response[part])])
  const clientExtensionResults = credential.getClientExtensionResults()
  return { id, rawId: text(rawId), type, response: Object.fromEntries(found), clientExtensionResults }
}

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
      const options = decode(await this.options())
      const deed = this.hasAttribute("data-create") ? "create" : "get"
      const made = await navigator.credentials[deed](options)
      this.form.elements.credential.value = JSON.stringify(encode(made))
      this.form.submit()
    } catch {
      this.lastElementChild.hidden = false
    }
  }

  async options() {
    const { options, optionsUrl } = this.dataset
    if (options) return JSON.parse(document.getElementById(options).textContent)
    const response = await fetch(optionsUrl, { headers: { Accept: "application/json" } })
    return (await response.json()).request_options
  }
})
