import '@uppy/core/css/style.min.css'
import '@uppy/dashboard/css/style.min.css'
import AwsS3 from '@uppy/aws-s3'
import Uppy from '@uppy/core'
import Dashboard from '@uppy/dashboard'
import GoldenRetriever from '@uppy/golden-retriever'
import { type FovealBody, type FovealMeta, foveal, waitUntilReady, watchForStalls } from './foveal-uppy.js'

const apiUrl: string = import.meta.env.VITE_API_URL
const getToken = async (): Promise<string> => import.meta.env.VITE_TOKEN

const uppy = new Uppy<FovealMeta, FovealBody>({ restrictions: { allowedFileTypes: ['image/*', 'video/*'] } })
uppy.use(Dashboard, { inline: true, target: '#app' })
uppy.use(AwsS3, foveal(uppy, { apiUrl, project: 'demo', getToken }))
// By default files over 10 MiB are not kept over a reload; the types of Golden Retriever 6 do not know this option.
uppy.use(GoldenRetriever, { indexedDB: { maxFileSize: 500 * 2 ** 20 } as object })
waitUntilReady(uppy, { apiUrl, getToken })
watchForStalls(uppy)

uppy.on('file-added', (file) => uppy.setFileMeta(file.id, { tags: ['from-the-browser'] }))
uppy.on('complete', ({ successful = [], failed = [] }) => {
  for (const file of successful) console.log(file.name, file.response?.body?.asset_id, file.response?.body?.status)
  for (const file of failed) console.log(file.name, file.error)
})
