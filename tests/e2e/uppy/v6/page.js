import AwsS3 from '@uppy/aws-s3'
import Uppy from '@uppy/core'
import Dashboard from '@uppy/dashboard'
import GoldenRetriever from '@uppy/golden-retriever'
import { foveal, waitUntilReady, watchForStalls } from '../../../../examples/uppy/src/foveal-uppy.js'
import { file, record } from '../shared.js'

// What the tests drive. `mode` is sign or companion.
window.start = (options) => {
  const { mode, apiUrl, project, token, companionEndpoint, restrictions, stalledAfterMs, multipartAbove } = options
  const getToken = async () => token
  const uppy = new Uppy({ restrictions: restrictions ?? {} })
  uppy.use(Dashboard, { inline: true, target: '#uppy', height: 470 })
  if (mode === 'companion') {
    uppy.on('file-added', (added) => uppy.setFileMeta(added.id, { size_bytes: added.size }))
    uppy.use(AwsS3, { companionEndpoint, shouldUseMultipart: (each) => each.size > 5 * 2 ** 20 })
  } else {
    uppy.use(AwsS3, foveal(uppy, { apiUrl, project, multipartAbove, getToken }))
    uppy.use(GoldenRetriever, { indexedDB: { maxFileSize: 500 * 2 ** 20 } })
    watchForStalls(uppy, stalledAfterMs)
    if (options.waitsUntilReady) waitUntilReady(uppy, { apiUrl, getToken })
  }
  record(uppy)
}
window.makeFile = file
