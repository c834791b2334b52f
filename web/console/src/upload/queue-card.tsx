/** The uploads of this tab: sums, speed and time left; a list of every file with its state in words. */
import type { UploadItem } from '@foveal/client'
import { CloudUpload, Pause, Play, RotateCcw } from 'lucide-react'
import { type ReactElement, useCallback, useEffect, useRef, useState, useSyncExternalStore } from 'react'
import { useFormats } from '../text/catalogue'
import { useLocale } from '../text/preferences'
import { Button } from '../ui/button'
import { Progress } from '../ui/field'
import { EmptyState, Notice, sentenceOf } from '../ui/notice'
import { Card } from '../ui/page'
import { Rows } from '../ui/rows'
import { toast } from '../ui/toasts'
import { FilesButton } from './files-input'
import { UploadRow } from './row'
import { texts } from './texts'
import { isRunning, Speed, type Totals, totalsOf } from './totals'
import styles from './upload.module.css'
import { type Queue, useQueue } from './use-queue'

const ROW_HEIGHT = 56
const SHOWN = {
  all: () => true,
  active: (item: UploadItem) => isRunning(item) || item.status === 'paused' || item.status === 'file_needed',
  failed: (item: UploadItem) => item.status === 'failed',
  done: (item: UploadItem) => item.status === 'ready',
} as const
type Shown = keyof typeof SHOWN

export function QueueCard({ hasDraft }: { hasDraft: boolean }): ReactElement | null {
  const text = texts.use()
  const format = useFormats()
  const queue = useQueue()
  const [shown, setShown] = useState<Shown>('all')
  const totals = totalsOf(queue.items)
  const isOnline = useOnline()
  if (queue.items.length === 0)
    return hasDraft ? null : (
      <EmptyState icon={CloudUpload} title={text.nothing}>
        {text.nothingHelp}
      </EmptyState>
    )
  const items = queue.items.filter(SHOWN[shown])
  return (
    <Card title={text.queue} actions={<Actions queue={queue} totals={totals} />}>
      <Sums totals={totals} />
      {totals.running > 0 && !isOnline ? <Notice kind="warning">{text.offline}</Notice> : null}
      <Needed queue={queue} />
      <div className={styles.filters}>
        {(Object.keys(SHOWN) as Shown[]).map((each) => (
          <button key={each} type="button" aria-pressed={shown === each} onClick={() => setShown(each)}>
            {text[each]} <small>{format.number(queue.items.filter(SHOWN[each]).length)}</small>
          </button>
        ))}
      </div>
      {items.length === 0 ? <p className={styles.none}>{text.noneHere}</p> : null}
      <div className={styles.list}>
        <Rows label={text.queue} items={items} rowHeight={ROW_HEIGHT} keyOf={(item) => item.key}>
          {(item) => <UploadRow item={item} uploads={queue.uploads()} />}
        </Rows>
      </div>
    </Card>
  )
}

function Actions({ queue: { items, uploads }, totals }: { queue: Queue; totals: Totals }): ReactElement {
  const text = texts.use()
  const { by, running } = totals
  const clear = () => {
    for (const { key } of items.filter((each) => each.status === 'ready')) void uploads().cancel(key)
  }
  const retry = () => {
    for (const { key } of items.filter((each) => each.status === 'failed')) uploads().resume(key)
  }
  const resume = () => {
    for (const { key } of items.filter((each) => each.status === 'paused')) uploads().resume(key)
  }
  return (
    <div className={styles.buttons}>
      {by.failed > 0 ? (
        <Button onPress={retry}>
          <RotateCcw aria-hidden />
          {text.retryFailed(by.failed)}
        </Button>
      ) : null}
      {by.paused > 0 ? (
        <Button onPress={resume}>
          <Play aria-hidden />
          {text.resumeAll}
        </Button>
      ) : null}
      {running > 0 ? (
        <Button onPress={() => uploads().pause()}>
          <Pause aria-hidden />
          {text.pauseAll}
        </Button>
      ) : null}
      {by.ready > 0 ? (
        <Button kind="quiet" onPress={clear}>
          {text.clearFinished}
        </Button>
      ) : null}
    </div>
  )
}

