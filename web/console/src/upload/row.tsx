/** One upload in the list: name, size, state in words, the reason where it failed, and what can be done. */
import type { UploadItem, UploadStatus, Uploads } from '@foveal/client'
import { Link } from '@tanstack/react-router'
import {
  Check,
  CircleAlert,
  CirclePause,
  Clock,
  FileQuestion,
  Hash,
  Info,
  type LucideIcon,
  Pause,
  Play,
  RotateCcw,
  ScanEye,
  Upload,
  X,
} from 'lucide-react'
import type { ReactElement } from 'react'
import { useProject } from '../app/project'
import { useFormats } from '../text/catalogue'
import { IconButton } from '../ui/button'
import { DialogTrigger, Popover } from '../ui/overlay'
import { texts } from './texts'
import { isRunning } from './totals'
import styles from './upload.module.css'
import { useReasonWords, useStateWords } from './words'

const ICONS: Record<UploadStatus, LucideIcon> = {
  queued: Clock,
  hashing: Hash,
  sending: Upload,
  processing: ScanEye,
  ready: Check,
  failed: CircleAlert,
  paused: CirclePause,
  file_needed: FileQuestion,
}

export function UploadRow({ item, uploads }: { item: UploadItem; uploads: Uploads }): ReactElement {
  const text = texts.use()
  const format = useFormats()
  const { project } = useProject()
  const state = useStateWords()(item)
  const reason = useReasonWords()(item)
  const { key, fileName, sizeBytes, sentBytes, status, assetId } = item
  const Icon = ICONS[status]
  const cancel = () => void uploads.cancel(key).catch(() => {}) // the server gives it up by itself after seven days
  return (
    <div className={styles.row} data-status={status}>
      <Icon aria-hidden />
      <div className={styles.name}>
        {assetId && status === 'ready' ? (
          <Link to="/p/$project/a/$asset" params={{ project, asset: assetId }}>
            {fileName}
          </Link>
        ) : (
          <span>{fileName}</span>
        )}
        <small>
          <span className={styles.state}>{state}</span>
          {reason ? ` · ${reason}` : ` · ${format.bytes(sizeBytes)}`}
        </small>
        {status === 'sending' ? (
          <div className={styles.bar}>
            <div style={{ width: `${sizeBytes ? (sentBytes / sizeBytes) * 100 : 0}%` }} />
          </div>
        ) : null}
      </div>
      <div className={styles.rowButtons}>
        {reason ? (
          <DialogTrigger>
            <IconButton label={text.reason}>
              <Info aria-hidden />
            </IconButton>
            <Popover>
              <p className={styles.reason}>{reason}</p>
            </Popover>
          </DialogTrigger>
        ) : null}
        {status === 'failed' ? (
          <IconButton label={text.retry(fileName)} onPress={() => uploads.resume(key)}>
            <RotateCcw aria-hidden />
          </IconButton>
        ) : null}
        {status === 'paused' ? (
          <IconButton label={text.resume(fileName)} onPress={() => uploads.resume(key)}>
            <Play aria-hidden />
          </IconButton>
        ) : null}
        {isRunning(item) && status !== 'processing' ? (
          <IconButton label={text.pause(fileName)} onPress={() => uploads.pause(key)}>
            <Pause aria-hidden />
          </IconButton>
        ) : null}
        <IconButton label={status === 'ready' ? text.takeOut(fileName) : text.cancel(fileName)} onPress={cancel}>
          <X aria-hidden />
        </IconButton>
      </div>
    </div>
  )
}
