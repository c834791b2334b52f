/** Overview of a version: root, sizes, splits by label, label schemas, the rules it was made by. */
import { Copy } from 'lucide-react'
import type { ReactElement } from 'react'
import { useFormats } from '../text/catalogue'
import { IconButton } from '../ui/button'
import { Figures } from '../ui/item-list'
import { Notice } from '../ui/notice'
import { Card } from '../ui/page'
import { toast } from '../ui/toasts'
import styles from './datasets.module.css'
import { labelTable } from './label-table'
import type { Version } from './queries'
import { texts } from './texts'

const MAX_LABELS = 30

export function Overview({ found }: { found: Version }): ReactElement {
  const text = texts.use()
  const format = useFormats()
  const { root, split_conflicts: conflicts, page_count: pages, shared_page_count: shared } = found
  return (
    <>
      <Card title={text.whatItHolds}>
        <Figures
          items={[
            { name: text.assetCount, value: format.number(found.asset_count ?? 0) },
            { name: text.annotationCount, value: format.number(found.annotation_count ?? 0) },
            ...(found.splits ?? [])
              .filter(({ split }) => split !== null)
              .map(({ split, assets, annotations }) => ({
                name: String(split),
                value: format.number(assets),
                help: text.annotations(annotations),
              })),
          ]}
        />
        {root ? <Root root={root} /> : null}
        {pages !== undefined && shared ? <p className={styles.help}>{text.sharedPages(shared, pages)}</p> : null}
        {conflicts ? <Notice kind="warning">{text.conflicts(conflicts)}</Notice> : null}
      </Card>
      {found.labels && found.labels.length > 0 ? <Labels found={found} /> : null}
      <Card title={text.rules}>
        <Rules found={found} />
      </Card>
    </>
  )
}

function Root({ root }: { root: string }): ReactElement {
  const text = texts.use()
  const copy = () => {
    navigator.clipboard.writeText(root).then(
      () => toast({ text: text.copied }),
      (error: unknown) => toast({ kind: 'danger', text: String(error) }),
    )
  }
  return (
    <div className={styles.root}>
      <div>
        <b>{text.root}</b> <code>{root}</code>
        <p className={styles.help}>{text.rootHelp}</p>
      </div>
      <IconButton label={text.copy} onPress={copy}>
        <Copy aria-hidden />
      </IconButton>
    </div>
  )
}

function Labels({ found }: { found: Version }): ReactElement {
  const text = texts.use()
  const format = useFormats()
  const { splits, rows } = labelTable(found.labels ?? [])
  return (
    <Card title={text.labels}>
      <div className={styles.scroll}>
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">{text.label}</th>
              {splits.length > 1
                ? splits.map((split) => (
                    <th key={split} scope="col">
                      {split || text.noSplit}
                    </th>
                  ))
                : null}
              <th scope="col">{text.total}</th>
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, MAX_LABELS).map(({ label, total, by }) => (
              <tr key={label ?? ''}>
                <th scope="row">{label ?? text.noLabel}</th>
                {splits.length > 1 ? splits.map((split) => <td key={split}>{format.number(by[split] ?? 0)}</td>) : null}
                <td>{format.number(total)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {rows.length > MAX_LABELS ? <p className={styles.help}>{text.moreLabels(rows.length - MAX_LABELS)}</p> : null}
    </Card>
  )
}

function Rules({ found: { selection, split, label_schemas: schemas } }: { found: Version }): ReactElement {
  const text = texts.use()
  const format = useFormats()
  const shares = Object.entries(split?.shares ?? {}).map(([name, share]) => `${name} ${format.percent(share)}`)
  return (
    <dl className={styles.rules}>
      <dt>{text.selection}</dt>
      <dd>{selection.filter ? <code>{selection.filter}</code> : (selection.view ?? text.everything)}</dd>
      {split ? (
        <>
          <dt>{text.shares}</dt>
          <dd>{format.list(shares)}</dd>
          <dt>{text.groupBy}</dt>
          <dd>
            <code>{split.group_by}</code>
          </dd>
          <dt>{text.seed}</dt>
          <dd>
            <code>{split.seed}</code>
          </dd>
          {split.keep_from !== null ? (
            <>
              <dt>{text.keepFrom}</dt>
              <dd>{text.versionOf(split.keep_from)}</dd>
            </>
          ) : null}
        </>
      ) : null}
      {schemas && schemas.length > 0 ? (
        <>
          <dt>{text.schemas}</dt>
          <dd>{format.list(schemas.map(({ name, revision }) => `${name} (${text.revision(revision)})`))}</dd>
        </>
      ) : null}
    </dl>
  )
}