function Sums({ totals }: { totals: Totals }): ReactElement {
  const text = texts.use()
  const format = useFormats()
  const duration = useDuration()
  const { sentBytes, sizeBytes, leftBytes, running, by } = totals
  const speed = useSpeed(sentBytes, leftBytes > 0)
  const parts: string[] = []
  if (leftBytes > 0) {
    if (speed !== undefined) parts.push(text.speed(format.bytes(speed)))
    parts.push(speed ? text.left(duration(leftBytes / speed)) : text.measuring)
  } else if (by.processing > 0) parts.push(text.serverReads(by.processing))
  else if (by.paused > 0) parts.push(text.allPaused)
  else if (running === 0) {
    if (by.ready > 0) parts.push(text.allDone(by.ready))
    if (by.failed > 0) parts.push(text.someFailed(by.failed))
  }
  return (
    <Progress
      label={text.progress(format.bytes(sentBytes), format.bytes(sizeBytes))}
      value={sizeBytes ? sentBytes / sizeBytes : 0}
      text={parts.join(' · ')}
    />
  )
}

/** Tell whether the browser has a network. */
function useOnline(): boolean {
  const subscribe = useCallback((listener: () => void) => {
    addEventListener('online', listener)
    addEventListener('offline', listener)
    return () => {
      removeEventListener('online', listener)
      removeEventListener('offline', listener)
    }
  }, [])
  return useSyncExternalStore(subscribe, () => navigator.onLine)
}

/** Return the speed in bytes a second, measured each half second while bytes are to be sent. */
function useSpeed(sentBytes: number, isSending: boolean): number | undefined {
  const latest = useRef(sentBytes)
  latest.current = sentBytes
  const [speed, setSpeed] = useState<number>()
  useEffect(() => {
    if (!isSending) return
    const measured = new Speed()
    const timer = setInterval(() => {
      measured.measure(latest.current, performance.now())
      setSpeed(measured.bytesPerSecond)
    }, 500)
    return () => {
      clearInterval(timer)
      setSpeed(undefined)
    }
  }, [isSending])
  return speed
}

/** Return a function that writes a duration in seconds in its largest fitting unit. */
function useDuration(): (seconds: number) => string {
  const locale = useLocale()
  return (seconds) => {
    const [value, unit] =
      seconds < 90 ? [seconds, 'second'] : seconds < 5400 ? [seconds / 60, 'minute'] : [seconds / 3600, 'hour']
    const options = {
      style: 'unit',
      unit,
      unitDisplay: 'short',
      maximumFractionDigits: unit === 'hour' ? 1 : 0,
    } as const
    return new Intl.NumberFormat(locale, options as Intl.NumberFormatOptions).format(Math.max(1, value as number))
  }
}

/** Uploads from before a reload of which the browser has no bytes. */
function Needed({ queue: { items, uploads } }: { queue: Queue }): ReactElement | null {
  const text = texts.use()
  const waiting = items.filter((item) => item.status === 'file_needed')
  if (waiting.length === 0) return null
  const handles = waiting.filter((item) => item.hasHandle)
  const allow = () => {
    for (const { key } of handles) uploads().resume(key)
  }
  const give = async (sources: Parameters<Parameters<typeof FilesButton>[0]['onChoose']>[0]) => {
    const files = []
    for await (const source of sources) files.push(source)
    await uploads()
      .add(files)
      .catch((error: unknown) => toast({ kind: 'danger', text: sentenceOf(error) }))
  }
  return (
    <Notice kind="warning">
      <p>{text.needed(waiting.length)}</p>
      <div className={styles.buttons}>
        {handles.length > 0 ? <Button onPress={allow}>{text.allow(handles.length)}</Button> : null}
        {handles.length < waiting.length ? <FilesButton onChoose={give}>{text.giveAgain}</FilesButton> : null}
      </div>
    </Notice>
  )
}
