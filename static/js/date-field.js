// WebKit writes today's date into an empty date field, in grey, so it looks filled in: such fields are marked, and
// field.css hides what nobody chose. Elsewhere the mark changes nothing.
const KINDS = "input:is([type=date], [type=time], [type=datetime-local])"

function mark(field) {
  field.toggleAttribute("data-empty", !field.value && !field.validity.badInput)
}

const markAll = (root) => root.querySelectorAll(KINDS).forEach(mark)

for (const type of ["input", "change", "focusout"]) {
  document.addEventListener(type, ({ target }) => target instanceof Element && target.matches(KINDS) && mark(target))
}
document.addEventListener("htmx:load", ({ target }) => markAll(target))
addEventListener("pageshow", () => markAll(document))
markAll(document)
