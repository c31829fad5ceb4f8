// data-shortcut="n" on a link or button: the key presses it, unless one is typing or a dialog is open.
const typing = (element) => element.closest("input, textarea, select, [contenteditable]")

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return
  if (typing(event.target) || document.querySelector("dialog[open]")) return
  const match = [...document.querySelectorAll("[data-shortcut]")].find(
    (element) => element.dataset.shortcut === event.key && element.checkVisibility(),
  )
  if (!match) return
  event.preventDefault()
  match.click()
})
