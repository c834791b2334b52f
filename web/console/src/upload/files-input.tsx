/** Buttons that choose files or a folder, as handles where the browser has them, which outlive a reload uncopied. */
import { folderFiles, type UploadSource } from '@foveal/client'
import { type ReactElement, type ReactNode, useRef } from 'react'
import { Button, type ButtonProps } from '../ui/button'

interface Pickers {
  showDirectoryPicker?(): Promise<FileSystemDirectoryHandle>
  showOpenFilePicker?(options: { multiple: true }): Promise<FileSystemFileHandle[]>
}

export type Chosen = Iterable<UploadSource> | AsyncIterable<UploadSource>

export interface FilesButtonProps {
  isFolder?: boolean
  kind?: ButtonProps['kind']
  onChoose: (sources: Chosen) => void
  children: ReactNode
}

/** A button that opens the dialog for files or for a folder. A dialog that is closed chooses nothing. */
export function FilesButton({ isFolder = false, kind = 'plain', onChoose, children }: FilesButtonProps): ReactElement {
  const input = useRef<HTMLInputElement>(null)

  async function press(): Promise<void> {
    const { showDirectoryPicker: folder, showOpenFilePicker: files } = window as Pickers
    try {
      if (isFolder && folder) onChoose(folderFiles(await folder.call(window)))
      else if (!isFolder && files) onChoose(await files.call(window, { multiple: true }))
      else input.current?.click()
    } catch (error) {
      if (!(error instanceof DOMException && error.name === 'AbortError')) throw error
    }
  }

  return (
    <>
      <Button kind={kind} onPress={press}>
        {children}
      </Button>
      <input
        ref={input}
        type="file"
        hidden
        multiple
        {...(isFolder ? { webkitdirectory: '' } : {})}
        onChange={({ target }) => {
          const files = [...(target.files ?? [])].filter((file) => !file.name.startsWith('.') || !isFolder)
          target.value = ''
          if (files.length > 0) onChoose(files)
        }}
      />
    </>
  )
}
