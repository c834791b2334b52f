import AwsS3 from '@uppy/aws-s3'
import Uppy from '@uppy/core'
import { fovealFunctions } from './foveal-uppy5.js'
import { file, record } from '../shared.js'

// What the tests drive. `mode` is functions or companion.
window.start = ({ mode, apiUrl, project, token, companionEndpoint }) => {
  const uppy = new Uppy()
  const shouldUseMultipart = (each) => each.size > 5 * 2 ** 20
  if (mode === 'companion') {
    uppy.on('file-added', (added) => uppy.setFileMeta(added.id, { size_bytes: added.size }))
    uppy.use(AwsS3, { endpoint: companionEndpoint, shouldUseMultipart })
  } else {
    const functions = fovealFunctions(uppy, { apiUrl, project, getToken: async () => token })
    uppy.use(AwsS3, { ...functions, shouldUseMultipart })
  }
  record(uppy)
}
window.makeFile = file
