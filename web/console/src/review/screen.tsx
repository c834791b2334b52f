/** The queue of a review: annotations that wait, one after another by keys. */
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { CircleCheck, CloudOff, Keyboard, LoaderCircle, SlidersHorizontal } from 'lucide-react'
import { type ReactElement, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react'
import { useApp } from '../app/context'
import { useProject } from '../app/project'
import { stylesOf } from '../drawing'
import { useFormats } from '../text/catalogue'
import { buttonClass, IconButton } from '../ui/button'
import { type Binding, useKeys } from '../ui/keys'
import { EmptyState, ErrorState, Loading, Notice, sentenceOf } from '../ui/notice'
import { toast } from '../ui/toasts'
import { type ReviewSearch, readAddress, wantedOf } from './address'
import { reviewApi } from './api'
import { Current } from './current'
import { Filters } from './filters'
import { KeySheet } from './key-sheet'
import { type QueueState, ReviewQueue } from './queue'
import styles from './review.module.css'
import { Strip } from './strip'
import { texts } from './texts'
import { useSelection } from './use-selection'

export function ReviewScreen(): ReactElement {
  const text = texts.use()
  const { project, canEdit } = useProject()
  const navigate = useNavigate()
  const search = readAddress(useSearch({ from: '/p/$project/review' }))
  const [queue, state] = useQueue(project, search)
  const [isSheetOpen, setSheetOpen] = useState(false)
  const [areFiltersOpen, setFiltersOpen] = useState(false)
  const change = (changes: ReviewSearch) => {
    const next = { ...search, ...changes }
    const isWhole = { from: next.from === 0, to: next.to === 1 }
    const kept = Object.entries(next).filter(([name, value]) => value !== undefined && !isWhole[name as 'from' | 'to'])
    void navigate({ to: '/p/$project/review', params: { project }, search: Object.fromEntries(kept) })
  }
  return (
    <div className={styles.review}>
      <title>{`${text.title} · Foveal`}</title>
      <header className={styles.bar}>
        <h1>{text.title}</h1>
        <Progress state={state} />
        <span className={styles.narrow}>
          <IconButton
            label={text.filters}
            aria-expanded={areFiltersOpen}
            onPress={() => setFiltersOpen(!areFiltersOpen)}
          >
            <SlidersHorizontal aria-hidden />
          </IconButton>
        </span>
        <IconButton label={text.keys} keys="?" onPress={() => setSheetOpen(true)}>
          <Keyboard aria-hidden />
        </IconButton>
      </header>
      <Filters {...{ project, search, change }} isOpen={areFiltersOpen} />
      {canEdit ? null : <Notice kind="info">{text.viewerOnly}</Notice>}
      <Queue {...{ queue, state, project, canEdit }} showKeys={() => setSheetOpen(true)} />
      <KeySheet isOpen={isSheetOpen} onOpenChange={setSheetOpen} />
    </div>
  )
}

function useQueue(project: string, search: ReviewSearch): [ReviewQueue, QueueState] {
  const { client, account } = useApp()
  const wanted = JSON.stringify(wantedOf(search))
  const queue = useMemo(
    () =>
      new ReviewQueue({
        api: reviewApi(client, project, JSON.parse(wanted)),
        seed: account.subject,
        onOvertaken: (count) => toast({ text: texts.now().overtaken(count) }),
        onRefusal: (error) => toast({ text: sentenceOf(error), kind: 'danger' }),
      }),
    [client, account.subject, project, wanted],
  )
  useEffect(() => {
    void queue.open()
    const leaving = (event: BeforeUnloadEvent) => queue.state().pending && event.preventDefault()
    window.addEventListener('beforeunload', leaving)
    return () => {
      window.removeEventListener('beforeunload', leaving)
      queue.close()
    }
  }, [queue])
  return [queue, useSyncExternalStore(queue.subscribe, queue.state)]
}

function Progress({ state }: { state: QueueState }): ReactElement {
  const text = texts.use()
  const { number } = useFormats()
  const status = state.isOffline ? 'offline' : state.pending ? 'saving' : 'saved'
  const Icon = { offline: CloudOff, saving: LoaderCircle, saved: CircleCheck }[status]
  return (
    <>
      {state.left === undefined ? null : <span className={styles.left}>{text.left(number(state.left))}</span>}
      <span className={styles.saving} role="status" data-status={status}>
        <Icon aria-hidden />
        {text[status]}
      </span>
    </>
  )
}

interface QueueProps {
  queue: ReviewQueue
  state: QueueState
  project: string
  canEdit: boolean
  showKeys: () => void
}

function Queue({ queue, state, project, canEdit, showKeys }: QueueProps): ReactElement {
  const text = texts.use()
  const colours = useColours(project)
  const [place, setPlace] = useState<HTMLElement | null>(null)
  const noteField = useRef<HTMLInputElement>(null)
  const [noted, setNoted] = useState<{ id: string; note: string }>()
  const { items, current, status } = state
  const selection = useSelection(items)
  const id = current?.annotation.annotation_id ?? ''
  const stored = typeof current?.annotation.review?.note === 'string' ? current.annotation.review.note : ''
  const note = noted?.id === id ? noted.note : stored

  const decide = (decision: 'accepted' | 'rejected') => {
    if (selection.ids.size) {
      queue.decide([...selection.ids], decision)
      selection.clear()
    } else queue.decide([id], decision, note)
  }
  const keepNote = () => note !== stored && queue.note(id, note)
  const step = (direction: -1 | 1) => {
    if (canEdit) keepNote()
    queue.step(direction)
  }
  const deciding: Binding[] = [
    { id: 'accept', keys: ['a'], run: () => decide('accepted') },
    { id: 'reject', keys: ['r'], run: () => decide('rejected') },
    { id: 'note', keys: ['n'], run: () => noteField.current?.focus() },
    { id: 'undo', keys: ['z', 'Control+z'], run: () => queue.undo() },
    { id: 'select', keys: ['x'], run: () => selection.pick(id, false) },
    { id: 'select-all', keys: ['Control+a'], run: selection.all },
    { id: 'clear', keys: ['Escape'], run: selection.clear },
  ]
  useKeys(place, [
    { id: 'next', keys: ['ArrowRight', 'j'], run: () => step(1), repeats: true },
    { id: 'previous', keys: ['ArrowLeft', 'k'], run: () => step(-1), repeats: true },
    { id: 'keys', keys: ['?'], run: showKeys },
    ...(canEdit ? deciding : []),
  ])
  useEffect(() => place?.focus(), [place])

  if (status === 'failed') return <ErrorState error={state.error} retry={() => void queue.open()} />
  if (status === 'loading') return <Loading />
  if (!current)
    return (
      <EmptyState
        icon={CircleCheck}
        title={text.none}
        action={
          <Link to="/p/$project/review" params={{ project }} className={buttonClass()}>
            {text.allFilters}
          </Link>
        }
      >
        {text.noneHelp}
      </EmptyState>
    )
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: keys of the queue act while the focus is within it
    <section ref={setPlace} className={styles.queue} tabIndex={0} aria-label={text.title}>
      <Current
        {...{ project, colours, canEdit, note, noteField }}
        item={current}
        canUndo={state.canUndo}
        setNote={(value) => setNoted({ id, note: value })}
        decide={decide}
        next={() => step(1)}
        undo={() => queue.undo()}
        leaveNote={() => place?.focus()}
      />
      <Strip
        {...{ items, current, colours, canEdit, decide }}
        selected={selection.ids}
        open={(annotationId) => queue.select(annotationId)}
        pick={selection.pick}
        clear={selection.clear}
      />
    </section>
  )
}

function useColours(project: string) {
  const { client } = useApp()
  const { data } = useQuery({
    queryKey: ['label-styles', project],
    queryFn: async ({ signal }) => {
      const { items } = await client.request('GET /v1/projects/{project}/label-schemas', { path: { project }, signal })
      return stylesOf(items)
    },
    staleTime: 60_000,
  })
  return data ?? NO_COLOURS
}

const NO_COLOURS = stylesOf([])
