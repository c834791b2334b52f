/** Layer and label of new annotations, and labels of the whole asset. */
import { Tag } from 'lucide-react'
import { type ReactElement, useState } from 'react'
import type { Annotation } from '../../drawing'
import { Button } from '../../ui/button'
import { TextField } from '../../ui/field'
import type { Drafting } from '../drafting'
import { texts } from '../texts'
import styles from '../viewer.module.css'
import { LabelBox } from './label-box'

export interface NewProps {
  drafting: Drafting
  labels: readonly string[]
  annotations: readonly Annotation[]
}

/** Words that the API takes as the name of a layer. */
const LAYER = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/

export function NewPanel({ drafting, labels }: NewProps): ReactElement {
  const text = texts.use()
  const [layer, setLayer] = useState<string>()
  const commit = (): void => {
    if (layer && LAYER.test(layer)) drafting.setLayer(layer)
    setLayer(undefined)
  }
  return (
    <section className={styles.new} aria-label={text.newIn}>
      <div className={styles.pair}>
        <LabelBox label={text.labelled} labels={labels} value={drafting.label} onChange={drafting.setLabel} />
        <TextField label={text.layer} value={layer ?? drafting.layer} onChange={setLayer} onBlur={commit} />
      </div>
      <Button isDisabled={!drafting.label} onPress={() => drafting.label && drafting.classify(drafting.label)}>
        <Tag aria-hidden />
        {text.addClassification}
      </Button>
    </section>
  )
}
