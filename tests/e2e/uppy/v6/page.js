import { createClient } from '@foveal/client'
import { foveal, waitUntilReady, watchForStalls } from '@foveal/client/uppy'
import AwsS3 from '@uppy/aws-s3'
import Uppy from '@uppy/core'
import Dashboard from '@uppy/dashboard'
import GoldenRetriever from '@uppy/golden-retriever'
import { file, record } from '../shared.js'

// What the tests drive. `mode` is sign or companion.
window.start = (options) => {
  const { mode, apiUrl, project, token, companionEndpoint, restrictions, stalledAfterMs, multipartAbove } = options
  const client = createClient({ api: apiUrl, token })
  const uppy = new Uppy({ restrictions: restrictions ?? {} })
  uppy.use(Dashboard, { inline: true, target: '#uppy', height: 470 })
  if (mode === 'companion') {
    uppy.on('file-added', (added) => uppy.setFileMeta(added.id, { size_bytes: added.size }))
    uppy.use(AwsS3, { companionEndpoint, shouldUseMultipart: (each) => each.size > 5 * 2 ** 20 })
  } else {
    uppy.use(AwsS3, foveal(uppy, { client, project, multipartAbove }))
    uppy.use(GoldenRetriever, { indexedDB: { maxFileSize: 500 * 2 ** 20 } })
    watchForStalls(uppy, stalledAfterMs)
    if (options.waitsUntilReady) waitUntilReady(uppy, { client, project })
  }
  record(uppy)
}
window.makeFile = file
