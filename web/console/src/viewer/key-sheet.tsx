/** The sheet of keys, made from what the viewer binds. */
import type { ReactElement } from 'react'
import { KeyList } from '../ui/key-list'
import { Dialog } from '../ui/overlay'
import { texts } from './texts'

export interface KeySheetProps {
  isOpen: boolean
  onOpenChange: (isOpen: boolean) => void
  isVideo: boolean
  canEdit: boolean
}

export function KeySheet({ isOpen, onOpenChange, isVideo, canEdit }: KeySheetProps): ReactElement {
  const text = texts.use()
  const rows: [string[], string][] = [
    [['PageUp', 'PageDown'], `${text.previous} / ${text.next}`],
    [['←', '→', '↑', '↓'], text.moveView],
    [['+', '−'], `${text.zoomIn} / ${text.zoomOut}`],
    [['0', '='], `${text.fit} / ${text.actual}`],
    [['h'], text.hideLabels],
    [['[', ']'], `${text.confidenceDown} / ${text.confidenceUp}`],
    ...(isVideo
      ? ([
          [[',', '.'], `${text.previousFrame} / ${text.nextFrame}`],
          [['Space'], text.play],
        ] as [string[], string][])
      : []),
    ...(canEdit
      ? ([
          [
            ['v', 'n', 'g', 'l', 'p', 'b', 'x'],
            `${text.select} / ${text.box} / ${text.polygon} / ${text.polyline} / ${text.keypoints} / ${text.brush} / ${text.eraser}`,
          ],
          [['Enter'], text.placePoint],
          [['Ctrl', 'Enter'], text.finish],
          [['m'], text.nextPoint],
          [['1', '…', '9'], text.labelBy],
          [['a', 'r'], `${text.accept} / ${text.reject}`],
          [['Del'], text.delete],
          [['Ctrl', 'Z'], text.undo],
          [['Ctrl', 'Y'], text.redo],
          ...(isVideo ? [[['k'], text.keyframe]] : []),
        ] as [string[], string][])
      : []),
    [['Esc'], text.cancel],
    [['?'], text.showKeys],
  ]
  return (
    <Dialog title={text.keys} isOpen={isOpen} onOpenChange={onOpenChange}>
      <KeyList rows={rows} />
    </Dialog>
  )
}
