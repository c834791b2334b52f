/** Facts of the asset: file, picture, camera, tags, attributes. */
import type { Asset } from '@foveal/client'
import { useFoveal } from '@foveal/client/react'
import { ExternalLink } from 'lucide-react'
import type { ReactElement } from 'react'
import { useFormats } from '../../text/catalogue'
import { Button } from '../../ui/button'
import { sentenceOf } from '../../ui/notice'
import { toast } from '../../ui/toasts'
import { texts } from '../texts'
import styles from './panels.module.css'

export function FactsPanel({ asset }: { asset: Asset }): ReactElement {
  const text = texts.use()
  const format = useFormats()
  const { signer } = useFoveal()
  const { location: place, camera, frame_rate: rate } = asset
  const cameraName = [camera?.make, camera?.model].filter(Boolean).join(' ')
  const facts: [string, string | number | null | undefined][] = [
    [text.fileName, asset.file_name],
    [text.kind, asset.mime_type],
    [text.size, asset.size_bytes === undefined ? undefined : format.bytes(asset.size_bytes)],
    [text.dimensions, asset.width ? `${asset.width} × ${asset.height}` : undefined],
    [text.orientation, asset.orientation && asset.orientation > 1 ? asset.orientation : undefined],
    [text.duration, asset.duration_seconds ? `${format.number(asset.duration_seconds, 2)} s` : undefined],
    [text.frames, asset.frame_count && asset.frame_count > 1 ? format.number(asset.frame_count) : undefined],
    [text.frameRate, rate?.num ? format.number(rate.num / rate.den, 3) : undefined],
    [text.codec, asset.codec],
    [text.camera, cameraName],
    [text.capturedAt, asset.captured_at && format.time(asset.captured_at)],
    [
      text.place_,
      place && `${format.number(place.coordinates[1] ?? 0, 5)}, ${format.number(place.coordinates[0] ?? 0, 5)}`,
    ],
    [text.uploadedAt, format.time(asset.created_at)],
    [text.tags, asset.tags?.join(', ')],
    [text.identifier, asset.asset_id],
  ]
  const open = (): void => {
    signer.sign(asset.asset_id, 'original').then(
      ({ url }) => window.open(url, '_blank', 'noopener'),
      (error: unknown) => toast({ text: sentenceOf(error), kind: 'danger' }),
    )
  }
  return (
    <section className={styles.scroll}>
      <dl className={styles.facts}>
        {facts
          .filter(([, value]) => value)
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        {Object.entries(asset.attributes ?? {}).map(([name, value]) => (
          <div key={`attributes.${name}`}>
            <dt>{name}</dt>
            <dd>{Array.isArray(value) ? value.join(', ') : String(value)}</dd>
          </div>
        ))}
      </dl>
      {asset.status === 'ready' ? (
        <Button onPress={open}>
          <ExternalLink aria-hidden />
          {text.original}
        </Button>
      ) : null}
    </section>
  )
}
