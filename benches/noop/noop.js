// The least that a Worker can do: it redirects everybody to one place.
export default {
  fetch: () => new Response(null, { status: 302, headers: { location: "https://shop.example/" } }),
};
