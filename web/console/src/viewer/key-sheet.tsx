/** The sheet of keys, made from what the viewer binds. */
import type { ReactElement } from 'react'
import { KeyList } from '../ui/key-list'
import { Dialog } from '../ui/overlay'
import { texts } from './texts'
import { texts as windowTexts } from './windowing/texts'

export interface KeySheetProps {
  isOpen: boolean
  onOpenChange: (isOpen: boolean) => void
  isVideo: boolean
  hasFrames: boolean
  canEdit: boolean
  isWindowed: boolean
}

export function KeySheet(props: KeySheetProps): ReactElement {
  const { isOpen, onOpenChange, isVideo, hasFrames, canEdit, isWindowed } = props
  const text = texts.use()
  const ofWindows = windowTexts.use()
  const rows: [string[], string][] = [
    [['PageUp', 'PageDown'], `${text.previous} / ${text.next}`],
    [['←', '→', '↑', '↓'], text.moveView],
    [['+', '−'], `${text.zoomIn} / ${text.zoomOut}`],
    [['0', '='], `${text.fit} / ${text.actual}`],
    [['h'], text.hideLabels],
    [['[', ']'], `${text.confidenceDown} / ${text.confidenceUp}`],
    ...(hasFrames ? [[[',', '.'], `${text.previousFrame} / ${text.nextFrame}`] as [string[], string]] : []),
    ...(isVideo ? [[['Space'], text.play] as [string[], string]] : []),
    ...(isWindowed
      ? ([
          [['w'], ofWindows.adjust],
          [['W'], ofWindows.nextPreset],
          [['d'], ofWindows.reset],
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
          ...(hasFrames ? [[['k'], text.keyframe]] : []),
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
