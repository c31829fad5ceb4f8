// A link with data-opens="id" opens a dialog instead of the page that asks the same. And command="show-modal" with
// commandfor="id", for browsers that do not know them yet.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-opens]")
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return
  event.preventDefault()
  document.getElementById(link.dataset.opens).showModal()
})

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
