// How the note editor speaks with the server. An answer's kind is saved, conflict, closed, invalid, signed-out, refused,
// or failed: then nobody knows whether the text arrived.
const KINDS = { 200: "saved", 401: "signed-out", 403: "refused", 404: "refused", 409: "conflict", 412: "refused", 422: "invalid" }
// Browsers let 64 KiB outlive a page, all its requests together; some of it is for what other scripts send.
const MOST_OUTLIVING = 63 * 1024
// More than any browser spends on the boundary and the head of one part of a form.
const PART = 180

let outliving = 0
let courier = null
// The unsent form in which the server keeps, for the author of this page, what it could not store.
let kept = null

// Without it (private windows of Firefox, plain HTTP) what does not fit is sent as usual, and may end with the page.
navigator.serviceWorker
  ?.register(new URL("note-courier.js", import.meta.url))
  .then((registration) => (courier = registration), () => null)

// `onStart` is told whether the request outlives the page. With the last unsaved section nothing need be kept any longer.
export async function send(form, data, { leaving, isLast, onStart }) {
  data.set("page_author", form.elements.page_author.value)
  if (leaving) data.set("leaving", "yes")
  const answer = await post(form, data, { leaving, isLast, onStart })
  // A sign-in in another tab made a new CSRF token: the one of this page is refused until the page reads it again.
  if (answer.kind !== "refused") return answer
  const state = await askState(form)
  if (state.kind !== "saved" || !state.token) return state
  for (const input of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) input.value = state.token
  return post(form, data, { leaving, isLast, onStart })
}

// Which version is stored, whether it is still a draft, and a CSRF token that counts.
export function askState(form) {
  return ask(fetch(form.dataset.stateUrl, { ...asScript(), cache: "no-store" }))
}

async function post(form, data, { leaving, isLast, onStart }) {
  if (kept && isLast) data.set("unsent_form", kept)
  const bytes = size(data)
  const keepalive = outliving + bytes <= MOST_OUTLIVING
  const headers = { ...asScript().headers, "X-CSRFToken": form.elements.csrfmiddlewaretoken.value }
  const handOver = leaving && !keepalive && courier?.active
  onStart(keepalive || Boolean(handOver))
  if (keepalive) outliving += bytes
  const options = { method: "POST", body: data, keepalive, redirect: "manual", headers }
  const answer = await ask(handOver ? byCourier(form.action, data, headers) : fetch(form.action, options))
  if (keepalive) outliving -= bytes
  kept = answer.kept ?? kept
  return answer
}

const asScript = () => ({ redirect: "manual", headers: { Accept: "application/json" } })

// The size of a multipart form, where a line end has two characters.
function size(data) {
  const bytes = (text) => new TextEncoder().encode(text.replaceAll("\n", "\r\n")).length
  return [...data].reduce((sum, [name, text]) => sum + PART + name.length + bytes(text), PART)
}

function byCourier(url, data, headers) {
  const { port1, port2 } = new MessageChannel()
  const answer = new Promise((resolve) => {
    port1.onmessage = ({ data: { words, ...response } }) => resolve({ ...response, json: async () => words })
  })
  courier.active.postMessage({ url, headers, entries: [...data] }, [port2])
  return answer
}

async function ask(answer) {
  try {
    const response = await answer
    // Where a session has ended the server leads to the sign-in page.
    if (response.type === "opaqueredirect") return { kind: "signed-out" }
    const words = await response.json().catch(() => ({}))
    return { kind: words.closed ? "closed" : (KINDS[response.status] ?? "failed"), ...words }
  } catch {
    return { kind: "failed" }
  }
}
