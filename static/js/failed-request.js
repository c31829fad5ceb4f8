// Says in the live region that an htmx request came to nothing; the words come from <template id="request-failed">.
function announce() {
  const words = document.getElementById("request-failed")
  const region = document.getElementById("messages")
  if (!words || !region) return
  region.querySelector("[data-failed]")?.remove()
  region.append(words.content.cloneNode(true))
  region.lastElementChild.scrollIntoView({ block: "nearest" })
}

for (const failure of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(failure, announce)
}

document.addEventListener("htmx:beforeRequest", () => {
  document.querySelector("#messages [data-failed]")?.remove()
})
