/** Comparison of bucket and catalog, step by step while the page is open; repair of what differs. */
import { useMutation } from '@tanstack/react-query'
import { type ReactElement, useEffect, useRef, useState } from 'react'
import { useApp } from '../app/context'
import { Badge } from '../ui/badge'
import { Button } from '../ui/button'
import { Progress, TextField } from '../ui/field'
import { Item, ItemList } from '../ui/item-list'
import { Notice, sentenceOf } from '../ui/notice'
import { Dialog, DialogTrigger } from '../ui/overlay'
import { Card } from '../ui/page'
import page from '../ui/page.module.css'
import styles from './operations.module.css'
import type { Step } from './queries'
import { added, EMPTY, prefixOf, type Report } from './report'
import { texts } from './texts'

export function Reconcile(): ReactElement {
  const text = texts.use()
  const { client } = useApp()
  const [project, setProject] = useState('')
  const [report, setReport] = useState<Report | null>(null)
  const stop = useRef(new AbortController())
  useEffect(() => () => stop.current.abort(), [])
  const work = useMutation({
    mutationFn: async (repair: boolean) => {
      stop.current = new AbortController()
      const { signal } = stop.current
      let sum: Report = { ...EMPTY, isRepair: repair }
      setReport(sum)
      let next: string | null = null
      do {
        const step: Step = await client.request('POST /v1/operations/reconcile', {
          body: { prefix: prefixOf(project), repair, next_token: next },
          signal,
        })
        sum = added(sum, step)
        setReport(sum)
        next = step.next_token
      } while (next && !signal.aborted)
    },
  })
  const isStopped = stop.current.signal.aborted
  return (
    <Card title={text.reconcile}>
      <p className={styles.help}>{text.reconcileHelp}</p>
      <div className={styles.line}>
        <TextField
          label={text.project}
          help={text.projectHelp}
          value={project}
          onChange={setProject}
          isDisabled={work.isPending}
          maxLength={63}
        />
        <div className={page.actions}>
          {work.isPending ? (
            <Button onPress={() => stop.current.abort()}>{text.stop}</Button>
          ) : (
            <>
              <Button kind="primary" onPress={() => work.mutate(false)}>
                {text.compare}
              </Button>
              <Repair run={() => work.mutate(true)} />
            </>
          )}
        </div>
      </div>
      {work.isPending && report ? <Progress label={text.reconcile} text={text.compared(report.keys)} /> : null}
      {work.error && !isStopped ? <Notice kind="danger">{sentenceOf(work.error)}</Notice> : null}
      {report && !work.isPending && (!work.error || isStopped) ? <Result report={report} /> : null}
    </Card>
  )
}

function Repair({ run }: { run: () => void }): ReactElement {
  const text = texts.use()
  return (
    <DialogTrigger>
      <Button>{text.repair}</Button>
      <Dialog title={text.repairSure}>
        {(close) => (
          <>
            <p>{text.repairHelp}</p>
            <footer>
              <Button onPress={close}>{text.cancel}</Button>
              <Button
                kind="primary"
                onPress={() => {
                  close()
                  run()
                }}
              >
                {text.repairYes}
              </Button>
            </footer>
          </>
        )}
      </Dialog>
    </DialogTrigger>
  )
}

function Result({ report }: { report: Report }): ReactElement {
  const text = texts.use()
  const { keys, differing, recent, isComplete, isRepair, examples } = report
  const numbers = [text.compared(keys), differing ? text.differing(differing) : '', recent ? text.recent(recent) : '']
  const kind = differing > 0 ? 'warning' : isComplete ? 'ok' : 'info'
  const sentence = differing > 0 ? (isRepair ? text.asked : '') : isComplete ? text.agrees : text.stopped
  return (
    <>
      <Notice kind={kind}>
        {numbers.filter(Boolean).join(', ')}. {sentence}
      </Notice>
      <ItemList label={text.examples}>
        {examples.map(({ key, drift }) => (
          <Item
            key={key}
            title={<span className={styles.key}>{key}</span>}
            state={<Badge kind="warning">{drift in text ? String(text[drift as 'missing']) : drift}</Badge>}
          />
        ))}
      </ItemList>
    </>
  )
}
