// What a click needs of JavaScript, each in one call: crossing costs more than the work.

// The method and the headers that bear on a click, a line each; a header that was not sent is an
// empty line. `Sent::view` reads the lines in this sequence.
export function told(request) {
  const { headers } = request;
  return `${request.method}
${headers.get("sec-purpose") ?? ""}
${headers.get("purpose") ?? ""}
${headers.get("x-purpose") ?? ""}
${headers.get("x-moz") ?? ""}
${headers.get("sec-fetch-mode") ?? ""}
${headers.get("sec-fetch-dest") ?? ""}
${headers.get("sec-fetch-site") ?? ""}
${headers.get("user-agent") ?? ""}
${headers.get("sec-gpc") ?? ""}
${headers.get("sec-ch-ua-mobile") ?? ""}
${headers.get("cf-ipcountry") ?? ""}
${headers.get("cookie") ?? ""}`;
}

// Responses with nothing but the headers that all have, by status.
const plain = {};

// A response is made by copying the plain one, which the runtime does by itself: half of what it
// costs to hand over all its headers again.
export function answered(status, fixed, location, cookie, traffic) {
  plain[status] ??= new Response(null, { status, headers: fixed });
  const response = new Response(null, plain[status]);
  if (location !== undefined) response.headers.set("location", location);
  if (traffic !== undefined) response.headers.set("waymark-traffic", traffic);
  if (cookie !== undefined) response.headers.set("set-cookie", cookie);
  return response;
}
