import { createClient, createUploads, type Uploads } from '@foveal/client'

declare global {
  interface Window {
    uploads: Uploads
  }
}

const { VITE_API_URL: api, VITE_TOKEN: token, VITE_TAG: tag } = import.meta.env
window.uploads = createUploads(createClient({ api, token }), { project: 'demo' })

const app = document.getElementById('app') as HTMLElement
app.innerHTML = '<input type="file" multiple><table><tbody></tbody></table>'
const input = app.querySelector('input') as HTMLInputElement
input.onchange = () => void window.uploads.add(input.files ?? [], { tags: [tag] })
window.uploads.subscribe(() => {
  const rows = window.uploads.items().map((item) => {
    const row = document.createElement('tr')
    row.append(...[item.fileName, item.status, `${item.sentBytes}`, item.error?.message ?? ''].map(cell))
    return row
  })
  app.querySelector('tbody')?.replaceChildren(...rows)
})

function cell(text: string): HTMLElement {
  return Object.assign(document.createElement('td'), { innerText: text })
}
