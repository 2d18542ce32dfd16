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
${headers.get("user-agent") ?? ""}
${headers.get("sec-gpc") ?? ""}
${headers.get("sec-ch-ua-mobile") ?? ""}
${headers.get("cf-ipcountry") ?? ""}
${headers.get("cookie") ?? ""}`;
}

export function answered(status, fixed, location, cookie) {
  const headers = { ...fixed };
  if (location !== undefined) headers.location = location;
  if (cookie !== undefined) headers["set-cookie"] = cookie;
  return new Response(null, { status, headers });
}
