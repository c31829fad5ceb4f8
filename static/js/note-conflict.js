// Shows two texts of one section beside each other, above its field; the words come from <template id="note-conflict">.
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
