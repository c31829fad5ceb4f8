// A page kept alive by the browser may show what the session may no longer see: ask the server again.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload()
})
