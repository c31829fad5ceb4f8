// data-shortcut="n" on a link or button: the key presses it, unless one is typing or a dialog is open.
const typing = (element) => element.closest("input, textarea, select, [contenteditable]")

// A keyboard of another alphabet has no "n": there the key counts that has it on a Latin one.
const latin = ({ key, code }) => (key > "~" ? code.replace(/^Key/, "").toLowerCase() : key)

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return
  if (typing(event.target) || document.querySelector("dialog[open]")) return
  const match = [...document.querySelectorAll("[data-shortcut]")].find(
    (element) => element.dataset.shortcut === latin(event) && element.checkVisibility(),
  )
  if (!match) return
  event.preventDefault()
  match.click()
})
