// What the note editor says and does at the field of a section.

// Show two texts of one section beside each other, above its field; the words come from <template id="note-conflict">.
// `settle` is called with the text to go on with.
export function showConflict(field, stored, settle) {
  const place = field.closest(".field")
  place.querySelector("[data-conflict]")?.remove()
  const notice = document.getElementById("note-conflict").content.firstElementChild.cloneNode(true)
  const mine = field.value
  const choices = { mine: () => field.value, other: () => stored, both: () => `${stored}\n\n${field.value}` }
  notice.querySelector("[data-mine]").textContent = mine
  notice.querySelector("[data-other]").textContent = stored
  notice.addEventListener("click", ({ target }) => {
    const choice = choices[target.closest("button")?.value]
    if (!choice) return
    notice.remove()
    settle(choice())
  })
  place.prepend(notice)
  notice.scrollIntoView({ block: "nearest" })
}

export function showErrors(field, errors) {
  const place = field.closest(".field")
  place.querySelector(".errors")?.remove()
  field.toggleAttribute("aria-invalid", false)
  if (!errors.length) return
  const list = place.appendChild(document.createElement("ul"))
  list.className = "errors"
  list.id = `${field.id}_error`
  list.setAttribute("role", "alert")
  list.append(...errors.map((words) => Object.assign(document.createElement("li"), { textContent: words })))
  field.setAttribute("aria-invalid", "true")
  field.setAttribute("aria-describedby", list.id)
}

// Take the characters that were not stored out of the field too, and say so; the text that was stored.
export function showRemoved(field, sent) {
  const { selectionStart: start, selectionEnd: end, value } = field
  const without = (text) => text.replaceAll("\0", "")
  if (value !== without(value)) {
    field.value = without(value)
    field.setSelectionRange(without(value.slice(0, start)).length, without(value.slice(0, end)).length)
  }
  const place = field.closest(".field")
  if (!place.querySelector("[data-removed]")) place.append(document.getElementById("note-removed").content.cloneNode(true))
  return without(sent)
}

// Writing goes on at the end of the first section, unless the writer is somewhere else already.
export function focusEnd([field]) {
  const { activeElement } = document
  if (![field, document.body].includes(activeElement) || field.value !== field.defaultValue) return
  field.focus({ preventScroll: true })
  field.setSelectionRange(field.value.length, field.value.length)
}
