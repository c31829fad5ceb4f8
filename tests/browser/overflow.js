// Runs in a page and returns what a reader would call broken: text or controls that stick out of their card, text
// that is cut without an ellipsis, text or controls under something else, letters that are too small to read.
() => {
  const CARDS = ".card, .entry, .notice, .alert, .pill, .btn, .menu, .dialog, .cell, .appt > *, .row, td, th, fieldset, flash-message, .bar, main"
  const CONTROLS = "a[href], button, input:not([type=hidden]), select, textarea, summary"
  const SMALLEST = 12.99
  const SLACK = 1.5
  const faults = new Set()
  const root = document.scrollingElement

  const words = (element) => {
    const path = [element.localName, element.id && `#${element.id}`, ...[...element.classList].map((name) => `.${name}`)].filter(Boolean).join("")
    return `${path} “${(element.textContent || element.value || "").trim().replace(/\s+/g, " ").slice(0, 40)}”`
  }
  const report = (what, element, by) => faults.add(`${what}: ${words(element)}${by ? ` – ${words(by)}` : ""}`)

  // What is there for screen readers alone, or until it is focused, is never seen.
  const isSeen = (element) => element.checkVisibility({ visibilityProperty: true }) && !element.closest(".vh, .skip, [aria-hidden=true] .slots, template, noscript")
    && !clippedAway(element)
  function clippedAway(element) {
    for (let each = element; each; each = each.parentElement) if (getComputedStyle(each).clipPath === "inset(50%)") return true
    return false
  }

  function textRects(node) {
    const range = document.createRange()
    range.selectNodeContents(node)
    return [...range.getClientRects()].filter((rect) => rect.width > 1 && rect.height > 1)
  }

  function checkBox(element, rect, what, first = element.parentElement) {
    const descent = Math.max(2.5, rect.height * .2) // letters of tight lines reach out of them
    for (let each = first; each && each !== root; each = each.parentElement) {
      const style = getComputedStyle(each)
      if (style.display === "inline" || style.display === "contents") continue
      const box = each.getBoundingClientRect()
      const out = Math.max(box.left - rect.left, rect.right - box.right)
      const below = Math.max(box.top - rect.top, rect.bottom - box.bottom)
      const scrolls = ["auto", "scroll"]
      if (style.overflowX !== "visible" && out > SLACK) {
        if (scrolls.includes(style.overflowX)) return
        if (style.textOverflow !== "ellipsis" && !inEllipsis(element, each)) report(`${what} is cut`, element, each)
        return
      }
      if (style.overflowY !== "visible" && below > descent) {
        if (scrolls.includes(style.overflowY)) return
        // A block of the week shows as many whole lines as fit.
        const isWholeLine = rect.top > box.bottom - 3 || rect.bottom < box.top + 3
        if (!(each.closest(".appt") && isWholeLine)) report(`${what} is cut below`, element, each)
        return
      }
      if (style.position === "fixed") break
      if (each.matches(CARDS) && (out > SLACK || below > descent)) {
        return report(`${what} sticks out by ${Math.round(Math.max(out, below))}px`, element, each)
      }
    }
    if (rect.left < -SLACK - root.scrollLeft || rect.right > root.clientWidth + SLACK) report(`${what} leaves the window`, element)
  }

  function inEllipsis(element, until) {
    for (let each = element; each && each !== until; each = each.parentElement) if (getComputedStyle(each).textOverflow === "ellipsis") return true
    return false
  }

  // What a pointer hits there: itself, something in it, or what it stands in. Anything else covers it.
  function coverOf(element, rect, at) {
    if (!rect || getComputedStyle(element).pointerEvents === "none") return null
    const x = rect.left + rect.width * at
    const y = rect.top + rect.height / 2
    if (y < 0 || y > innerHeight || x < 0 || x > innerWidth) return null
    const hit = document.elementFromPoint(x, y)
    if (!hit || hit.contains(element) || element.contains(hit)) return null
    if (hit.closest("label")?.control === element || element.closest("label")?.contains(hit)) return null
    if (hit.closest(".table.linked th a")) return null // the whole row is its target
    return hit
  }

  function bring(element) {
    const { top, bottom } = element.getBoundingClientRect()
    if (top < innerHeight * .2 || bottom > innerHeight * .8) element.scrollIntoView({ block: "center", inline: "nearest", behavior: "instant" })
  }

  scrollTo(0, 0)
  if (root.scrollWidth > root.clientWidth) report(`the page scrolls sideways by ${root.scrollWidth - root.clientWidth}px`, document.body)

  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement
    if (!texts.currentNode.data.trim() || element.closest("select, textarea, script, style") || !isSeen(element)) continue
    if (parseFloat(getComputedStyle(element).fontSize) < SMALLEST) report(`letters of ${getComputedStyle(element).fontSize}`, element)
    bring(element)
    for (const rect of textRects(texts.currentNode)) {
      checkBox(element, rect, "text", element)
      if (inEllipsis(element, null) || element.closest(".appt")) continue
      for (const at of [.02, .5, .98]) {
        const cover = coverOf(element, rect, at)
        if (cover) report("text is covered", element, cover)
      }
    }
  }

  // Dots stand between two parts, in one line with both: no line begins or ends with one, no two stand together.
  const inOneLine = (one, other) => Boolean(one && other) && one.top < other.bottom - 2 && other.top < one.bottom - 2

  function checkDots(block) {
    const letters = []
    const words = document.createTreeWalker(block, NodeFilter.SHOW_TEXT)
    while (words.nextNode()) {
      if (!isSeen(words.currentNode.parentElement) || blockOf(words.currentNode) !== block) continue
      const { data } = words.currentNode
      for (let at = 0; at < data.length; at++) if (data[at].trim()) letters.push([words.currentNode, at])
    }
    const boxOf = ([node, at]) => {
      const range = document.createRange()
      range.setStart(node, at)
      range.setEnd(node, at + 1)
      return range.getClientRects()[0]
    }
    letters.forEach((letter, place) => {
      if (letter[0].data[letter[1]] !== "·") return
      const [before, dot, after] = [letters[place - 1], letter, letters[place + 1]].map((each) => each && boxOf(each))
      if (!inOneLine(before, dot)) report("a line begins with a dot", block)
      if (!inOneLine(dot, after)) report("a line ends with a dot", block)
      if (after && letters[place + 1][0].data[letters[place + 1][1]] === "·") report("two dots", block)
    })
  }

  function blockOf(node) {
    let each = node.parentElement
    while (each && getComputedStyle(each).display === "inline") each = each.parentElement
    return each
  }

  // A dot before an element hangs outside of it: cut off by its list where nothing stands before it in its line.
  function checkHangingDot(element) {
    const list = element.parentElement
    const before = element.previousElementSibling?.getClientRects()
    const isRtl = getComputedStyle(list).direction === "rtl"
    if (parseFloat(getComputedStyle(element, "::before")[isRtl ? "right" : "left"]) > 0) report("a dot on the wrong side", element)
    if (before?.length && inOneLine([...before].at(-1), element.getClientRects()[0])) return
    const [box, inside] = [element.getBoundingClientRect(), list.getBoundingClientRect()]
    if (getComputedStyle(list).overflowY !== "visible" && (box.height < 2 || box.top > inside.bottom - 2)) return // a line that finds no room
    const room = isRtl ? inside.right - box.right : box.left - inside.left
    if (getComputedStyle(list).overflowX === "visible" || room > 3) report("a line begins with a dot", element)
  }

  for (const element of document.body.querySelectorAll("*")) {
    if (getComputedStyle(element, "::before").content.includes("·") && isSeen(element)) checkHangingDot(element)
  }
  const dotted = new Set()
  texts.currentNode = document.body
  while (texts.nextNode()) {
    const node = texts.currentNode
    if (node.data.includes("·") && !node.parentElement.closest("select, textarea, script, style") && isSeen(node.parentElement)) dotted.add(blockOf(node))
  }
  for (const block of dotted) checkDots(block)

  for (const element of document.querySelectorAll(CONTROLS)) {
    if (element.tabIndex < 0 || element.disabled || !isSeen(element)) continue
    bring(element)
    const rects = element.getClientRects()
    for (const rect of rects) if (rect.width > 1) checkBox(element, rect, "control")
    const cover = coverOf(element, rects[0], .5)
    if (cover) report("control is covered", element, cover)
    if (element.localName === "select" || element.localName === "button" || element.matches(".btn")) {
      if (element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).overflowX === "visible" && element.localName !== "select") report("label sticks out", element)
    }
  }
  scrollTo(0, 0)
  return [...faults]
}
