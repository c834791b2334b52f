/** One label of a schema in the editor: name, colour, type, skeleton. */
import { Palette, X } from 'lucide-react'
import type { ReactElement } from 'react'
import { Button, IconButton } from '../ui/button'
import { Select, TextField } from '../ui/field'
import styles from './project.module.css'
import type { LabelDraft } from './schema-draft'
import { skeletonOf } from './skeleton'
import { texts } from './texts'

const ANY = 'any'
const TYPES = [
  'classification',
  'caption',
  'detection',
  'polygon',
  'polyline',
  'keypoints',
  'mask',
  'segmentation',
  'heatmap',
  'ellipse',
  'cuboid',
  'cuboid_3d',
  'temporal',
  'track',
  'regression',
  'geolocation',
] as const
/** Shown first when a label gets a colour of its own: blue of Okabe and Ito's palette. */
const FIRST_COLOUR = '#0072b2'

export interface LabelRowProps {
  label: LabelDraft
  isReadOnly: boolean
  /** Called without a label when the row is taken out. */
  onChange: (label?: LabelDraft) => void
}

export function LabelRow({ label: draft, isReadOnly, onChange }: LabelRowProps): ReactElement {
  const text = texts.use()
  const { label, keypoints, edges } = draft
  const change = (changed: Partial<LabelDraft['label']>) => onChange({ ...draft, label: { ...label, ...changed } })
  const hasSkeleton = label.type === 'keypoints' || keypoints !== ''
  return (
    <li>
      <div className={styles.labelLine}>
        <div className={styles.colour}>
          {label.color ? (
            <>
              <input
                type="color"
                aria-label={text.colourOf(label.name)}
                value={label.color}
                disabled={isReadOnly}
                onChange={({ target }) => change({ color: target.value })}
              />
              {isReadOnly ? null : (
                <IconButton label={text.clearColour(label.name)} onPress={() => change({ color: null })}>
                  <X aria-hidden />
                </IconButton>
              )}
            </>
          ) : (
            <Button
              kind="quiet"
              aria-label={text.ownColour(label.name)}
              isDisabled={isReadOnly}
              onPress={() => change({ color: FIRST_COLOUR })}
            >
              <Palette aria-hidden />
              {text.colour}
            </Button>
          )}
        </div>
        <TextField
          label={text.label}
          isLabelHidden
          value={label.name}
          isReadOnly={isReadOnly}
          onChange={(name) => change({ name })}
        />
        <Select
          label={text.type}
          isLabelHidden
          isDisabled={isReadOnly}
          options={[{ id: ANY, text: text.anyType }, ...TYPES.map((id) => ({ id, text: id }))]}
          value={label.type ?? ANY}
          onChange={(type) => change({ type: type === ANY ? null : (type as NonNullable<typeof label.type>) })}
        />
        {isReadOnly ? null : (
          <IconButton label={text.removeLabel(label.name)} onPress={() => onChange()}>
            <X aria-hidden />
          </IconButton>
        )}
      </div>
      {hasSkeleton ? (
        <div className={styles.fields}>
          <TextField
            label={text.keypoints}
            help={text.keypointsHelp}
            value={keypoints}
            isReadOnly={isReadOnly}
            onChange={(typed) => onChange({ ...draft, keypoints: typed })}
          />
          <TextField
            label={text.edges}
            help={text.edgesHelp}
            error={skeletonOf(keypoints, edges) === undefined ? text.wrongEdges : undefined}
            value={edges}
            isReadOnly={isReadOnly}
            onChange={(typed) => onChange({ ...draft, edges: typed })}
          />
        </div>
      ) : null}
      {label.attributes && label.attributes.length > 0 ? (
        <small className={styles.help}>
          {text.attributes(label.attributes.length)}: {label.attributes.map(({ name }) => name).join(', ')}
        </small>
      ) : null}
    </li>
  )
}
