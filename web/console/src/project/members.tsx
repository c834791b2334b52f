/** Members of the project: who has which role; an admin invites, changes roles and puts people out. */
import type { Answer } from '@foveal/client'
import { ApiError } from '@foveal/client'
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import { UserMinus, UserPlus, Users } from 'lucide-react'
import { type ReactElement, useState } from 'react'
import { useApp } from '../app/context'
import { useProject } from '../app/project'
import { Badge } from '../ui/badge'
import { Button, IconButton } from '../ui/button'
import { Select, TextField } from '../ui/field'
import { useFirstAnswer } from '../ui/in-order'
import { Item, ItemList } from '../ui/item-list'
import { EmptyState, ErrorState, Loading, Notice, sentenceOf } from '../ui/notice'
import { Dialog, DialogForm, DialogTrigger } from '../ui/overlay'
import { Card } from '../ui/page'
import { toast } from '../ui/toasts'
import { memberTexts } from './member-texts'
import styles from './project.module.css'
import { texts } from './texts'

type Member = Answer<'GET /v1/projects/{project}/members'>['items'][number]
type Role = Member['role']

const ROLES = ['viewer', 'editor', 'admin'] as const

export function Members(): ReactElement {
  const text = memberTexts.use()
  const { client } = useApp()
  const { project } = useProject()
  const found = useInfiniteQuery({
    queryKey: ['members', project],
    queryFn: ({ pageParam, signal }) =>
      client.request('GET /v1/projects/{project}/members', {
        path: { project },
        query: pageParam ? { next_token: pageParam } : {},
        signal,
      }),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_token ?? undefined,
  })
  useFirstAnswer(found)
  const members = found.data?.pages.flatMap((page) => page.items) ?? []
  const isElsewhere = found.error instanceof ApiError && found.error.code === 'RolesHeldByIssuer'
  return (
    <Card title={text.members} actions={found.data ? <Invite /> : undefined}>
      {found.isPending ? <Loading /> : null}
      {isElsewhere ? (
        <EmptyState icon={Users} title={text.elsewhere}>
          {sentenceOf(found.error)}
        </EmptyState>
      ) : null}
      {found.error && !isElsewhere ? <ErrorState error={found.error} retry={found.refetch} /> : null}
      {found.data && members.length === 0 ? (
        <EmptyState icon={Users} title={text.nobody}>
          {text.nobodyHelp}
        </EmptyState>
      ) : null}
      <ItemList isInCard label={text.members} more={found.hasNextPage ? () => found.fetchNextPage() : undefined}>
        {members.map((member) => (
          <Row key={`${member.user} ${member.role}`} member={member} />
        ))}
      </ItemList>
    </Card>
  )
}

function Row({ member }: { member: Member }): ReactElement {
  const text = memberTexts.use()
  const { account } = useApp()
  const { subject, state } = member
  return (
    <Item
      title={nameOf(member)}
      facts={subject === account.subject ? text.you : undefined}
      state={
        state === 'active' ? null : <Badge kind={state === 'disabled' ? 'danger' : 'warning'}>{text[state]}</Badge>
      }
      actions={
        <>
          <ChangeRole member={member} />
          <Remove member={member} />
        </>
      }
    />
  )
}

function Invite(): ReactElement {
  const text = memberTexts.use()
  const roles = texts.use()
  const { client } = useApp()
  const { project } = useProject()
  const refresh = useRefresh()
  const [email, setEmail] = useState('')
  const [role, setRole] = useState<Role>('viewer')
  const invite = useMutation({
    mutationFn: () =>
      client.request('POST /v1/projects/{project}/members', { path: { project }, body: { email: email.trim(), role } }),
  })
  const send = async (close: () => void) => {
    const { state } = await invite.mutateAsync()
    toast({ text: state === 'invited' ? text.invitationSent(email.trim()) : text.memberAdded(email.trim()) })
    close()
    await refresh()
  }
  return (
    <DialogTrigger
      onOpenChange={() => {
        setEmail('')
        invite.reset()
      }}
    >
      <Button>
        <UserPlus aria-hidden />
        {text.invite}
      </Button>
      <Dialog title={text.inviteTitle(project)}>
        {(close) => (
          <DialogForm
            onSubmit={() => {
              send(close).catch(() => undefined) // the dialog shows the error of the mutation
            }}
          >
            <TextField
              label={text.email}
              type="email"
              autoFocus
              value={email}
              onChange={setEmail}
              help={text.emailHelp}
            />
            <RoleSelect label={text.role} role={role} onChange={setRole} />
            <p className={styles.help}>{roles[`${role}May`]}</p>
            {invite.error ? <Notice kind="danger">{sentenceOf(invite.error)}</Notice> : null}
            <footer>
              <Button onPress={close}>{text.cancel}</Button>
              <Button kind="primary" type="submit" isDisabled={invite.isPending || !email.includes('@')}>
                {text.inviteYes}
              </Button>
            </footer>
          </DialogForm>
        )}
      </Dialog>
    </DialogTrigger>
  )
}

