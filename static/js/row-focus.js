// A row that replaces itself takes the focus along: to its menu, or what else there is to press, not to the top of the page.
let row = ""

document.addEventListener("htmx:beforeSwap", ({ detail: { target } }) => {
  row = target.contains(document.activeElement) ? target.id : ""
})

document.addEventListener("htmx:afterSettle", () => {
  const swapped = row && document.activeElement === document.body ? document.getElementById(row) : null
  const next = swapped?.querySelector("[popovertarget]") ?? swapped?.querySelector("a")
  next?.focus()
  row = ""
})
