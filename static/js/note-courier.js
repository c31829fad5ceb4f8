// A service worker that sends what a page could not send before it was left: browsers let only 64 KiB outlive a page, all
// its requests together. It keeps nothing, answers no request, and ends by itself.
self.addEventListener("install", () => self.skipWaiting())

self.addEventListener("message", (event) => event.waitUntil(deliver(event.data, event.ports[0])))

async function deliver({ url, headers, entries }, port) {
  const body = new FormData()
  for (const [name, text] of entries) body.append(name, text)
  try {
    const { pathname } = new URL(url)
    const response = await fetch(pathname, { method: "POST", body, redirect: "manual", headers })
    const words = await response.json().catch(() => ({}))
    port.postMessage({ type: response.type, status: response.status, words })
  } catch {
    port.postMessage({ type: "error" })
  }
}
