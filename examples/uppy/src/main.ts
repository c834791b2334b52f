import '@uppy/core/css/style.min.css'
import '@uppy/dashboard/css/style.min.css'
import { createClient } from '@foveal/client'
import { type FovealBody, type FovealMeta, foveal, waitUntilReady, watchForStalls } from '@foveal/client/uppy'
import AwsS3 from '@uppy/aws-s3'
import Uppy from '@uppy/core'
import Dashboard from '@uppy/dashboard'
import GoldenRetriever from '@uppy/golden-retriever'

const client = createClient({ api: import.meta.env.VITE_API_URL, token: async () => import.meta.env.VITE_TOKEN })
const options = { client, project: 'demo' }

const uppy = new Uppy<FovealMeta, FovealBody>({ restrictions: { allowedFileTypes: ['image/*', 'video/*'] } })
uppy.use(Dashboard, { inline: true, target: '#app' })
uppy.use(AwsS3, foveal(uppy, options))
// By default files over 10 MiB are not kept over a reload; the types of Golden Retriever 6 do not know this option.
uppy.use(GoldenRetriever, { indexedDB: { maxFileSize: 500 * 2 ** 20 } as object })
waitUntilReady(uppy, options)
watchForStalls(uppy)

uppy.on('file-added', (file) => uppy.setFileMeta(file.id, { tags: ['from-the-browser'] }))
uppy.on('complete', ({ successful = [], failed = [] }) => {
  for (const file of successful) console.log(file.name, file.response?.body?.asset_id, file.response?.body?.status)
  for (const file of failed) console.log(file.name, file.error)
})
