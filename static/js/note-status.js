// Says in the bar of the note what became of its text; the words are attributes of the status element.
const LOOKS = { saving: "saving", saved: "saved" }

export function showState(status, state, time) {
  status.dataset.state = LOOKS[state] ?? "error"
  // "Saving…" every second would be read aloud every second.
  if (state === "saving") return
  const words = document.createElement("span")
  words.textContent = status.getAttribute(`data-${state}`)
  if (time && state === "saved") words.append(" ", Object.assign(document.createElement("time"), { textContent: time }))
  const before = status.querySelector("span")
  if (before.textContent !== words.textContent) before.replaceWith(words)
  status.querySelector(".icon").hidden = state !== "saved"
}
