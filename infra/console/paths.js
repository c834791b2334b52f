// Viewer request of / and /console*: the root leads to the console; its paths that name no file get the page, which
// reads the address itself (runtime 2.0).
// Files stand at the top, with a dot in their name, or below assets/.
const FILE = /^\/console\/(assets\/.+|[^/]+\.[^/]+)$/

function handler(event) {
  const request = event.request
  if (request.uri === '/' || request.uri === '/console') {
    return { statusCode: 302, statusDescription: 'Found', headers: { location: { value: '/console/' } } }
  }
  if (!FILE.test(request.uri)) request.uri = '/console/index.html'
  return request
}
