/**
 * Parts of a page that load at different times: each is shown once all before it have answered, so that none moves.
 *
 * One that has no answer for long goes to the end, so that it neither holds the others back nor moves them later.
 */
import {
  Children,
  createContext,
  type ReactElement,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useLayoutEffect,
  useReducer,
  useRef,
  useState,
} from 'react'
import styles from './page.module.css'

const PATIENCE_MS = 5_000
const Waiting = createContext<(isWaiting: boolean) => void>(() => {})

/** Show children up to the first that waits for its first answer; all load from the start, and none goes again. */
export function InOrder({ children }: { children: ReactNode }): ReactElement {
  const parts = Children.toArray(children)
  const waiting = useRef<readonly number[]>([])
  const [end, setEnd] = useState(-1)
  const [, look] = useReducer((count: number) => count + 1, 0)
  const tell = useCallback((at: number, isWaiting: boolean) => {
    const place = waiting.current.indexOf(at)
    waiting.current = isWaiting ? [...waiting.current, at] : waiting.current.filter((_, other) => other !== place)
    look()
  }, [])
  useLayoutEffect(() => {
    const reached = Math.min(...waiting.current, parts.length)
    if (reached > end) setEnd(reached)
  })
  const [late, setLate] = useState<readonly number[]>([])
  const isHeldBack = end < parts.length
  useEffect(() => {
    if (!isHeldBack) return
    const timer = setTimeout(() => {
      setLate(waiting.current)
      setEnd(Number.POSITIVE_INFINITY)
    }, PATIENCE_MS)
    return () => clearTimeout(timer)
  }, [isHeldBack])
  const shown = parts.map((part, at) => ({ part, at }))
  shown.sort((a, b) => Number(late.includes(a.at)) - Number(late.includes(b.at)))
  return (
    <>
      {shown.map(({ part, at }) => (
        <Part key={at} at={at} isHidden={at > end} tell={tell}>
          {part}
        </Part>
      ))}
    </>
  )
}

interface PartProps {
  at: number
  isHidden: boolean
  tell: (at: number, isWaiting: boolean) => void
  children: ReactNode
}

function Part({ at, isHidden, tell, children }: PartProps): ReactElement {
  const told = useCallback((isWaiting: boolean) => tell(at, isWaiting), [at, tell])
  return (
    <Waiting value={told}>
      <div className={styles.part} hidden={isHidden}>
        {children}
      </div>
    </Waiting>
  )
}

/** Hold the parts below back while a query has neither an answer nor an error; each part may have several. */
export function useFirstAnswer({ isPending }: { isPending: boolean }): void {
  const tell = useContext(Waiting)
  useLayoutEffect(() => {
    if (!isPending) return
    tell(true)
    return () => tell(false)
  }, [isPending, tell])
}
