// CRC-32 and length of a text as it is stored: sessions/sections.py:checksum_of computes the same. Unlike the browser's
// own digests it is there at once, also while the page is being left.
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  return value
})

export function checksum(text) {
  const bytes = new TextEncoder().encode(text.replaceAll("\0", "").replace(/\r\n?/g, "\n").normalize("NFC"))
  let sum = ~0
  for (const byte of bytes) sum = TABLE[(sum ^ byte) & 0xff] ^ (sum >>> 8)
  return `${(~sum >>> 0).toString(16).padStart(8, "0")}-${bytes.length}`
}
