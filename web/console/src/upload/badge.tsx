/** Progress of the uploads beside the link to their page; asks before the tab is closed. */
import { type ReactElement, useEffect } from 'react'
import { useFormats } from '../text/catalogue'
import styles from './badge.module.css'
import { texts } from './texts'
import { totalsOf } from './totals'
import { useQueue } from './use-queue'

/** Share of the bytes that are sent. */
export function UploadBadge(): ReactElement | null {
  const text = texts.use()
  const format = useFormats()
  const { items } = useQueue()
  const { running, sentBytes, sizeBytes } = totalsOf(items)
  const isBusy = running > 0
  useEffect(() => {
    if (!isBusy) return
    const ask = (event: BeforeUnloadEvent) => event.preventDefault()
    addEventListener('beforeunload', ask)
    return () => removeEventListener('beforeunload', ask)
  }, [isBusy])
  if (!isBusy) return null
  const percent = format.percent(sizeBytes ? sentBytes / sizeBytes : 0)
  return (
    <small className={styles.badge}>
      <span className="visually-hidden">{text.badge(percent)}</span>
      <span aria-hidden>{percent}</span>
    </small>
  )
}
