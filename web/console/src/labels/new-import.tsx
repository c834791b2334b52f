/** The form of a new import: label files, their format, the layer; then a dry run. */
import { droppedFiles, openSource, type UploadSource } from '@foveal/client'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { FileUp, FolderUp } from 'lucide-react'
import { type DragEvent, type ReactElement, useState } from 'react'
import { useApp } from '../app/context'
import { useProject } from '../app/project'
import { useFormats } from '../text/catalogue'
import { Button } from '../ui/button'
import { Progress, Select, TextField } from '../ui/field'
import { Notice, sentenceOf } from '../ui/notice'
import { Card } from '../ui/page'
import { type Chosen, FilesButton } from '../upload/files-input'
import formats from './formats.json'
import styles from './labels.module.css'
import { type LabelFile, NotStored, nameOf, sendFiles } from './send-files'
import { shortTitle } from './short-title'
import { texts } from './texts'

const DETECTED = 'detected'

export function NewImport(): ReactElement {
  const text = texts.use()
  const format = useFormats()
  const { client } = useApp()
  const { project } = useProject()
  const navigate = useNavigate()
  const queries = useQueryClient()
  const [files, setFiles] = useState<LabelFile[]>([])
  const [formatName, setFormatName] = useState(DETECTED)
  const [layer, setLayer] = useState('')
  const [sent, setSent] = useState(0)
  const size = files.reduce((sum, { file }) => sum + file.size, 0)
  const send = useMutation({
    mutationFn: () =>
      sendFiles(
        client,
        project,
        { format: formatName === DETECTED ? null : formatName, field: layer.trim() || null, files },
        setSent,
      ),
    onSuccess: async (id) => {
      await queries.invalidateQueries({ queryKey: ['imports', project] })
      await navigate({ to: '/p/$project/labels', params: { project }, search: { import: id }, replace: true })
    },
  })

  async function take(sources: Chosen): Promise<void> {
    const found = new Map(files.map((each) => [each.name, each]))
    for await (const source of sources) {
      const opened = await openSource(source)
      const name = nameOf(pathOf(source))
      found.set(name, { name, file: opened.blob as File })
    }
    setFiles([...found.values()])
  }

  function onDrop(event: DragEvent): void {
    event.preventDefault() // the drop target of uploads leaves it alone
    droppedFiles(event.dataTransfer).then(take, () => {})
  }

  return (
    <Card>
      <fieldset className={styles.drop} onDrop={onDrop} onDragOver={(event) => event.preventDefault()}>
        <div>
          <strong>{text.dropLabels}</strong>
          <small>{text.dropLabelsHelp}</small>
        </div>
        <div className={styles.buttons}>
          <FilesButton onChoose={take}>
            <FileUp aria-hidden />
            {text.chooseFiles}
          </FilesButton>
          <FilesButton isFolder onChoose={take}>
            <FolderUp aria-hidden />
            {text.chooseFolder}
          </FilesButton>
        </div>
      </fieldset>
      {files.length > 0 ? (
        <>
          <h3>{text.ready(files.length, format.bytes(size))}</h3>
          <ul className={styles.names}>
            {files.slice(0, 8).map(({ name }) => (
              <li key={name}>{name}</li>
            ))}
            {files.length > 8 ? <li>{text.andMore(files.length - 8)}</li> : null}
          </ul>
        </>
      ) : null}
      <div className={styles.fields}>
        <Select
          label={text.format}
          options={[
            { id: DETECTED, text: text.anyFormat },
            ...formats.map(({ name, title }) => ({ id: name, text: shortTitle(title) })),
          ]}
          value={formatName}
          onChange={setFormatName}
        />
        <TextField label={text.layer} help={text.layerHelp} value={layer} onChange={setLayer} />
      </div>
      {send.error ? (
        <Notice kind="danger">
          {send.error instanceof NotStored
            ? text.notSent(send.error.file, sentenceOf(send.error.cause))
            : sentenceOf(send.error)}
        </Notice>
      ) : null}
      {send.isPending ? (
        <Progress
          label={text.sending}
          value={size ? sent / size : 0}
          text={`${format.bytes(sent)} / ${format.bytes(size)}`}
        />
      ) : null}
      <div className={styles.buttons}>
        <Button kind="primary" isDisabled={files.length === 0 || send.isPending} onPress={() => send.mutate()}>
          {text.check}
        </Button>
        {files.length > 0 ? (
          <Button isDisabled={send.isPending} onPress={() => setFiles([])}>
            {text.clear}
          </Button>
        ) : null}
        <small>{text.checkHelp}</small>
      </div>
    </Card>
  )
}

const pathOf = (source: UploadSource): string =>
  'path' in source ? source.path : ('webkitRelativePath' in source && source.webkitRelativePath) || source.name
