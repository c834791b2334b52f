/** Whether labels are drawn over the pictures, and from which confidence on. It changes no filter. */
import type { ReactElement } from 'react'
import { Checkbox, Slider } from '../../ui/field'
import type { GalleryState } from '../address'
import type { Change } from '../screen'
import { texts } from '../texts'

export default function LabelChoice({ state, change }: { state: GalleryState; change: Change }): ReactElement {
  const text = texts.use()
  return (
    <>
      <Checkbox
        isSelected={state.labels !== undefined}
        onChange={(isSelected) => change({ labels: isSelected ? 0 : undefined } as never, 'replace')}
      >
        {text.drawLabels}
      </Checkbox>
      <Slider
        label={text.leastConfidence}
        value={state.labels ?? 0}
        onChange={(least) => change({ labels: least }, 'replace')}
        step={0.05}
        format={{ style: 'percent' }}
      />
      <p>{text.leastConfidenceHelp}</p>
    </>
  )
}
