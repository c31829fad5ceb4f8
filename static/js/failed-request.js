// Says in the live region that an htmx request came to nothing; the words come from <template id="request-failed">.
function announce() {
  const words = document.getElementById("request-failed")
  document.getElementById("messages")?.replaceChildren(words.content.cloneNode(true))
}

for (const failure of ["htmx:responseError", "htmx:sendError", "htmx:timeout", "pazpaz:unreachable"]) {
  document.addEventListener(failure, announce)
}

document.addEventListener("htmx:beforeRequest", () => {
  document.querySelector("#messages [data-failed]")?.remove()
})
