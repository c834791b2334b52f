/** The report of an import: what was not imported and why, warnings, counted. */
import { useQuery } from '@tanstack/react-query'
import { Download } from 'lucide-react'
import type { ReactElement } from 'react'
import { useFormats } from '../text/catalogue'
import { Badge } from '../ui/badge'
import { buttonClass } from '../ui/button'
import { Loading, Notice, sentenceOf } from '../ui/notice'
import { Card } from '../ui/page'
import styles from './labels.module.css'
import { loadReport, type Remark } from './report'
import { texts } from './texts'

const KINDS = { not_imported: 'danger', warning: 'warning' } as const

export function ReportCard({
  importId,
  url,
  version,
}: {
  importId: string
  url: string
  version: string
}): ReactElement {
  const text = texts.use()
  const format = useFormats()
  const found = useQuery({
    queryKey: ['import-report', importId, version], // the URL is another one in each answer
    queryFn: ({ signal }) => loadReport(url, signal),
    staleTime: Number.POSITIVE_INFINITY,
  })
  const words: Record<Remark['kind'], string> = {
    not_imported: text.notImportedKind,
    warning: text.warningKind,
  }
  return (
    <Card
      title={text.report}
      actions={
        <a href={url} download="report.jsonl" className={buttonClass()}>
          <Download aria-hidden />
          {text.reportDownload}
        </a>
      }
    >
      {found.isPending ? <Loading /> : null}
      {found.error ? <Notice kind="danger">{sentenceOf(found.error)}</Notice> : null}
      {found.data && found.data.remarks.length === 0 ? <Notice kind="ok">{text.reportEmpty}</Notice> : null}
      {found.data && !found.data.isComplete ? (
        <Notice kind="info">{text.reportPart(format.number(found.data.lines))}</Notice>
      ) : null}
      {found.data && found.data.remarks.length > 0 ? (
        <ul className={styles.remarks} aria-label={text.report}>
          {found.data.remarks.map(({ kind, code, message, count, where }) => (
            <li key={`${kind} ${code} ${message}`}>
              <b>{format.number(count)}×</b>
              <div>
                <p>{message}</p>
                <small>
                  {text.where} <code>{where}</code>
                </small>
              </div>
              <Badge kind={KINDS[kind]}>{words[kind]}</Badge>
            </li>
          ))}
        </ul>
      ) : null}
    </Card>
  )
}
