// Forms that somebody typed into. Before their page is left because a session ends, the server keeps their text
// (accounts:park) until its writer has signed in again. A note editor saves by itself; a search is nothing to keep.
const NOT_KEPT = "note-editor, [role=search], #sign-out"
const typed = new Set()

function note(form) {
  if (form?.method === "post" && !form.closest(NOT_KEPT)) typed.add(form)
}

// What was refused is typed text too.
if (performance.getEntriesByType("navigation")[0]?.responseStatus >= 400) [...document.forms].forEach(note)

document.addEventListener("input", ({ target }) => target.type !== "search" && note(target.form))

document.addEventListener("submit", async (event) => {
  typed.delete(event.target)
  if (event.target.id !== "sign-out" || !typed.size) return
  event.preventDefault()
  await parkForms().catch(() => null)
  event.target.submit()
})

// The session has ended, htmx is about to leave for the sign-in page.
document.addEventListener("htmx:beforeOnLoad", async (event) => {
  const url = event.detail.xhr.getResponseHeader("HX-Redirect")
  if (!url || !typed.size) return
  event.preventDefault()
  // Not to be reached: the page stays, and with it the text.
  await parkForms().then((place) => location.assign(place ?? url), () => {})
})

// Hand over every form that was typed into; the address where the text will be found, if it was a single one.
// Throws when the server cannot be reached.
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
  return [200, 401].includes(response.status) ? (await response.json()).signin : null
}
