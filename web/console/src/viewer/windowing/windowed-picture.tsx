/** The values of a picture through its window, on a canvas; and the area in which a drag changes the window. */
import { type PointerEvent, type ReactElement, type ReactNode, useLayoutEffect, useRef } from 'react'
import { LATE } from '../video/frame-picture'
import type { Windowing } from './use-windowing'
import { formatWindow, paintValues, type Values, type VoiWindow } from './window'
import styles from './windowing.module.css'

export interface WindowedPictureProps {
  values: Values
  window: VoiWindow
  /** Whether the values are those of the frame before. */
  isLate: boolean
}

export function WindowedPicture({ values, window, isLate }: WindowedPictureProps): ReactElement {
  const canvas = useRef<HTMLCanvasElement>(null)
  const { width, height } = values
  useLayoutEffect(() => {
    const context = canvas.current?.getContext('2d', { alpha: false })
    if (!context) return
    const image = context.createImageData(width, height)
    paintValues(values, window, image.data)
    context.putImageData(image, 0, 0)
  }, [values, window, width, height])
  const style = { opacity: isLate ? LATE : 1 }
  return <canvas ref={canvas} width={width} height={height} data-window={formatWindow(window)} style={style} />
}

/** Take drags for the window while it is adjusted, before the stage moves or draws by them. */
export function Adjustable({ windowing, children }: { windowing: Windowing | undefined; children: ReactNode }) {
  const last = useRef<readonly [number, number]>(undefined)
  if (!windowing) return children
  const { isAdjusting, adjust } = windowing
  const down = (event: PointerEvent): void => {
    if (!isAdjusting || event.button !== 0 || !event.isPrimary) return
    event.stopPropagation()
    ;(event.target as Element).setPointerCapture(event.pointerId)
    last.current = [event.clientX, event.clientY]
  }
  const move = (event: PointerEvent): void => {
    if (!last.current || !event.isPrimary) return
    event.stopPropagation()
    const [x, y] = last.current
    last.current = [event.clientX, event.clientY]
    adjust([event.clientX - x, event.clientY - y])
  }
  const up = (event: PointerEvent): void => {
    if (!last.current || !event.isPrimary) return
    event.stopPropagation()
    last.current = undefined
  }
  return (
    <div
      className={styles.adjustable}
      data-is-adjusting={isAdjusting}
      onPointerDownCapture={down}
      onPointerMoveCapture={move}
      onPointerUpCapture={up}
      onPointerCancelCapture={up}
    >
      {children}
    </div>
  )
}
