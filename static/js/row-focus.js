// A row that replaces itself takes the focus along: it goes to the same place of the new row, not to the top.
let row = ""

document.addEventListener("htmx:beforeSwap", ({ detail: { target } }) => {
  row = target.contains(document.activeElement) ? target.id : ""
})

document.addEventListener("htmx:afterSettle", () => {
  if (row && document.activeElement === document.body)
    document.getElementById(row)?.querySelector("[popovertarget], .btn, a")?.focus()
  row = ""
})
