/** Stage: the picture with its tiles, and its shapes on two canvases, one for all and one for what is active. */
import {
  type ReactElement,
  type ReactNode,
  type Ref,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
} from 'react'
import { StageCore, type StageHandle, type StageState } from './core'
import styles from './stage.module.css'

export interface StageProps extends StageState {
  /** Name that is read out. */
  label: string
  description: string
  ref: Ref<StageHandle>
  /** The picture or video, as large as the image. */
  children: ReactNode
}

export function Stage(props: StageProps): ReactElement {
  const latest = useRef(props)
  latest.current = props
  const element = useRef<HTMLElement>(null)
  const stage = useRef<StageCore>(null)
  stage.current ??= new StageCore(latest)
  const core = stage.current
  const { scene, drawing, isBare, selected, draft, ghost, canEdit, tool, tiles } = props
  const [width, height] = scene.image.size

  useImperativeHandle(props.ref, () => core.handle(element), [core])
  useLayoutEffect(() => (element.current ? core.attach(element.current) : undefined), [core])
  // biome-ignore lint/correctness/useExhaustiveDependencies: the whole picture is drawn again for each of them
  useEffect(() => core.dirty(true), [scene, drawing, isBare, selected?.annotation_id])
  // biome-ignore lint/correctness/useExhaustiveDependencies: the active canvas is drawn again for each of them
  useEffect(() => core.dirty(false), [selected, draft, ghost, canEdit, tool])
  useEffect(() => {
    core.tilesChanged()
    return tiles?.watch(() => core.tilesChanged())
  }, [core, tiles])
  // biome-ignore lint/correctness/useExhaustiveDependencies: another image is shown as a whole
  useEffect(() => core.fit(), [width, height])

  return (
    <section
      ref={element}
      className={styles.stage}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: keys pan, zoom and edit here
      tabIndex={0}
      aria-label={props.label}
      aria-describedby="stage-help"
    >
      <div className={styles.media} style={{ width, height }}>
        {props.children}
      </div>
      <canvas className={styles.canvas} data-tiles />
      <canvas className={styles.canvas} />
      <canvas className={styles.canvas} />
      <p id="stage-help" className="visually-hidden">
        {props.description}
      </p>
    </section>
  )
}
