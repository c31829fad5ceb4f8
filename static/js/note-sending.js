// How the note editor speaks with the server. An answer's kind is saved, conflict, closed, invalid, signed-out, refused,
// or failed: then nobody knows whether the text arrived.
const KINDS = { 200: "saved", 401: "signed-out", 403: "refused", 404: "refused", 409: "conflict", 412: "refused", 422: "invalid" }
// Browsers let at most 64 KiB outlive their page.
const KEEPALIVE_BYTES = 60_000

// The unsent form in which the server keeps, for the author of this page, what came after its session had ended.
let kept = null

const size = (data) => [...data.values()].reduce((sum, text) => sum + new Blob([text]).size + 200, 0)

export async function send(form, data) {
  const answer = await post(form, data)
  // Whoever signed in again in another tab has a new CSRF token; the one of this page is refused until it is read anew.
  if (answer.kind !== "refused") return answer
  const state = await askState(form)
  if (state.kind !== "saved" || !state.token) return state
  for (const input of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) input.value = state.token
  return post(form, data)
}

// Which version is stored, whether it is still a draft, and a CSRF token that counts.
export function askState(form) {
  return ask(form.dataset.stateUrl, { cache: "no-store" })
}

async function post(form, data) {
  const token = form.elements.csrfmiddlewaretoken.value
  data.set("page_author", form.elements.page_author.value)
  // What is saved now need not be kept any longer.
  if (kept) data.set("unsent_form", kept)
  const answer = await ask(form.action, { method: "POST", body: data, keepalive: size(data) < KEEPALIVE_BYTES, headers: { "X-CSRFToken": token } })
  kept = answer.kept ?? kept
  return answer
}

async function ask(url, { headers, ...options }) {
  try {
    const response = await fetch(url, { ...options, redirect: "manual", headers: { Accept: "application/json", ...headers } })
    // Where a session has ended the server leads to the sign-in page.
    if (response.type === "opaqueredirect") return { kind: "signed-out" }
    const isJson = response.headers.get("Content-Type")?.startsWith("application/json")
    const words = isJson ? await response.json() : {}
    return { kind: words.closed ? "closed" : (KINDS[response.status] ?? "failed"), ...words }
  } catch {
    return { kind: "failed" }
  }
}