/** The role of a member as a choice; a change waits for a confirmation. */
function ChangeRole({ member }: { member: Member }): ReactElement {
  const text = memberTexts.use()
  const roles = texts.use()
  const { client } = useApp()
  const { project } = useProject()
  const refresh = useRefresh()
  const [wanted, setWanted] = useState<Role | null>(null)
  const change = useMutation({
    mutationFn: (role: Role) =>
      client.request('PUT /v1/projects/{project}/members/{user}', {
        path: { project, user: member.user },
        body: { role },
      }),
    onSuccess: async () => {
      setWanted(null)
      await refresh()
    },
  })
  const choose = (role: Role | null) => {
    change.reset()
    setWanted(role === member.role ? null : role)
  }
  return (
    <>
      <RoleSelect label={text.roleOf(nameOf(member))} isLabelHidden role={member.role} onChange={choose} />
      <Dialog
        title={text.changeSure(nameOf(member), wanted ? roles[wanted] : '')}
        isOpen={wanted !== null}
        onOpenChange={() => choose(null)}
      >
        {(close) => (
          <>
            <p>{wanted ? roles[`${wanted}May`] : ''}</p>
            <p className={styles.help}>{text.takesEffect}</p>
            {change.error ? <Notice kind="danger">{sentenceOf(change.error)}</Notice> : null}
            <footer>
              <Button onPress={close}>{text.cancel}</Button>
              <Button kind="primary" isDisabled={change.isPending} onPress={() => wanted && change.mutate(wanted)}>
                {text.changeYes}
              </Button>
            </footer>
          </>
        )}
      </Dialog>
    </>
  )
}

function Remove({ member }: { member: Member }): ReactElement {
  const text = memberTexts.use()
  const { client } = useApp()
  const { project } = useProject()
  const refresh = useRefresh()
  const remove = useMutation({
    mutationFn: () =>
      client.request('DELETE /v1/projects/{project}/members/{user}', { path: { project, user: member.user } }),
    onSuccess: refresh,
  })
  return (
    <DialogTrigger onOpenChange={() => remove.reset()}>
      <IconButton label={text.remove(nameOf(member))}>
        <UserMinus aria-hidden />
      </IconButton>
      <Dialog title={text.removeSure(nameOf(member))}>
        {(close) => (
          <>
            <p>{text.removeHelp}</p>
            {remove.error ? <Notice kind="danger">{sentenceOf(remove.error)}</Notice> : null}
            <footer>
              <Button onPress={close}>{text.cancel}</Button>
              <Button kind="danger" isDisabled={remove.isPending} onPress={() => remove.mutate()}>
                {text.removeYes}
              </Button>
            </footer>
          </>
        )}
      </Dialog>
    </DialogTrigger>
  )
}

interface RoleSelectProps {
  label: string
  isLabelHidden?: boolean
  role: Role
  onChange: (role: Role) => void
}

function RoleSelect({ label, isLabelHidden = false, role, onChange }: RoleSelectProps): ReactElement {
  const roles = texts.use()
  const options = ROLES.map((id) => ({ id, text: roles[id] }))
  return <Select label={label} isLabelHidden={isLabelHidden} options={options} value={role} onChange={onChange} />
}

const nameOf = ({ email, user }: Member): string => email ?? user

function useRefresh(): () => Promise<void> {
  const queries = useQueryClient()
  const { project } = useProject()
  return () => queries.invalidateQueries({ queryKey: ['members', project] })
}
