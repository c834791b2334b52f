/** Dialog of operators: create a project with its first administrator; then the ways into it. */
import { ApiError } from '@foveal/client'
import { useMutation } from '@tanstack/react-query'
import { FolderPlus } from 'lucide-react'
import { type ReactElement, useState } from 'react'
import { Button, buttonClass } from '../ui/button'
import { TextField } from '../ui/field'
import { Notice, sentenceOf } from '../ui/notice'
import { Dialog, DialogForm, DialogTrigger } from '../ui/overlay'
import { useApp } from './context'
import { texts } from './new-project-texts'
import { isProjectName } from './project-name'

interface Created {
  name: string
  email: string
  /** Whether a token of the caller opens it already. */
  isOpen: boolean
}

export function NewProject(): ReactElement {
  const text = texts.use()
  const [created, setCreated] = useState<Created | null>(null)
  return (
    <DialogTrigger onOpenChange={() => setCreated(null)}>
      <Button kind="primary">
        <FolderPlus aria-hidden />
        {text.create}
      </Button>
      <Dialog title={created ? text.done(created.name) : text.title}>
        {(close) => (created ? <Done created={created} close={close} /> : <Form close={close} done={setCreated} />)}
      </Dialog>
    </DialogTrigger>
  )
}

function Form({ close, done }: { close: () => void; done: (created: Created) => void }): ReactElement {
  const text = texts.use()
  const { client, session } = useApp()
  const [name, setName] = useState('')
  const [email, setEmail] = useState('')
  const create = useMutation({
    mutationFn: async (): Promise<Created> => {
      const given = { name: name.trim(), admin_email: email.trim() }
      await client.request('POST /v1/projects', { body: given })
      await session.renew().catch(() => undefined) // without a new token the answer is that of the old one
      const { projects } = await client.request('GET /v1/me')
      return { name: given.name, email: given.admin_email, isOpen: projects.some((each) => each.name === given.name) }
    },
    onSuccess: done,
  })
  const isWrong = name !== '' && !isProjectName(name.trim())
  return (
    <DialogForm onSubmit={() => create.mutate()}>
      <TextField
        label={text.name}
        help={text.nameHelp}
        error={isWrong ? text.nameWrong : undefined}
        autoFocus
        autoComplete="off"
        spellCheck="false"
        value={name}
        onChange={setName}
      />
      <TextField label={text.admin} type="email" help={text.adminHelp} value={email} onChange={setEmail} />
      {create.error ? <Refusal error={create.error} /> : null}
      <footer>
        <Button onPress={close}>{text.cancel}</Button>
        <Button
          kind="primary"
          type="submit"
          isDisabled={create.isPending || !isProjectName(name.trim()) || !email.includes('@')}
        >
          {text.yes}
        </Button>
      </footer>
    </DialogForm>
  )
}

/** The server's own words; with an issuer of one's own they say what opens a project there. */
export function Refusal({ error }: { error: unknown }): ReactElement {
  const text = texts.use()
  if (error instanceof ApiError && error.code === 'RolesHeldByIssuer')
    return (
      <Notice kind="info">
        <b>{text.elsewhere}</b>
        <br />
        {sentenceOf(error)}
      </Notice>
    )
  return <Notice kind="danger">{sentenceOf(error)}</Notice>
}

function Done({ created: { name, email, isOpen }, close }: { created: Created; close: () => void }): ReactElement {
  const text = texts.use()
  const { session } = useApp()
  const address = `${import.meta.env.BASE_URL}p/${name}`
  return (
    <>
      <p>{text.invited(email)}</p>
      <p>{isOpen ? text.yours : text.notYours}</p>
      <footer>
        <Button onPress={close}>{text.close}</Button>
        {isOpen ? (
          <>
            {/* Whole page loads: the account with its roles is read once for each. */}
            <a className={buttonClass()} href={`${address}/settings`}>
              {text.invite}
            </a>
            <a className={buttonClass('primary')} href={`${address}/assets`}>
              {text.open}
            </a>
          </>
        ) : (
          <Button onPress={() => session.flow.begin(`${address}/settings`)}>{text.signInAgain}</Button>
        )}
      </footer>
    </>
  )
}
