// Forms that somebody typed into. Before their page is left because a session ends, the server keeps their text
// (accounts:park) until its writer has signed in again. A note editor saves by itself; a search is nothing to keep.
const NOT_KEPT = "note-editor, [role=search], #sign-out"
const CONTROLS = "textarea, select, input:not([type=hidden], [type=submit], [type=button], [type=search])"
const typed = new Set()
// A form is on its way to the server, and the page with it.
let submitting = false

function note(form) {
  if (form?.method === "post" && !form.closest(NOT_KEPT) && form.querySelector(CONTROLS)) typed.add(form)
}

// Whether a control holds something else than the page came with.
function isChanged(control) {
  if (control.type === "search") return false
  if (control.type === "checkbox" || control.type === "radio") return control.checked !== control.defaultChecked
  if (control.localName !== "select") return "defaultValue" in control && control.value !== control.defaultValue
  const given = [...control.options].filter((option) => option.defaultSelected)
  const chosen = [...control.selectedOptions]
  return given.length ? chosen.some((option) => !given.includes(option)) : control.selectedIndex > 0
}

// Text that the server does not have: typed here (perhaps before this script was there), or refused by it.
export function isUnsent(form) {
  return document.documentElement.hasAttribute("data-refused") || [...form.elements].some(isChanged)
}

for (const form of document.forms) if (isUnsent(form)) note(form)

document.addEventListener("input", ({ target }) => {
  submitting = false
  if (target.type !== "search") note(target.form)
})

document.addEventListener("submit", async (event) => {
  if (event.target.id !== "sign-out") {
    // Until its answer is there it counts as unsent: the session may end first.
    if (event.defaultPrevented) typed.delete(event.target)
    else submitting = typed.has(event.target)
    return
  }
  if (!typed.size) return
  event.preventDefault()
  try {
    await parkForms()
    event.target.submit()
  } catch {
    // Signing out would not get there either: the page stays, and with it the text.
    document.dispatchEvent(new CustomEvent("pazpaz:unreachable"))
  }
})

// The session has ended, htmx is about to leave for the sign-in page.
document.addEventListener("htmx:beforeOnLoad", async (event) => {
  const url = event.detail.xhr.getResponseHeader("HX-Redirect")
  // Leaving now would call the form back; where its text is, its own answer says.
  if (url && submitting) return event.preventDefault()
  if (!url || !typed.size) return
  event.preventDefault()
  // Not to be reached: the page stays, and with it the text.
  await parkForms().then((place) => location.assign(place ?? url), () => {})
})

// Hand over every form that was typed into; the address where the text will be found, if it was a single one.
// Throws when the server cannot be reached or does not answer as it should: then the forms are still here.
export async function parkForms() {
  const places = []
  for (const form of typed) {
    if (form.isConnected) places.push(await park(form))
    typed.delete(form)
    form.closest("[data-unsaved]")?.removeAttribute("data-unsaved")
  }
  const found = places.filter(Boolean)
  return found.length > 1 ? "/" : found[0]
}

async function park(form) {
  const { pathname, search } = new URL(form.getAttribute("action") ?? "", location)
  const body = new URLSearchParams(new FormData(form))
  body.set("unsent_path", pathname + search)
  const url = document.querySelector("idle-warning").dataset.parkUrl
  const response = await fetch(url, { method: "POST", body, headers: { "X-Requested-With": "fetch" } })
  // 400: too large, or too many at once.
  if (response.status >= 500 || [400, 429].includes(response.status)) throw new Error(`parking was answered with ${response.status}`)
  return [200, 401].includes(response.status) ? (await response.json()).signin : null
}
