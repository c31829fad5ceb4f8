// command="show-modal" and commandfor="id" for browsers that do not know them yet.
const native = "commandForElement" in HTMLButtonElement.prototype

if (!native) {
  document.addEventListener("click", ({ target }) => {
    const button = target.closest("button[commandfor]")
    const dialog = button && document.getElementById(button.getAttribute("commandfor"))
    if (!dialog) return
    if (button.getAttribute("command") === "show-modal") dialog.showModal()
    if (button.getAttribute("command") === "close") dialog.close()
  })
}
