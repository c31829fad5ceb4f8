// Text that is typed when a page is left reaches the server only by requests that outlive the page (Firefox: from 133).
if (!("keepalive" in Request.prototype)) document.documentElement.setAttribute("data-is-old", "")
