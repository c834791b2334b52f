/** Words for the state of an upload: the server's own sentence where it refused. */
import { ApiError, NetworkError, UploadError, type UploadItem } from '@foveal/client'
import { useFormats } from '../text/catalogue'
import { sentenceOf } from '../ui/notice'
import type { Refusal } from './rules'
import { texts } from './texts'

/** Return a function that says why a file was refused before it was sent. */
export function useRefusalWords(): (refusal: Refusal) => string {
  const text = texts.use()
  const format = useFormats()
  return (refusal) => {
    if (refusal.code === 'type') return text.wrongType(refusal.type, format.list(refusal.allowed))
    if (refusal.code === 'size') return text.tooLarge(format.bytes(refusal.maxBytes))
    return refusal.code === 'empty' ? text.isEmpty : text.unreadable
  }
}

/** Return a function that gives the sentence of an upload that needs attention; undefined for all others. */
export function useReasonWords(): (item: UploadItem) => string | undefined {
  const text = texts.use()
  return ({ asset, error, status }) => {
    if (status !== 'failed' || !error) return undefined
    if (asset?.reason_detail) return asset.reason_detail
    if (error instanceof ApiError) return error.detail
    if (error instanceof NetworkError) return text.connection
    if (!(error instanceof UploadError)) return sentenceOf(error)
    if (error.code === 'file_changed') return text.fileChanged
    if (error.code === 'file_unreadable') return text.unreadable
    if (error.code === 'not_read_yet') return text.notReadYet
    return error.message
  }
}

export function useStateWords(): (item: UploadItem) => string {
  const text = texts.use()
  const format = useFormats()
  return (item) => {
    const { status, sentBytes, sizeBytes } = item
    if (status === 'sending') return text.sendingState(format.percent(sizeBytes ? sentBytes / sizeBytes : 0))
    if (status === 'file_needed') return text.fileNeededState
    return text[`${status}State`]
  }
}
